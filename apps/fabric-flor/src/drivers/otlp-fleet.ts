/** The sums of an observer in the form of OpenTelemetry: as many series as its metrics for Prometheus have. Pure. */
import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import type * as Sdk from "@opentelemetry/sdk-metrics";
import type { TelemetryStatus } from "../admin/telemetry-status.ts";

type ToldSums = NonNullable<TelemetryStatus["observer"]>;

/** The time of the sums, and constants of the library, which is loaded by whoever sends. */
export interface OtlpForms extends Pick<typeof Sdk, "DataPointType" | "AggregationTemporality"> {
  readonly time: HrTime;
}

type Gauge = readonly [attributes: Attributes, value: number];

export function fleetMetrics(told: ToldSums, forms: OtlpForms): Sdk.MetricData[] {
  const { sums, versions, partition } = told;
  const placed = sums.map(({ organization, role, ...tally }) => ({ about: { partition, organization, role }, tally }));
  const nodes = placed.flatMap(({ about, tally }) =>
    Object.entries(tally.nodes).map(([state, value]): Gauge => [{ ...about, state }, value]),
  );
  const findings = placed.flatMap(({ about, tally }) =>
    Object.entries(tally.findings).map(([finding, value]): Gauge => [{ ...about, finding }, value]),
  );
  const named = Object.entries(versions).map(([version, value]): Gauge => [{ partition, version }, value]);
  const measures = new Set(placed.flatMap(({ tally }) => Object.keys(tally.measures)));
  return [
    gauge("florenetes.fleet.nodes", "Nodes of the partition, by state", nodes, forms),
    gauge("florenetes.fleet.findings", "Nodes that are unwell, by finding", findings, forms),
    gauge("florenetes.fleet.versions", "Nodes by the version of their software", named, forms),
    ...[...measures].map((measure) => histogram(measure, placed, forms)),
  ];
}

function gauge(name: string, description: string, values: readonly Gauge[], forms: OtlpForms): Sdk.GaugeMetricData {
  const { time, DataPointType, AggregationTemporality } = forms;
  return {
    descriptor: { name, description, unit: "{node}", valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: values.map(([attributes, value]) => ({ startTime: time, endTime: time, attributes, value })),
  };
}

function histogram(
  measure: string,
  placed: readonly { readonly about: Attributes; readonly tally: Pick<ToldSums["sums"][number], "measures"> }[],
  { time, DataPointType, AggregationTemporality }: OtlpForms,
): Sdk.HistogramMetricData {
  const points = placed.flatMap(({ about, tally: { measures } }) => {
    const told = measures[measure];
    return told === undefined ? [] : [{ about, told }];
  });
  return {
    descriptor: {
      name: `florenetes.fleet.${measure}`,
      description: "Values of all nodes or links as they are now",
      unit: points[0]?.told.unit ?? "",
      valueType: ValueType.INT,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: points.map(({ about, told: { count, sum, bounds, buckets } }) => ({
      startTime: time,
      endTime: time,
      attributes: about,
      value: { buckets: { boundaries: [...bounds], counts: [...buckets] }, sum, count },
    })),
  };
}
