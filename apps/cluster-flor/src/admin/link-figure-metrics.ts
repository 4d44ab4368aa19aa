import type { Metric } from "@florenetes/process-kit";
import type { LinkFigures } from "../connection/link-figures.ts";
import type { ClusterStatus } from "./cluster-status.ts";

/** The metrics of the figures that link vertices report of links that are up. A link without reported figures has none. */
export const LINK_FIGURE_METRICS: readonly Metric<ClusterStatus>[] = [
  figureMetric(
    "gauge",
    "link_told_rtt_seconds",
    "Round-trip time to the neighbour, as the link vertex tells it once a second. This and all else that it tells is missing unless the link is up, and where the link vertex tells nothing.",
    ({ rttMs }) => rttMs / 1_000,
  ),
  figureMetric(
    "gauge",
    "link_told_lost_packets",
    "Packets of the link protocol lost on the way since the link came up.",
    ({ packetsLost }) => packetsLost,
  ),
  figureMetric(
    "gauge",
    "link_told_queue_packets",
    "Packets that wait in the link vertex.",
    ({ queueLength }) => queueLength,
  ),
  figureMetric(
    "gauge",
    "link_told_sent_bytes_per_second",
    "Bytes sent over the link in a second, on average over the last ten seconds.",
    (each) => each.sentBitsPerSecond / 8,
  ),
  figureMetric(
    "gauge",
    "link_told_received_bytes_per_second",
    "Bytes received over the link in a second, on average over the last ten seconds.",
    (each) => each.receivedBitsPerSecond / 8,
  ),
];

function figureMetric(
  kind: Metric<ClusterStatus>["kind"],
  name: string,
  help: string,
  valueOf: (figures: LinkFigures) => number,
): Metric<ClusterStatus> {
  return {
    name,
    kind,
    help,
    labels: ["cluster", "link", "peer", "tag"],
    *samples({ cluster, links }) {
      for (const { name: link, peer, tag, figures } of links) {
        if (figures !== null) yield { labels: { cluster, link, peer, tag }, value: valueOf(figures) };
      }
    },
  };
}
