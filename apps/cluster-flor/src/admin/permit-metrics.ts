import type { Metric } from "@florenetes/process-kit";
import type { PermitClassStatus } from "../forwarding/permit-status.ts";
import type { ClusterStatus } from "./cluster-status.ts";

/** Counts of permits, by pair of links, share and class: they tell neither who sent the packets nor for which permit. */
export const PERMIT_METRICS: readonly Metric<ClusterStatus>[] = [
  permitMetric(
    "transit_permitted_packets_total",
    "Packets of the class that permits let through from the one link to the other, by the share that was charged: another number each hour, or 0 for none.",
    ({ packets }) => packets,
  ),
  permitMetric("transit_permitted_bytes_total", "Bytes of these packets.", ({ bytes }) => bytes),
  permitMetric(
    "transit_unpermitted_packets_total",
    "Packets of the class that came for a pair of links which permits open, and were thrown away: no permit has the class, or they were above the rate.",
    ({ denied }) => denied,
  ),
];

function permitMetric(
  name: string,
  help: string,
  valueOf: (counts: PermitClassStatus) => number,
): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: ["cluster", "in_link", "out_link", "share", "class"],
    *samples({ cluster, forwarding }) {
      for (const { inLink, outLink, share, classes } of forwarding.permits) {
        for (const [name, counts] of Object.entries(classes)) {
          const labels = { cluster, in_link: inLink, out_link: outLink, share: String(share), class: name };
          yield { labels, value: valueOf(counts) };
        }
      }
    },
  };
}
