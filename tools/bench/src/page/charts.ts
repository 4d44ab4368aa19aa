import { totalOf } from "../floors/cpu-floor.ts";
import type { Floors } from "../floors/floors.ts";
import { kilobytesPerConnection, totalMemory } from "../measures/memory.ts";
import { connectionsOf, type Percentile, roundTripOf } from "../medians.ts";
import type { MeasureName, SystemResult } from "../plan.ts";
import type { Run } from "../run.ts";
import type { Bar, BarGroup } from "./bar-chart.ts";
import { barOf, type Chart, groupOf, plural } from "./chart.ts";
import { besideBulkFigure, cpuFigure, roundTripFigure, throughputFigure } from "./figures.ts";

const PERCENTILES: readonly (readonly [string, Percentile])[] = [
  ["median", "p50Micros"],
  ["99th percentile", "p99Micros"],
];

/** The plots of what the run measured in the usual place, the floors among them. */
export function chartsOf({ results, plan, floors }: Pick<Run, "results" | "plan" | "floors">): Chart[] {
  const charts: Readonly<Record<MeasureName, () => Chart[]>> = {
    throughput: () => throughputCharts(results, plan.seconds, floors),
    "round-trip": () => [roundTripChart(results, plan.roundTrips, floors)],
    "beside-bulk": () => plan.besideLimits.map((limit) => besideBulkChart(results, limit)),
    "connection-rate": () => [connectionChart(results, floors)],
    memory: () => memoryCharts(results),
    outages: () => [outageChart(results)],
  };
  const order: readonly MeasureName[] = [
    "throughput",
    "round-trip",
    "beside-bulk",
    "connection-rate",
    "memory",
    "outages",
  ];
  return order.filter((measure) => plan.measures.includes(measure)).flatMap((measure) => charts[measure]());
}

function throughputCharts(results: readonly SystemResult[], seconds: number, floors: Floors | undefined): Chart[] {
  const floor = floors?.cpu
    ? [
        ...floorBar("floor: packets of 16 KB", totalOf(floors.cpu.large)),
        ...floorBar("floor: packets of 1,280 bytes", totalOf(floors.cpu.small)),
      ]
    : [];
  return [
    {
      title: "Throughput",
      meaning: `iperf3 over TCP from a to d, ${seconds} s. More is better.`,
      unit: "Mbit/s",
      isLogarithmic: true,
      groups: [1, 8].map((count) => groupOf({ heading: plural(count, "stream"), results, ...throughputFigure(count) })),
    },
    {
      title: "CPU time per gigabyte",
      meaning:
        "User and system time of the system's own processes on all nodes in those runs, by what arrived at d. Less is better.",
      unit: "s/GB",
      isLogarithmic: true,
      groups: [1, 8].map((count) =>
        withBars(groupOf({ heading: plural(count, "stream"), results, ...cpuFigure(count) }), floor),
      ),
    },
  ];
}

function roundTripChart(results: readonly SystemResult[], roundTrips: number, floors: Floors | undefined): Chart {
  const groups = PERCENTILES.map(([heading, percentile]) =>
    withBars(groupOf({ heading, results, ...roundTripFigure(percentile) }), [
      ...floorBar("floor: eight processes in a row", roundTripOf(floors?.row, percentile)),
      ...floorBar("floor: as the mesh has them", roundTripOf(floors?.relays, percentile)),
    ]),
  );
  return {
    title: "Round trip",
    meaning:
      `64 bytes to an echo server on d and back, one at a time over one connection, ${roundTrips.toLocaleString("en")} times. ` +
      "Less is better.",
    unit: "µs",
    isLogarithmic: true,
    groups,
  };
}

function besideBulkChart(results: readonly SystemResult[], limit: number | null): Chart {
  return {
    title: `Round trip beside a bulk transfer ${limit === null ? "without limit" : `of ${limit} Mbit/s`}`,
    meaning:
      "The same ping-pong while one iperf3 stream goes from a to d; after each figure what that stream got. Less is better.",
    unit: "µs",
    isLogarithmic: true,
    groups: PERCENTILES.map(([heading, percentile]) =>
      groupOf({ heading, results, ...besideBulkFigure(limit, percentile) }),
    ),
  };
}

function connectionChart(results: readonly SystemResult[], floors: Floors | undefined): Chart {
  return {
    title: "Connections per second",
    meaning: "Each is opened, has 64 bytes echoed by d, and is closed. More is better.",
    unit: "/s",
    isLogarithmic: true,
    groups: [1, 16].map((count) =>
      withBars(
        groupOf({
          heading: count === 1 ? "one after the other" : `${count} at once`,
          results,
          pick: ({ connectionRate }) => connectionRate.filter(({ parallel }) => parallel === count),
          figure: ({ perSecond }) => perSecond,
        }),
        floorBar("floor: two proxies in a row", connectionsOf(floors?.proxies, count)),
      ),
    ),
  };
}

function memoryCharts(results: readonly SystemResult[]): Chart[] {
  const memory = ({ memory: taken }: SystemResult): SystemResult["memory"] => taken;
  const counts = new Set(results.flatMap((one) => one.memory.flatMap(({ held }) => held.map((at) => at.connections))));
  const heldBy = (result: SystemResult, count: number) =>
    result.memory.flatMap(({ held }) => held.filter(({ connections }) => connections === count));
  const groups = [
    groupOf({ heading: "idle", results, pick: memory, figure: ({ idle }) => totalMemory(idle) }),
    ...[...counts].flatMap((count) => [
      groupOf({
        heading: `${plural(count, "connection")} open`,
        results,
        pick: (result) => heldBy(result, count).slice(0, 1),
        figure: ({ open }) => totalMemory(open),
      }),
      groupOf({
        heading: `${plural(count, "connection")} closed again`,
        results,
        pick: (result) => heldBy(result, count).slice(-1),
        figure: ({ closed }) => totalMemory(closed),
      }),
    ]),
    groupOf({
      heading: "after all measures",
      results,
      pick: ({ memoryAfterLoad }) => memoryAfterLoad,
      figure: totalMemory,
    }),
  ];
  const meaning = "Proportional set size of all processes of the system together. Less is better.";
  const whole: Chart = { title: "Memory", meaning, unit: "MB", isLogarithmic: false, groups };
  return counts.size < 2 ? [whole] : [whole, perConnectionChart(results)];
}

function perConnectionChart(results: readonly SystemResult[]): Chart {
  return {
    title: "Memory of an idle connection",
    meaning:
      "What one more costs between the fewest and the most that were open, over all processes. An overlay of packets does not " +
      "know of connections. Less is better.",
    unit: "KB",
    isLogarithmic: false,
    groups: [
      groupOf({
        heading: "",
        results,
        pick: ({ memory }) => memory.flatMap((taken) => kilobytesPerConnection(taken) ?? []),
        figure: (kilobytes) => kilobytes,
      }),
    ],
  };
}

function outageChart(results: readonly SystemResult[]): Chart {
  const faults = [...new Set(results.flatMap(({ outages }) => outages.map(({ fault }) => fault)))];
  return {
    title: "Outages",
    meaning:
      "A ping-pong over one connection from a to d while something breaks: the longest pause between two round trips. " +
      "The transit is b; the wire is the one behind it. Less is better.",
    unit: "ms",
    isLogarithmic: false,
    groups: faults.map((fault) => outageGroup(fault, results)),
  };
}

function outageGroup(fault: string, results: readonly SystemResult[]): BarGroup {
  const bars = results.map((result): Bar => {
    const struck = result.outages.filter((one) => one.fault === fault);
    const lived = struck.filter(({ lost }) => lost === null);
    const bar = barOf(result, { pick: () => lived, figure: ({ gapMs }) => gapMs });
    if (struck.length === 0) return { ...bar, remark: "cannot be struck so, or not measured" };
    const lost = struck.length - lived.length;
    return lost === 0 ? bar : { ...bar, remark: `connection lost in ${lost} of ${struck.length}` };
  });
  return { heading: fault, bars };
}

function floorBar(label: string, value: number | undefined): Bar[] {
  return value === undefined ? [] : [{ label, value, kind: "floor" }];
}

function withBars({ heading, bars }: BarGroup, more: readonly Bar[]): BarGroup {
  return { heading, bars: [...bars, ...more] };
}
