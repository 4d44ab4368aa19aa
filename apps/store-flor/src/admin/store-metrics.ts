import type { HolderStanding } from "@florenetes/blobs/client";
import { CONFIG_DIFFERS, countSamples, type Metric, type MetricSample, processMetrics } from "@florenetes/process-kit";
import type { GatewayStatus } from "./gateway-status.ts";
import { KEEP_METRICS } from "./keep-metrics.ts";
import { STORAGE_METRICS } from "./storage-metrics.ts";
import type { CacheStatus, ServingStatus, StoreFlorStatus } from "./store-status.ts";

const program = "store-flor";
const LABELS = ["process", "cluster"];

/** Metrics of a gateway for restic. */
const GATEWAY_METRICS: readonly Metric<StoreFlorStatus>[] = [
  ofGateway(
    "store_gateway_posted_bytes_total",
    "counter",
    "Octets of files that programs have posted.",
    ({ posted }) => posted,
  ),
  ofGateway("store_gateway_part_hits_total", "counter", "Parts of shards that were in memory.", ({ hits }) => hits),
  ofGateway(
    "store_gateway_part_misses_total",
    "counter",
    "Parts of shards that were fetched from holders.",
    ({ misses }) => misses,
  ),
  {
    name: "store_gateway_faults_total",
    kind: "counter",
    help: "Requests that a gateway has not done, by the [code](errors.md) of the reason (`reason`).",
    labels: [...LABELS, "reason"],
    samples: ({ cluster, gateway }) =>
      gateway === null ? [] : countSamples(gateway.faults, "reason", { process: program, cluster }),
  },
  ofHolders(
    "store_gateway_holder_faults_total",
    "Questions that a holder has not answered, or answered with nonsense.",
    ({ faults }) => faults,
  ),
  ofHolders("store_gateway_holder_wrong_total", "Shards of which a holder gave other octets.", ({ wrong }) => wrong),
];

/** The metrics of store-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from this list. */
export const STORE_METRICS: readonly Metric<StoreFlorStatus>[] = [
  ...processMetrics<StoreFlorStatus>(program, ({ cluster }) => cluster),
  {
    ...CONFIG_DIFFERS,
    samples: (status) => sample(status, Number(status.config.fileState !== "same")),
  },
  ofServing("store_connections", "gauge", "Connections of those who read.", "connections"),
  ofServing("store_readers", "gauge", "Requests that are being answered.", "readers"),
  ofServing("store_sent_bytes_total", "counter", "Octets of files that were sent.", "octets"),
  {
    name: "store_answers_total",
    kind: "counter",
    help: "Answers by their HTTP status.",
    labels: [...LABELS, "status"],
    samples: ({ cluster, serving }) => countSamples(serving.answers, "status", { process: program, cluster }),
  },
  ofServing("store_slow_readers_total", "counter", "Readers that were cut, as they took too little.", "slow"),
  ofServing("store_connections_refused_total", "counter", "Connections without the header of cluster-flor.", "refused"),
  ofServing("store_connections_turned_away_total", "counter", "Connections of those who had too many.", "turnedAway"),
  ofPackages("store_cache_bytes", "gauge", "Octets of packages that a cache keeps.", ({ octets }) => octets),
  ofPackages("store_cache_budget_bytes", "gauge", "Octets of packages that it may keep.", ({ budget }) => budget),
  ofPackages(
    "store_cache_hits_total",
    "counter",
    "Packages that were there when they were asked for.",
    ({ hits }) => hits,
  ),
  ofPackages(
    "store_cache_misses_total",
    "counter",
    "Packages that were fetched for whoever asked.",
    ({ misses }) => misses,
  ),
  ofPackages(
    "store_cache_shared_total",
    "counter",
    "Readers who waited for what was being fetched for another one.",
    ({ shared }) => shared,
  ),
  ofPackages("store_cache_evictions_total", "counter", "Packages that went for others.", ({ evictions }) => evictions),
  ofPackages("store_cache_damaged_total", "counter", "Packages that the disk had changed.", ({ damaged }) => damaged),
  ofPackages("store_cache_failures_total", "counter", "Fetches that came to nothing.", ({ failures }) => failures),
  {
    name: "store_cache_serves",
    kind: "gauge",
    help: "1 while the node of a cache has the role `update-cache`, or needs none, 0 otherwise.",
    labels: LABELS,
    samples: (status) => (status.cache === null ? [] : sample(status, Number(status.cache.role.isInForce))),
  },
  {
    name: "store_source_bytes_total",
    kind: "counter",
    help: "Octets that have come from a store or another cache (`source`, the name of its service).",
    labels: [...LABELS, "source"],
    samples: ({ cluster, cache }) =>
      (cache?.sources ?? []).map(({ name, octets }) => ({
        labels: { process: program, cluster, source: name },
        value: octets,
      })),
  },
  {
    name: "store_source_faults_total",
    kind: "counter",
    help: "Faults of a store or another cache, by the [reason](releases.md#store-flor) for which it was left alone.",
    labels: [...LABELS, "source", "reason"],
    samples: ({ cluster, cache }) =>
      (cache?.sources ?? []).flatMap(({ name, faults }) => [
        ...countSamples(faults, "reason", { process: program, cluster, source: name }),
      ]),
  },
  ...STORAGE_METRICS,
  ...GATEWAY_METRICS,
  ...KEEP_METRICS,
];

function ofServing(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  key: Exclude<keyof ServingStatus, "answers">,
): Metric<StoreFlorStatus> {
  return { name, kind, help, labels: LABELS, samples: (status) => sample(status, status.serving[key]) };
}

function ofPackages(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  valueOf: (packages: CacheStatus["packages"]) => number,
): Metric<StoreFlorStatus> {
  const samples = (status: StoreFlorStatus): readonly MetricSample[] =>
    status.cache === null ? [] : sample(status, valueOf(status.cache.packages));
  return { name, kind, help, labels: LABELS, samples };
}

function sample({ cluster }: StoreFlorStatus, value: number): readonly MetricSample[] {
  return [{ labels: { process: program, cluster }, value }];
}

function ofGateway(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  valueOf: (gateway: GatewayStatus) => number,
): Metric<StoreFlorStatus> {
  const samples = (status: StoreFlorStatus): readonly MetricSample[] =>
    status.gateway === null ? [] : sample(status, valueOf(status.gateway));
  return { name, kind, help, labels: LABELS, samples };
}

function ofHolders(name: string, help: string, valueOf: (holder: HolderStanding) => number): Metric<StoreFlorStatus> {
  const samples = ({ cluster, gateway }: StoreFlorStatus): readonly MetricSample[] =>
    (gateway?.collections ?? []).flatMap(({ scope, name: collection, holders }) =>
      holders.map((holder) => ({
        labels: { process: program, cluster, collection: `${scope}/${collection}`, holder: holder.node },
        value: valueOf(holder),
      })),
    );
  return { name, kind: "counter", help, labels: [...LABELS, "collection", "holder"], samples };
}
