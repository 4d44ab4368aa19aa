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
import type { LinkClassCounts } from "../link-class-counts.ts";
import type { LinkStatusRow } from "../link-protocol.ts";
import type { ClusterPortalStatus } from "../portal/portal-status.ts";
import type { LinkFlorStatus } from "./link-status.ts";

const program = "link-flor";
const linkStates: readonly LinkStatusRow["state"][] = ["connecting", "up", "down", "refused"];
const linkLabels = ["process", "cluster", "peer", "tag"];

/** The metrics of link-flor for Prometheus. docs/operate/metrics.md describes each. */
export const LINK_METRICS: readonly Metric<LinkFlorStatus>[] = [
  ...processMetrics<LinkFlorStatus>(program, () => ""),
  ...pressureMetrics<LinkFlorStatus>(program, () => ""),
  engineMetric<LinkFlorStatus>(program, () => ""),
  secretsMetric<LinkFlorStatus>(program, () => ""),
  ...qlogMetrics<LinkFlorStatus>(program, () => ""),
  ...identityMetrics<LinkFlorStatus>(program, ({ clusters }) =>
    clusters.map(({ cluster, certificate }) => ({ cluster, status: certificate })),
  ),
  ...revocationMetrics<LinkFlorStatus>(program, ({ clusters }) =>
    clusters.map(({ cluster, revocation }) => ({ cluster, status: revocation })),
  ),
  {
    name: "cluster_served",
    kind: "gauge",
    help: "1 while the cluster is served, 0 while it is down and tried again",
    labels: ["process", "cluster"],
    samples: ({ clusters, down }) =>
      [...clusters, ...down].map(({ cluster }, index) => ({
        labels: { process: program, cluster },
        value: Number(index < clusters.length),
      })),
  },
  {
    name: "config_differs",
    kind: "gauge",
    help: "1 while the config file comes to something else than what runs",
    labels: ["process", "cluster"],
    samples: ({ config }) => [
      { labels: { process: program, cluster: "" }, value: Number(config.fileState !== "same") },
    ],
  },
  {
    name: "portal_attached",
    kind: "gauge",
    help: "1 while cluster-flor is attached to the portal",
    labels: ["process", "cluster", "portal"],
    samples: perCluster(({ portal }) => [{ labels: { portal: "" }, value: Number(portal.state === "attached") }]),
  },
  {
    name: "links",
    kind: "gauge",
    help: "Links that are wanted, by state",
    labels: ["process", "cluster", "state"],
    samples: perCluster(({ links }) =>
      linkStates.map((state) => ({
        labels: { state },
        value: links.filter((link) => link.state === state).length,
      })),
    ),
  },
  linkGauge("link_up", "1 while the link carries packets", ({ state }) => Number(state === "up")),
  linkGauge("link_mtu_bytes", "Largest packet that the link carries", ({ state, mtu }) =>
    state === "up" ? mtu : null,
  ),
  linkGauge(
    "link_preferred_mtu_bytes",
    "Size above which packets are better not sent at present",
    ({ state, preferredMtu }) => (state === "up" ? preferredMtu : null),
  ),
  linkGauge("link_udp_payload_bytes", "Largest UDP payload that is proven to get through", ({ state, udpPayload }) =>
    state === "up" ? udpPayload : null,
  ),
  linkGauge("link_rtt_seconds", "Round-trip time to the neighbour", ({ rttMs }) =>
    rttMs === null ? null : rttMs / 1_000,
  ),
  linkGauge(
    "link_peer_not_after_timestamp_seconds",
    "When the certificates that the neighbour has shown end, in Unix time",
    ({ peerValidUntil }) => (peerValidUntil === null ? null : Date.parse(peerValidUntil) / 1_000),
  ),
  linkGauge("link_queue_packets", "Packets that wait to be sent", ({ queueLength }) => queueLength),
  linkCounter("link_sent_packets_total", "Packets sent over the link", ({ packetsSent }) => packetsSent),
  linkCounter(
    "link_received_packets_total",
    "Packets received over the link",
    ({ packetsReceived }) => packetsReceived,
  ),
  linkCounter("link_split_packets_total", "Packets sent in pieces", ({ packetsSplit }) => packetsSplit),
  linkCounter("link_sent_pieces_total", "Pieces of packets sent", ({ piecesSent }) => piecesSent),
  linkCounter("link_joined_packets_total", "Packets received in pieces", ({ packetsJoined }) => packetsJoined),
  linkCounter("link_sent_bytes_total", "Bytes of the packets sent", ({ bytesSent }) => bytesSent),
  linkCounter("link_received_bytes_total", "Bytes of the packets received", ({ bytesReceived }) => bytesReceived),
  linkCounter(
    "link_lost_packets_total",
    "Packets of the link protocol lost on the way",
    ({ packetsLost }) => packetsLost,
  ),
  linkGauge("link_ecn", "1 while packets are marked ECT(0), since such marks come through", ({ isEcnOn }) =>
    Number(isEcnOn),
  ),
  linkCounter(
    "link_received_ce_packets_total",
    "Packets of the link protocol that came marked CE by a router",
    ({ ceReceived }) => ceReceived,
  ),
  classCounter("link_class_sent_packets_total", "Packets sent over the link, by class", (of) => of.packetsSent),
  classCounter("link_class_sent_bytes_total", "Bytes of the packets sent, by class", (of) => of.bytesSent),
  classCounter(
    "link_class_queue_seconds_total",
    "How long the packets sent had waited, by class",
    (of) => of.delayMs / 1_000,
  ),
  {
    name: "link_class_dropped_packets_total",
    kind: "counter",
    help: "Packets that the queue of the link has thrown away, by class and cause",
    labels: [...linkLabels, "class", "cause"],
    samples: perClass(({ droppedFull, droppedLate }) => [
      { labels: { cause: "queueFull" }, value: droppedFull },
      { labels: { cause: "queueLate" }, value: droppedLate },
    ]),
  },
  linkCounter("link_attempts_total", "Attempts to connect, or sessions that the neighbour offered", (l) => l.attempts),
  {
    name: "link_dropped_packets_total",
    kind: "counter",
    help: "Packets for the link that were thrown away, by cause",
    labels: [...linkLabels, "cause"],
    samples: perCluster(function* ({ links }) {
      for (const link of links) yield* countSamples(link.drops, "cause", namesOf(link));
    }),
  },
  {
    name: "link_handshakes_total",
    kind: "counter",
    help: "Handshakes of links, by outcome",
    labels: ["process", "cluster", "outcome"],
    samples: perCluster(({ handshakes }) => countSamples(handshakes, "outcome", {})),
  },
  {
    name: "link_attempts",
    kind: "gauge",
    help: "Attempts to connect that are under way, and links that wait for their turn to make one",
    labels: ["process", "cluster", "state"],
    samples: perCluster(({ attempts }) =>
      Object.entries(attempts).map(([state, value]) => ({ labels: { state }, value })),
    ),
  },
  udpCounter("udp_received_datagrams_total", "Datagrams received on the cluster's UDP socket", "received"),
  udpCounter("udp_sent_datagrams_total", "Datagrams sent from the cluster's UDP socket", "sent"),
  {
    name: "quic_violations_total",
    kind: "counter",
    help: "QUIC connections closed because their peer made too much of them, by cause",
    labels: ["process", "cluster", "cause"],
    samples: ({ violations }) => countSamples(violations, "cause", { process: program, cluster: "" }),
  },
  {
    name: "dropped_packets_total",
    kind: "counter",
    help: "Packets thrown away, by who did it and cause",
    labels: ["process", "cluster", "by", "cause"],
    samples: perCluster(function* ({ drops }) {
      for (const [by, counts] of Object.entries(drops)) yield* countSamples(counts, "cause", { by });
    }),
  },
];

/** Adds whose process and cluster they are to the samples of each cluster. */
function perCluster(
  samplesOf: (cluster: ClusterPortalStatus) => Iterable<MetricSample>,
): Metric<LinkFlorStatus>["samples"] {
  return function* (status) {
    for (const cluster of status.clusters) {
      for (const { labels, value } of samplesOf(cluster)) {
        yield { labels: { process: program, cluster: cluster.cluster, ...labels }, value };
      }
    }
  };
}

function linkGauge(
  name: string,
  help: string,
  valueOf: (link: LinkStatusRow) => number | null,
  kind: "counter" | "gauge" = "gauge",
): Metric<LinkFlorStatus> {
  const samples = perCluster(function* ({ links }) {
    for (const link of links) {
      const value = valueOf(link);
      if (value !== null) yield { labels: namesOf(link), value };
    }
  });
  return { name, kind, help, labels: linkLabels, samples };
}

function linkCounter(name: string, help: string, valueOf: (link: LinkStatusRow) => number): Metric<LinkFlorStatus> {
  return linkGauge(name, help, valueOf, "counter");
}

function perClass(samplesOf: (counts: LinkClassCounts) => MetricSample[]): Metric<LinkFlorStatus>["samples"] {
  return perCluster(function* ({ links }) {
    for (const link of links) {
      for (const [name, counts] of Object.entries(link.classes)) {
        for (const { labels, value } of samplesOf(counts))
          yield { labels: { ...namesOf(link), class: name, ...labels }, value };
      }
    }
  });
}

function classCounter(
  name: string,
  help: string,
  valueOf: (counts: LinkClassCounts) => number,
): Metric<LinkFlorStatus> {
  const samples = perClass((counts) => [{ labels: {}, value: valueOf(counts) }]);
  return { name, kind: "counter", help, labels: [...linkLabels, "class"], samples };
}

function udpCounter(name: string, help: string, count: "received" | "sent"): Metric<LinkFlorStatus> {
  const samples = perCluster(({ udp }) => [{ labels: {}, value: udp[count] }]);
  return { name, kind: "counter", help, labels: ["process", "cluster"], samples };
}

function namesOf({ peer, tag }: LinkStatusRow): MetricSample["labels"] {
  return { peer, tag };
}
