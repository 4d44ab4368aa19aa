import {
  countSamples,
  engineMetric,
  identityMetrics,
  pressureMetrics,
  processMetrics,
  qlogMetrics,
  revocationMetrics,
  secretsMetric,
} from "@florenetes/process-kit";
import type { Metric, MetricSample } from "@florenetes/process-kit";
import type { LinkStatusRow } from "../connection/connection-status.ts";
import type { TransitStatus } from "../forwarding/forwarding-status.ts";
import type { DatagramCounts, TrafficCounts } from "../transport/datagrams/flow-account.ts";
import type { StreamCounts } from "../transport/streams/stream-account.ts";
import type { ConnectionStatus } from "../transport/transport-status.ts";
import type { AccessLogStatus, ClusterStatus } from "./cluster-status.ts";
import { LINK_FIGURE_METRICS } from "./link-figure-metrics.ts";
import { SESSION_METRICS, sessionServices } from "./session-metrics.ts";

const program = "cluster-flor";

const linkStates: readonly LinkStatusRow["state"][] = ["waiting", "connecting", "up", "down", "refused"];
const directions: readonly ConnectionStatus["direction"][] = ["originated", "accepted"];
const connectionStates: readonly ConnectionStatus["state"][] = ["handshaking", "established", "draining"];
const linkLabels = ["process", "cluster", "link", "peer", "tag"];
const streamLabels = ["cluster", "end", "name"];

/** The metrics of cluster-flor for Prometheus. docs/operate/metrics.md describes each. */
export const CLUSTER_METRICS: readonly Metric<ClusterStatus>[] = [
  ...processMetrics<ClusterStatus>(program, ({ cluster }) => cluster),
  ...pressureMetrics<ClusterStatus>(program, ({ cluster }) => cluster),
  engineMetric<ClusterStatus>(program, ({ cluster }) => cluster),
  secretsMetric<ClusterStatus>(program, ({ cluster }) => cluster),
  ...qlogMetrics<ClusterStatus>(program, ({ cluster }) => cluster),
  ...identityMetrics<ClusterStatus>(program, ({ cluster, certificates }) =>
    certificates.map((status) => ({ cluster, status })),
  ),
  ...revocationMetrics<ClusterStatus>(program, ({ cluster, revocation }) =>
    revocation === null ? [] : [{ cluster, status: revocation }],
  ),
  {
    name: "parts_down",
    kind: "gauge",
    help: "Parts of the config that the machine does not let run at present",
    labels: ["process", "cluster"],
    samples: ({ cluster, down }) => [{ labels: { process: program, cluster }, value: down.length }],
  },
  {
    name: "config_differs",
    kind: "gauge",
    help: "1 while the config file comes to something else than what runs",
    labels: ["process", "cluster"],
    samples: ({ cluster, config }) => [
      { labels: { process: program, cluster }, value: Number(config.fileState !== "same") },
    ],
  },
  {
    name: "trace_questions_total",
    kind: "counter",
    help: "Questions of traces that stopped at this vertex, by what became of them",
    labels: ["process", "cluster", "result"],
    *samples({ cluster, traces }) {
      for (const [result, count] of Object.entries(traces)) {
        yield { labels: { process: program, cluster, result }, value: count };
      }
    },
  },
  {
    name: "path_reachable",
    kind: "gauge",
    help: "1 while authentic packets of the path's far end come",
    labels: ["process", "cluster", "path"],
    *samples({ cluster, paths }) {
      for (const { name, isReachable } of paths) {
        if (isReachable !== null)
          yield { labels: { process: program, cluster, path: name }, value: Number(isReachable) };
      }
    },
  },
  {
    name: "target_up",
    kind: "gauge",
    help: "1 while the target of a service takes connections",
    labels: ["process", "cluster", "service"],
    *samples({ cluster, services }) {
      for (const { name, health } of services) {
        if (health !== null && health.state !== "unknown")
          yield { labels: { process: program, cluster, service: name }, value: Number(health.state === "up") };
      }
    },
  },
  {
    name: "portal_attached",
    kind: "gauge",
    help: "1 while cluster-flor is attached to the portal",
    labels: ["process", "cluster", "portal"],
    *samples({ cluster, portals }) {
      for (const { name, state } of portals) {
        yield { labels: { process: program, cluster, portal: name }, value: Number(state === "attached") };
      }
    },
  },
  {
    name: "links",
    kind: "gauge",
    help: "Links of the config, by state",
    labels: ["process", "cluster", "state"],
    *samples({ cluster, links }) {
      for (const state of linkStates) {
        yield {
          labels: { process: program, cluster, state },
          value: links.filter((link) => link.state === state).length,
        };
      }
    },
  },
  linkMetric("gauge", "link_up", "1 while the link carries packets", ({ state }) => Number(state === "up")),
  linkMetric("counter", "link_ups_total", "How often the link came up", ({ ups }) => ups),
  linkMetric("counter", "link_sent_packets_total", "Packets sent over the link", (link) => link.packetsSent),
  linkMetric("counter", "link_received_packets_total", "Packets received over the link", (l) => l.packetsReceived),
  linkMetric("counter", "link_sent_bytes_total", "Bytes of the packets sent", ({ bytesSent }) => bytesSent),
  linkMetric("counter", "link_received_bytes_total", "Bytes of the packets received", (link) => link.bytesReceived),
  linkMetric("counter", "link_dropped_packets_total", "Packets for the link thrown away", (l) => l.packetsDropped),
  ...LINK_FIGURE_METRICS,
  {
    name: "link_refused_packets_total",
    kind: "counter",
    help: "Packets that came in over the link and were not forwarded or delivered, by cause",
    labels: ["cluster", "link", "cause"],
    *samples({ cluster, forwarding }) {
      for (const { name, drops } of forwarding.links) {
        // Most links know few causes, and there may be many links.
        const seen = Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0));
        yield* countSamples(seen, "cause", { cluster, link: name });
      }
    },
  },
  {
    name: "link_guessed_labels_total",
    kind: "counter",
    help: "Different labels that came over the link and mean nothing here",
    labels: ["cluster", "link"],
    *samples({ cluster, forwarding }) {
      for (const { name, labelsGuessed } of forwarding.links) {
        yield { labels: { cluster, link: name }, value: labelsGuessed };
      }
    },
  },
  transitMetric("transit_packets_total", "Packets let through from one link to another", ({ packets }) => packets),
  transitMetric("transit_limited_packets_total", "Packets above the transit limit", (pair) => pair.packetsDropped),
  {
    name: "path_usable",
    kind: "gauge",
    help: "1 while packets can leave on the path: its first link is up",
    labels: ["cluster", "path"],
    *samples({ cluster, paths }) {
      for (const { name, isUsable } of paths) yield { labels: { cluster, path: name }, value: Number(isUsable) };
    },
  },
  {
    name: "path_mtu_bytes",
    kind: "gauge",
    help: "Largest mesh packet that connections over the path are made for, and why",
    labels: ["cluster", "path", "origin"],
    *samples({ cluster, paths }) {
      for (const { name, mtu, mtuOrigin } of paths) {
        yield { labels: { cluster, path: name, origin: mtuOrigin }, value: mtu };
      }
    },
  },
  {
    name: "tunnel_listening",
    kind: "gauge",
    help: "1 while the tunnel takes workload connections",
    labels: ["cluster", "tunnel"],
    *samples({ cluster, tunnels }) {
      for (const { listen, isListening } of tunnels) {
        yield { labels: { cluster, tunnel: listen }, value: Number(isListening) };
      }
    },
  },
  accessMetric("access_log_records_total", "Access records that were written", ({ records }) => records),
  accessMetric("access_log_lost_records_total", "Access records that could not be written", ({ lost }) => lost),
  ...SESSION_METRICS,
  streamMetric("gauge", "streams_open", "Workload connections that are open", ({ open }) => open),
  streamMetric("counter", "streams_total", "Workload connections that were asked for", ({ total }) => total),
  {
    name: "streams_refused_total",
    kind: "counter",
    help: "Workload connections that were refused, by reason",
    labels: [...streamLabels, "code"],
    *samples(status) {
      for (const { labels, counts } of streamsOf(status)) yield* countSamples(counts.refused, "code", labels);
    },
  },
  {
    name: "streams_cut_total",
    kind: "counter",
    help: "Workload connections that were ended by neither workload, by reason",
    labels: [...streamLabels, "code"],
    *samples(status) {
      for (const { labels, counts } of streamsOf(status)) yield* countSamples(counts.cut, "code", labels);
    },
  },
  {
    name: "flows_ended_total",
    kind: "counter",
    help: "Flows of datagrams that this end has ended, by cause",
    labels: [...streamLabels, "cause"],
    *samples(status) {
      for (const { labels, counts } of datagramsOf(status)) yield* countSamples(counts.ended, "cause", labels);
    },
  },
  datagramMetric("datagrams_total", "Datagrams handed to the mesh (sent) and out of it (received)", "datagrams"),
  datagramMetric("datagram_bytes_total", "Bytes of those datagrams", "bytes"),
  {
    name: "dropped_datagrams_total",
    kind: "counter",
    help: "Datagrams of flows that were thrown away, by cause",
    labels: [...streamLabels, "cause"],
    *samples(status) {
      for (const { labels, counts } of datagramsOf(status)) yield* countSamples(counts.drops, "cause", labels);
    },
  },
  {
    name: "connections",
    kind: "gauge",
    help: "End-to-end connections, by who made them and state",
    labels: ["cluster", "direction", "state"],
    samples: connectionSamples,
  },
  {
    name: "connection_handshakes_total",
    kind: "counter",
    help: "Handshakes of end-to-end connections to a service here, by outcome",
    labels: ["cluster", "service", "outcome"],
    *samples({ cluster, services }) {
      for (const { name, handshakes } of services) {
        yield* countSamples(handshakes, "outcome", { cluster, service: name });
      }
    },
  },
  {
    name: "quic_violations_total",
    kind: "counter",
    help: "QUIC connections closed because their peer made too much of them, by cause",
    labels: ["process", "cluster", "cause"],
    samples: ({ cluster, violations }) => countSamples(violations, "cause", { process: program, cluster }),
  },
  {
    name: "dropped_packets_total",
    kind: "counter",
    help: "Packets thrown away, by who did it and cause",
    labels: ["process", "cluster", "by", "cause"],
    *samples({ cluster, drops }) {
      for (const [by, counts] of Object.entries(drops))
        yield* countSamples(counts, "cause", { process: program, cluster, by });
    },
  },
];

function linkMetric(
  kind: "counter" | "gauge",
  name: string,
  help: string,
  valueOf: (link: LinkStatusRow) => number,
): Metric<ClusterStatus> {
  return {
    name,
    kind,
    help,
    labels: linkLabels,
    *samples({ cluster, links }) {
      for (const link of links) {
        const { name: linkName, peer, tag } = link;
        yield { labels: { process: program, cluster, link: linkName, peer, tag }, value: valueOf(link) };
      }
    },
  };
}

function accessMetric(name: string, help: string, valueOf: (log: AccessLogStatus) => number): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: ["cluster"],
    *samples({ cluster, accessLog }) {
      if (accessLog !== null) yield { labels: { cluster }, value: valueOf(accessLog) };
    },
  };
}

function transitMetric(name: string, help: string, valueOf: (pair: TransitStatus) => number): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: ["cluster", "in_link", "out_link"],
    *samples({ cluster, forwarding }) {
      for (const pair of forwarding.transit) {
        yield { labels: { cluster, in_link: pair.inLink, out_link: pair.outLink }, value: valueOf(pair) };
      }
    },
  };
}

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

/** The ends of streams on this vertex: a tunnel by its listen address, a service of sessions by that and its name, a service by its name. */
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

function* connectionSamples({ cluster, connections }: ClusterStatus): Generator<MetricSample> {
  const counts = new Map<string, number>();
  for (const { direction, state } of connections) {
    const key = `${direction} ${state}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const direction of directions) {
    for (const state of connectionStates) {
      yield { labels: { cluster, direction, state }, value: counts.get(`${direction} ${state}`) ?? 0 };
    }
  }
}
