/** The metrics of telemetry: what a node tells observers, and, at an observer, how its partition is: so many series, whatever nodes say. */
import type { Metric, MetricSample } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";
import { counted, program } from "./metric-forms.ts";

type ToldSums = NonNullable<FabricFlorStatus["telemetry"]["observer"]>["sums"][number];

export const TELEMETRY_METRICS: readonly Metric<FabricFlorStatus>[] = [
  counted(
    "fabric_telemetry",
    "gauge",
    "[Observations](../protocol/fabric-telemetry.md) that this node holds (`observations`), and, at an observer, `nodes` of which something is held, whole reports of nodes that are `unwell` and of a sample of those that are `well`.",
    "what",
    ({ telemetry: { held, observer } }): Record<string, number> => ({
      observations: held,
      ...(observer !== null && {
        nodes: observer.nodes,
        unwell: observer.samples.unwell,
        well: observer.samples.well,
      }),
    }),
  ),
  counted(
    "fabric_telemetry_told_total",
    "counter",
    "Reports and profiles of this node that observers have answered, by what they said: `taken`, or the [reason](../protocol/fabric-telemetry.md#letters) against them.",
    "outcome",
    ({ telemetry }) => telemetry.handedIn,
  ),
  counted(
    "fabric_telemetry_records_total",
    "counter",
    "Reports and profiles that nodes have told this observer, by what came of them: `taken`, `known`, `often` and `unknown-sender` for letters that were not read, or the [reason](../protocol/fabric-telemetry.md#letters) against them.",
    "outcome",
    ({ telemetry }) => telemetry.observer?.outcomes ?? {},
  ),
  fleet(
    "fabric_fleet_nodes",
    "Nodes of the partition that this observer has added up last: `heard`, `silent`, `unwell`, `phones` and `relays`. `organization` and `role` are empty for all; `_none` has no role, and `_other` all for which there is no series.",
    ["state"],
    ({ nodes }) => Object.entries(nodes).map(([state, value]) => ({ labels: { state }, value })),
  ),
  fleet(
    "fabric_fleet_findings",
    "Nodes that are unwell, by the [finding](../protocol/fabric-telemetry.md#what-is-added-up).",
    ["finding"],
    ({ findings }) => Object.entries(findings).map(([finding, value]) => ({ labels: { finding }, value })),
  ),
  fleet(
    "fabric_fleet_measure_values",
    'Values of a [measure](../protocol/fabric-telemetry.md#what-is-added-up) up to `at_most`, of what is now. `histogram_quantile(0.9, sum without (at_most) (label_replace(…, "le", "$1", "at_most", "(.*)")))` says what nine of ten are below.',
    ["measure", "at_most"],
    ({ measures }) =>
      Object.entries(measures).flatMap(([measure, { bounds, buckets }]) => {
        let below = 0;
        return buckets.map((count, at) => {
          below += count;
          return { labels: { measure, at_most: at < bounds.length ? String(bounds[at]) : "+Inf" }, value: below };
        });
      }),
  ),
  fleet("fabric_fleet_measure_added", "The sum of all values of a measure.", ["measure"], ({ measures }) =>
    Object.entries(measures).map(([measure, { sum }]) => ({ labels: { measure }, value: sum })),
  ),
  counted(
    "fabric_fleet_versions",
    "gauge",
    "Nodes by the version of their software, where a release in force or the observer itself has it; `_other`: any other.",
    "version",
    ({ telemetry }) => telemetry.observer?.versions ?? {},
  ),
];

/** Figures of the partition, by organization and by role. */
function fleet(
  name: string,
  help: string,
  labels: readonly string[],
  samplesOf: (sums: ToldSums) => readonly MetricSample[],
): Metric<FabricFlorStatus> {
  return {
    name,
    kind: "gauge",
    help,
    labels: ["process", "cluster", "organization", "role", ...labels],
    *samples({ cluster, telemetry }): Generator<MetricSample> {
      for (const sums of telemetry.observer?.sums ?? []) {
        const { organization, role } = sums;
        for (const { labels: own, value } of samplesOf(sums))
          yield { labels: { process: program, cluster, organization, role, ...own }, value };
      }
    },
  };
}
