import {
  CONFIG_DIFFERS,
  DROPPED_PACKETS,
  LINKS,
  PORTAL_ATTACHED,
  QUIC_VIOLATIONS,
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

/** The metrics of link-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from this list. */
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
    help: "1 while the cluster is served, 0 while it is [down](configuration.md#clusters-that-are-down) and tried again.",
    labels: ["process", "cluster"],
    samples: ({ clusters, down }) =>
      [...clusters, ...down].map(({ cluster }, index) => ({
        labels: { process: program, cluster },
        value: Number(index < clusters.length),
      })),
  },
  {
    ...CONFIG_DIFFERS,
    samples: ({ config }) => [
      { labels: { process: program, cluster: "" }, value: Number(config.fileState !== "same") },
    ],
  },
  {
    ...PORTAL_ATTACHED,
    samples: perCluster(({ portal }) => [{ labels: { portal: "" }, value: Number(portal.state === "attached") }]),
  },
  {
    ...LINKS,
    samples: perCluster(({ links }) =>
      linkStates.map((state) => ({
        labels: { state },
        value: links.filter((link) => link.state === state).length,
      })),
    ),
  },
  linkGauge("link_up", "1 while the link carries packets.", ({ state }) => Number(state === "up")),
  linkGauge("link_mtu_bytes", "Largest packet that the link carries; missing unless it is up.", ({ state, mtu }) =>
    state === "up" ? mtu : null,
  ),
  linkGauge(
    "link_preferred_mtu_bytes",
    "Size above which packets are better not sent at present, because of losses or a slow medium; missing unless it is up.",
    ({ state, preferredMtu }) => (state === "up" ? preferredMtu : null),
  ),
  linkGauge(
    "link_udp_payload_bytes",
    "Largest UDP payload that is proven to get through; missing unless it is up.",
    ({ state, udpPayload }) => (state === "up" ? udpPayload : null),
  ),
  linkGauge("link_rtt_seconds", "Round-trip time to the neighbour; missing while there is no session.", ({ rttMs }) =>
    rttMs === null ? null : rttMs / 1_000,
  ),
  linkGauge(
    "link_peer_not_after_timestamp_seconds",
    "When the certificates that the neighbour has shown end (the first of its chain, the root included), in Unix time; missing while there is no session.",
    ({ peerValidUntil }) => (peerValidUntil === null ? null : Date.parse(peerValidUntil) / 1_000),
  ),
  linkGauge("link_queue_packets", "Packets that wait to be sent.", ({ queueLength }) => queueLength),
  linkCounter("link_sent_packets_total", "Packets sent over the link.", ({ packetsSent }) => packetsSent),
  linkCounter(
    "link_received_packets_total",
    "Packets received over the link.",
    ({ packetsReceived }) => packetsReceived,
  ),
  linkCounter("link_split_packets_total", "Packets sent in pieces.", ({ packetsSplit }) => packetsSplit),
  linkCounter(
    "link_sent_pieces_total",
    "Pieces of the packets that were sent in pieces.",
    ({ piecesSent }) => piecesSent,
  ),
  linkCounter("link_joined_packets_total", "Packets received in pieces.", ({ packetsJoined }) => packetsJoined),
  linkCounter("link_sent_bytes_total", "Bytes of the packets sent.", ({ bytesSent }) => bytesSent),
  linkCounter("link_received_bytes_total", "Bytes of the packets received.", ({ bytesReceived }) => bytesReceived),
  linkCounter(
    "link_lost_packets_total",
    "Packets of the link protocol lost on the way.",
    ({ packetsLost }) => packetsLost,
  ),
  linkGauge(
    "link_ecn",
    "1 while packets are marked ECT(0), since such marks come through; always 0 without the [data thread](../develop/carrying.md#the-data-thread-of-link-flor).",
    ({ isEcnOn }) => Number(isEcnOn),
  ),
  linkCounter(
    "link_received_ce_packets_total",
    "Packets of the link protocol that came marked CE: a router on the way has a queue.",
    ({ ceReceived }) => ceReceived,
  ),
  classCounter(
    "link_class_sent_packets_total",
    "Packets sent, by the [class](../protocol/mesh-packet.md#classes) that they were queued as; relays count all that they pass on.",
    (of) => of.packetsSent,
  ),
  classCounter("link_class_sent_bytes_total", "Bytes of the packets sent, by class.", (of) => of.bytesSent),
  classCounter(
    "link_class_queue_seconds_total",
    "How long the packets sent had waited in the link's queue, by class, added up: divided by their number, the average delay.",
    (of) => of.delayMs / 1_000,
  ),
  {
    name: "link_class_dropped_packets_total",
    kind: "counter",
    help: "Packets that the [queue](../protocol/link-protocol.md#queues) has thrown away: `queueFull`, `queueLate`. They are in `florenetes_link_dropped_packets_total`, too.",
    labels: [...linkLabels, "class", "cause"],
    samples: perClass(({ droppedFull, droppedLate }) => [
      { labels: { cause: "queueFull" }, value: droppedFull },
      { labels: { cause: "queueLate" }, value: droppedLate },
    ]),
  },
  linkCounter("link_attempts_total", "Attempts to connect, or sessions that the neighbour offered.", (l) => l.attempts),
  {
    name: "link_dropped_packets_total",
    kind: "counter",
    help: "Packets for the link that were thrown away here.",
    labels: [...linkLabels, "cause"],
    samples: perCluster(function* ({ links }) {
      for (const link of links) yield* countSamples(link.drops, "cause", namesOf(link));
    }),
  },
  {
    name: "link_handshakes_total",
    kind: "counter",
    help: "Handshakes of links, by outcome: `up`, `visit` of a [visitor](../protocol/link-protocol.md#visits), or the reason why there was no link ([portal-api.md](../protocol/portal-api.md)).",
    labels: ["process", "cluster", "outcome"],
    samples: perCluster(({ handshakes }) => countSamples(handshakes, "outcome", {})),
  },
  {
    name: "knocks_total",
    kind: "counter",
    help: "Calls of proven vertices of the cluster for links that nobody here has asked for ([knocks](../protocol/portal-api.md#knocks)), by outcome: `told` to cluster-flor, or `dropped`, since too many others had just been told.",
    labels: ["process", "cluster", "outcome"],
    samples: perCluster(({ portal }) => countSamples(portal.knocks, "outcome", {})),
  },
  {
    name: "link_attempts",
    kind: "gauge",
    help: "Attempts to connect that are under way or have just failed (`underWay`), and links that wait for their [turn](../protocol/link-protocol.md#attempts) to make one (`waiting`).",
    labels: ["process", "cluster", "state"],
    samples: perCluster(({ attempts }) =>
      Object.entries(attempts).map(([state, value]) => ({ labels: { state }, value })),
    ),
  },
  udpCounter("udp_received_datagrams_total", "Datagrams received on the cluster's UDP socket.", "received"),
  udpCounter("udp_sent_datagrams_total", "Datagrams sent from the cluster's UDP socket.", "sent"),
  {
    ...QUIC_VIOLATIONS,
    samples: ({ violations }) => countSamples(violations, "cause", { process: program, cluster: "" }),
  },
  {
    ...DROPPED_PACKETS,
    samples: perCluster(function* ({ drops }) {
      for (const [by, counts] of Object.entries(drops)) yield* countSamples(counts, "cause", { by });
    }),
  },
];

/** Adds the labels `process` and `cluster` to the samples of each cluster. */
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
