import { CONFIG_DIFFERS, type Metric, processMetrics } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";

const program = "fabric-flor";

/** The metrics of fabric-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from this list. */
export const FABRIC_METRICS: readonly Metric<FabricFlorStatus>[] = [
  ...processMetrics<FabricFlorStatus>(program, ({ cluster }) => cluster),
  {
    ...CONFIG_DIFFERS,
    samples: ({ cluster, config }) => [
      { labels: { process: program, cluster }, value: Number(config.fileState !== "same") },
    ],
  },
];
