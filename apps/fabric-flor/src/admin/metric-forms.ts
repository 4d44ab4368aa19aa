/** Forms of the metrics of fabric-flor: a figure of its own, and counts by one label. */
import { countSamples, type Metric, type MetricSample } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";

/** The label `process` of all metrics. */
export const program = "fabric-flor";

/** A figure; undefined: there is none at present. */
export function gauge(
  name: string,
  help: string,
  valueOf: (status: FabricFlorStatus) => number | undefined,
): Metric<FabricFlorStatus> {
  return {
    name,
    kind: "gauge",
    help,
    labels: ["process", "cluster"],
    *samples(status): Generator<MetricSample> {
      const value = valueOf(status);
      if (value !== undefined) yield { labels: { process: program, cluster: status.cluster }, value };
    },
  };
}

/** Counts by the values of one label. */
export function counted(
  name: string,
  kind: Metric<FabricFlorStatus>["kind"],
  help: string,
  label: string,
  countsOf: (status: FabricFlorStatus) => Readonly<Record<string, number>>,
): Metric<FabricFlorStatus> {
  return {
    name,
    kind,
    help,
    labels: ["process", "cluster", label],
    samples: (status) => countSamples(countsOf(status), label, { process: program, cluster: status.cluster }),
  };
}
