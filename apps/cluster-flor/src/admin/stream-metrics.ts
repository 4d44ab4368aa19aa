import { countSamples, type Metric, type MetricSample } from "@florenetes/process-kit";
import type { DatagramCounts, TrafficCounts } from "../transport/datagrams/flow-account.ts";
import type { StreamCounts } from "../transport/streams/stream-account.ts";
import type { ClusterStatus } from "./cluster-status.ts";
import { sessionServices } from "./session-metrics.ts";

const streamLabels = ["cluster", "end", "name"];

/** The metrics of workload connections and of flows of datagrams, by their end on this vertex. */
export const STREAM_METRICS: readonly Metric<ClusterStatus>[] = [
  streamMetric(
    "gauge",
    "streams_open",
    "Workload connections that are open; `end` is `tunnel`, `session` or `service`, `name` the tunnel's listen address, that of the socket and the name of its service, or the service's name.",
    ({ open }) => open,
  ),
  streamMetric("counter", "streams_total", "Workload connections that were asked for.", ({ total }) => total),
  {
    name: "streams_refused_total",
    kind: "counter",
    help: "Workload connections that were refused, by reason ([transport.md](../protocol/transport.md)).",
    labels: [...streamLabels, "code"],
    *samples(status) {
      for (const { labels, counts } of streamsOf(status)) yield* countSamples(counts.refused, "code", labels);
    },
  },
  {
    name: "streams_cut_total",
    kind: "counter",
    help: "Workload connections that were taken, and ended by neither workload, by reason: `REVOKED`, `EXPIRED`, `CONNECTION_LOST` and others",
    labels: [...streamLabels, "code"],
    *samples(status) {
      for (const { labels, counts } of streamsOf(status)) yield* countSamples(counts.cut, "code", labels);
    },
  },
  {
    name: "connections_beside",
    kind: "gauge",
    help: "End-to-end connections of a tunnel, or of a service of data sessions in all its classes, beside the first one of each class: [its streams were used up](../protocol/transport.md#connections-beside-each-other).",
    labels: streamLabels,
    *samples(status) {
      for (const { labels, connectionsBeside } of roomsOf(status)) yield { labels, value: connectionsBeside };
    },
  },
  {
    name: "streams_used_up_total",
    kind: "counter",
    help: "How often workloads had to wait because no connection had room for one more stream: pressure, by which nobody was refused yet.",
    labels: streamLabels,
    *samples(status) {
      for (const { labels, streamsUsedUp } of roomsOf(status)) yield { labels, value: streamsUsedUp };
    },
  },
  {
    name: "standby_streams_total",
    kind: "counter",
    help: "Workload connections that went to [another host of the service](../protocol/transport.md#while-the-host-in-use-is-silent), as nothing was heard of the one in use.",
    labels: streamLabels,
    *samples(status) {
      for (const { labels, standbyStreams } of roomsOf(status)) yield { labels, value: standbyStreams };
    },
  },
  {
    name: "flows_ended_total",
    kind: "counter",
    help: "Flows of datagrams that this end has ended: `idle` (nothing had passed for `flow-idle`), `room` (another one came). Flows count as streams do in the metrics of streams.",
    labels: [...streamLabels, "cause"],
    *samples(status) {
      for (const { labels, counts } of datagramsOf(status)) yield* countSamples(counts.ended, "cause", labels);
    },
  },
  datagramMetric(
    "datagrams_total",
    "Datagrams of flows: `sent` are those handed to the mesh, `received` those out of it.",
    "datagrams",
  ),
  datagramMetric("datagram_bytes_total", "Bytes of the datagrams of flows.", "bytes"),
  {
    name: "dropped_datagrams_total",
    kind: "counter",
    help: "Datagrams of flows that were thrown away, by [cause](../protocol/transport.md#what-cluster-flor-status---json-counts).",
    labels: [...streamLabels, "cause"],
    *samples(status) {
      for (const { labels, counts } of datagramsOf(status)) yield* countSamples(counts.drops, "cause", labels);
    },
  },
];

function streamMetric(
  kind: "counter" | "gauge",
  name: string,
  help: string,
  valueOf: (counts: StreamCounts) => number,
): Metric<ClusterStatus> {
  return {
    name,
    kind,
    help,
    labels: streamLabels,
    *samples(status) {
      for (const { labels, counts } of streamsOf(status)) yield { labels, value: valueOf(counts) };
    },
  };
}

/**
 * The ends of streams on this vertex: a tunnel by its listen address, a service of sessions by the listen address and
 * its name, a service by its name.
 */
function* streamsOf({
  cluster,
  tunnels,
  sessions,
  services,
}: ClusterStatus): Generator<{ readonly labels: MetricSample["labels"]; readonly counts: StreamCounts }> {
  for (const { listen, connections } of tunnels) {
    yield { labels: { cluster, end: "tunnel", name: listen }, counts: connections };
  }
  for (const { name, status } of sessionServices(sessions)) {
    yield { labels: { cluster, end: "session", name }, counts: status.connections };
  }
  for (const { name, connections } of services) {
    yield { labels: { cluster, end: "service", name }, counts: connections };
  }
}

interface Rooms {
  readonly connectionsBeside: number;
  readonly streamsUsedUp: number;
  readonly standbyStreams: number;
}

/** The ends on this vertex that open streams. */
function* roomsOf({
  cluster,
  tunnels,
  sessions,
}: ClusterStatus): Generator<Rooms & { readonly labels: MetricSample["labels"] }> {
  for (const { listen, connectionsBeside, streamsUsedUp, standbyStreams } of tunnels) {
    yield { labels: { cluster, end: "tunnel", name: listen }, connectionsBeside, streamsUsedUp, standbyStreams };
  }
  for (const { name, status } of sessionServices(sessions)) {
    const { connectionsBeside, streamsUsedUp, standbyStreams } = status;
    yield { labels: { cluster, end: "session", name }, connectionsBeside, streamsUsedUp, standbyStreams };
  }
}

function datagramMetric(name: string, help: string, what: keyof TrafficCounts): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: [...streamLabels, "direction"],
    *samples(status) {
      for (const { labels, counts } of datagramsOf(status)) {
        yield { labels: { ...labels, direction: "sent" }, value: counts.sent[what] };
        yield { labels: { ...labels, direction: "received" }, value: counts.received[what] };
      }
    },
  };
}

/** The ends of flows on this vertex, named as those of streams. */
function* datagramsOf({
  cluster,
  tunnels,
  sessions,
  services,
}: ClusterStatus): Generator<{ readonly labels: MetricSample["labels"]; readonly counts: DatagramCounts }> {
  for (const { listen, datagrams } of tunnels) {
    if (datagrams !== null) yield { labels: { cluster, end: "tunnel", name: listen }, counts: datagrams };
  }
  for (const { name, status } of sessionServices(sessions)) {
    yield { labels: { cluster, end: "session", name }, counts: status.datagrams };
  }
  for (const { name, datagrams } of services) {
    if (datagrams !== null) yield { labels: { cluster, end: "service", name }, counts: datagrams };
  }
}
