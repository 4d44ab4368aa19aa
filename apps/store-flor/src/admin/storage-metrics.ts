import { countSamples, type Metric, type MetricSample } from "@florenetes/process-kit";
import type { StorageStatus } from "./storage-status.ts";
import type { StoreFlorStatus } from "./store-status.ts";

type Held = NonNullable<StorageStatus["collections"][number]["held"]>;

const LABELS = ["process", "cluster"];

/** The metrics of a holder. */
export const STORAGE_METRICS: readonly Metric<StoreFlorStatus>[] = [
  ofAll("storage_held_bytes", "gauge", "Octets of all shards that a holder has.", ({ octets }) => octets),
  ofAll("storage_budget_bytes", "gauge", "Octets of shards that it may have.", ({ budget }) => budget),
  ofAll(
    "storage_received_bytes_total",
    "counter",
    "Octets of questions that have come to it.",
    ({ received }) => received,
  ),
  ofAll("storage_disk_serves", "gauge", "1 while its disk takes and gives what it is asked, 0 otherwise.", (storage) =>
    Number(storage.fault === null),
  ),
  ofAll("storage_agent_tells", "gauge", "1 while the agent of its node tells of collections, 0 otherwise.", (storage) =>
    Number(storage.agentFault === null),
  ),
  ofEach("storage_collection_open", "gauge", "1 while a collection is written here, 0 otherwise.", ({ state }) =>
    Number(state === "open"),
  ),
  ofEach("storage_collection_objects", "gauge", "Objects of a collection.", ({ objects }) => objects),
  ofEach("storage_collection_bytes", "gauge", "Octets of its objects, without copies.", ({ octets }) => octets),
  ofEach("storage_collection_held_bytes", "gauge", "Octets of its shards here.", ({ held }) => held),
  ofEach(
    "storage_collection_missing_shards",
    "gauge",
    "Shards that belong here, and that no holder gave when they were last looked for.",
    ({ missing }) => missing,
  ),
  ofEach(
    "storage_collection_lacking_shards",
    "gauge",
    "Shards here of which other holders lacked copies, and did not take them.",
    ({ lacking }) => lacking,
  ),
  ofCounts(
    "storage_events_total",
    "event",
    "What was done with a collection's shards and names (`shardsTaken`, `shardsPushed`, …), as `counters` of the status has it.",
    ({ counters }) => ({ ...counters }),
  ),
  ofCounts(
    "storage_refusals_total",
    "code",
    "Questions that were refused, by their [code](errors.md).",
    ({ refused }) => refused,
  ),
  ofHolders(
    "storage_holder_lives",
    "gauge",
    "1 while another holder of a collection (`holder`) counts among those that live, 0 otherwise.",
    ({ isLiving }) => Number(isLiving),
  ),
  ofHolders(
    "storage_holder_failures_total",
    "counter",
    "Shards of challenges, and of what another holder gave, that were wrong or absent.",
    ({ failures }) => failures,
  ),
];

function ofAll(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  valueOf: (storage: StorageStatus) => number,
): Metric<StoreFlorStatus> {
  const samples = ({ cluster, storage }: StoreFlorStatus): readonly MetricSample[] =>
    storage === null ? [] : [{ labels: { process: "store-flor", cluster }, value: valueOf(storage) }];
  return { name, kind, help, labels: LABELS, samples };
}

function ofEach(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  valueOf: (held: Held) => number,
): Metric<StoreFlorStatus> {
  const samples = (status: StoreFlorStatus): readonly MetricSample[] =>
    open(status).map(({ labels, held }) => ({ labels, value: valueOf(held) }));
  return { name, kind, help, labels: [...LABELS, "collection"], samples };
}

function ofCounts(
  name: string,
  label: string,
  help: string,
  countsOf: (held: Held) => Readonly<Record<string, number>>,
): Metric<StoreFlorStatus> {
  const samples = (status: StoreFlorStatus): readonly MetricSample[] =>
    open(status).flatMap(({ labels, held }) => [...countSamples(countsOf(held), label, labels)]);
  return { name, kind: "counter", help, labels: [...LABELS, "collection", label], samples };
}

function ofHolders(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  valueOf: (holder: Held["holders"][number]) => number,
): Metric<StoreFlorStatus> {
  const samples = (status: StoreFlorStatus): readonly MetricSample[] =>
    open(status).flatMap(({ labels, held }) =>
      held.holders.map((holder) => ({ labels: { ...labels, holder: holder.node }, value: valueOf(holder) })),
    );
  return { name, kind, help, labels: [...LABELS, "collection", "holder"], samples };
}

/** The collections that are open, with the labels of their samples. */
function open({
  cluster,
  storage,
}: StoreFlorStatus): readonly { readonly labels: Readonly<Record<string, string>>; readonly held: Held }[] {
  return (storage?.collections ?? []).flatMap(({ name, held }) =>
    held === null ? [] : [{ labels: { process: "store-flor", cluster, collection: name }, held }],
  );
}
