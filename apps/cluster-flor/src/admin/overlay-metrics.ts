import type { Metric } from "@florenetes/process-kit";
import type { OverlayStatus } from "../overlay/overlay-status.ts";
import type { ClusterStatus } from "./cluster-status.ts";

/** The metrics of what the control agent has brought about. A vertex whose config has no `fabric` has none. */
export const OVERLAY_METRICS: readonly Metric<ClusterStatus>[] = [
  overlayMetric(
    "overlay_generation",
    "Number of the [overlay](../protocol/fabric-door.md) in force, by which the node's agent leads services; 0: there was never one. Missing, as all of the overlay, without the key [`fabric`](configuration.md#fabric).",
    ({ generation }) => generation,
  ),
  {
    name: "overlay_parts",
    kind: "gauge",
    help: "Parts of the overlay by `kind`: `link`, `path`, `lead` (a service that is led somewhere), `pinned` (a principal whose keys count by name).",
    labels: ["cluster", "kind"],
    *samples({ cluster, overlay }) {
      if (overlay === null) return;
      const { links: link, paths: path, leads: lead, pinned } = overlay;
      for (const [kind, value] of Object.entries({ link, path, lead, pinned }))
        yield { labels: { cluster, kind }, value };
    },
  },
  overlayMetric(
    "overlay_left_out",
    "Parts of the overlay that the config file does not let in at present: `status` names them.",
    ({ leftOut }) => leftOut.length,
  ),
  {
    ...overlayMetric(
      "overlay_knocks_dropped_total",
      "[Knocks](../protocol/portal-api.md#knocks) of which the agent was not told, since too many came.",
      ({ knocksDropped }) => knocksDropped,
    ),
    kind: "counter",
  },
  overlayMetric(
    "overlay_age_seconds",
    "How long ago the overlay was set; missing where an earlier life of the process has kept it.",
    ({ ageMs }) => ageMs && ageMs / 1_000,
  ),
  overlayMetric(
    "overlay_agent_silent_seconds",
    "How long ago the agent has last spoken at the door: one that runs does so every few seconds. Missing where none has since the process started.",
    ({ heardMs }) => heardMs && heardMs / 1_000,
  ),
];

function overlayMetric(
  name: string,
  help: string,
  valueOf: (overlay: OverlayStatus) => number | null,
): Metric<ClusterStatus> {
  return {
    name,
    kind: "gauge",
    help,
    labels: ["cluster"],
    *samples({ cluster, overlay }) {
      const value = overlay && valueOf(overlay);
      if (value !== null) yield { labels: { cluster }, value };
    },
  };
}
