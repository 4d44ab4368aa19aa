import { PRESSURE_LEVELS } from "../pressure/pressure.ts";
import type { PressureStatus } from "../pressure/pressure-status.ts";
import { countSamples, type Metric } from "./metrics.ts";

/** How loaded a process is; for a process with several clusters, `cluster` is "". */
export function pressureMetrics<Status extends { readonly pressure: PressureStatus }>(
  process: string,
  clusterOf: (status: Status) => string,
): Metric<Status>[] {
  const labels = ["process", "cluster"];
  const own = (status: Status): Record<string, string> => ({ process, cluster: clusterOf(status) });
  return [
    {
      name: "pressure_level",
      kind: "gauge",
      help: "[How loaded](#pressure) the process is: 0 nominal, 1 warning, 2 critical.",
      labels,
      *samples(status) {
        yield { labels: own(status), value: PRESSURE_LEVELS.indexOf(status.pressure.level) };
      },
    },
    {
      name: "pressure_score",
      kind: "gauge",
      help: "How near to its limit a resource is, in percent.",
      labels: [...labels, "reason"],
      samples: (status) => countSamples(status.pressure.scores, "reason", own(status)),
    },
    {
      name: "pressure_transitions_total",
      kind: "counter",
      help: "How often a level of pressure has begun.",
      labels: [...labels, "level"],
      samples: (status) => countSamples(status.pressure.begun, "level", own(status)),
    },
  ];
}
