import type { MeasureName, SystemResult } from "../plan.ts";
import { medianOf, nameOf } from "../report.ts";
import type { Run } from "../run.ts";
import type { Bar, BarGroup } from "./bar-chart.ts";

interface Chart {
  readonly of: MeasureName;
  readonly title: string;
  /** What the figure means and how it was taken. */
  readonly meaning: string;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly groups: readonly BarGroup[];
}

/** The plots of what the run's plan measured. */
export function chartsOf({ results, plan }: Run): Chart[] {
  const charts: Chart[] = [
    ...throughputCharts(results, plan.seconds),
    ...roundTripCharts(results, plan.roundTrips),
    {
      of: "connection-rate",
      title: "Connections per second",
      meaning: "Each is opened, has 64 bytes echoed by d, and is closed.",
      unit: "/s",
      isLogarithmic: true,
      groups: [1, 16].map((count) =>
        groupOf(
          `${count} at once`,
          results,
          ({ connectionRate }) => connectionRate.filter(({ parallel }) => parallel === count),
          ({ perSecond }) => perSecond,
        ),
      ),
    },
    memoryChart(results, plan.connections),
    outageChart(results),
  ];
  return charts.filter(({ of }) => plan.measures.includes(of));
}

function throughputCharts(results: readonly SystemResult[], seconds: number): Chart[] {
  const streams =
    (count: number) =>
    ({ throughput }: SystemResult) =>
      throughput.filter((one) => one.streams === count);
  const wholeMachine = (taken: readonly { readonly isWholeMachine: boolean }[]): string | undefined =>
    taken.some(({ isWholeMachine }) => isWholeMachine) ? "whole machine" : undefined;
  return [
    {
      of: "throughput",
      title: "Throughput",
      meaning: `iperf3 over TCP from a to d, ${seconds} s.`,
      unit: "Mbit/s",
      isLogarithmic: true,
      groups: [1, 8].map((count) =>
        groupOf(plural(count, "stream"), results, streams(count), (one) => one.megabitsPerSecond),
      ),
    },
    {
      of: "throughput",
      title: "CPU time per gigabyte",
      meaning: "User and system time of the system's own processes on all nodes in those runs, by what arrived at d.",
      unit: "s/GB",
      isLogarithmic: true,
      groups: [1, 8].map((count) =>
        groupOf(plural(count, "stream"), results, streams(count), (one) => one.cpuSecondsPerGigabyte, wholeMachine),
      ),
    },
  ];
}

function roundTripCharts(results: readonly SystemResult[], roundTrips: number): Chart[] {
  const beside =
    (isLimited: boolean) =>
    ({ besideBulk }: SystemResult) =>
      besideBulk.filter(({ limitMegabits }) => (limitMegabits !== null) === isLimited);
  const idle = ({ roundTrip }: SystemResult): SystemResult["roundTrip"] => roundTrip;
  return [
    {
      of: "round-trip",
      title: "Round trip",
      meaning: `64 bytes to an echo server on d and back, one at a time over one connection, ${roundTrips} times.`,
      unit: "µs",
      isLogarithmic: true,
      groups: [
        groupOf("median", results, idle, ({ p50Micros }) => p50Micros),
        groupOf("99th percentile", results, idle, ({ p99Micros }) => p99Micros),
      ],
    },
    ...[false, true].map((isLimited): Chart => ({
      of: "beside-bulk",
      title: `Round trip beside a bulk transfer ${isLimited ? "of 200 Mbit/s" : "without limit"}`,
      meaning: "The same ping-pong while one iperf3 stream goes from a to d; after each figure what that stream got.",
      unit: "µs",
      isLogarithmic: true,
      groups: [
        groupOf("median", results, beside(isLimited), ({ p50Micros }) => p50Micros, bulkOf),
        groupOf("99th percentile", results, beside(isLimited), ({ p99Micros }) => p99Micros, bulkOf),
      ],
    })),
  ];
}

function memoryChart(results: readonly SystemResult[], connections: number): Chart {
  const memory = ({ memory }: SystemResult): SystemResult["memory"] => memory;
  return {
    of: "memory",
    title: "Memory",
    meaning: "Proportional set size of all processes of the system together.",
    unit: "MB",
    isLogarithmic: false,
    groups: [
      groupOf("idle", results, memory, ({ idle }) => sum(idle)),
      groupOf(`${connections} connections open`, results, memory, (one) => sum(one.withConnections)),
    ],
  };
}

function outageChart(results: readonly SystemResult[]): Chart {
  const faults = [...new Set(results.flatMap(({ outages }) => outages.map(({ fault }) => fault)))];
  return {
    of: "outages",
    title: "Outages",
    meaning:
      "A ping-pong over one connection from a to d while something breaks: the longest pause between two round trips. " +
      "The transit is b; the wire is the one behind it.",
    unit: "ms",
    isLogarithmic: false,
    groups: faults.map((fault) => outageGroup(fault, results)),
  };
}

function outageGroup(fault: string, results: readonly SystemResult[]): BarGroup {
  const bars = results.map((result) => {
    const struck = result.outages.filter((one) => one.fault === fault);
    const lived = struck.filter(({ lost }) => lost === null);
    const bar = barOf(
      result,
      lived,
      ({ gapMs }) => gapMs,
      () => undefined,
    );
    if (struck.length === 0) return { ...bar, remark: "cannot be struck so, or not measured" };
    const lost = struck.length - lived.length;
    return lost === 0 ? bar : { ...bar, remark: `connection lost in ${lost} of ${struck.length}` };
  });
  return { heading: fault, bars };
}

function groupOf<T>(
  heading: string,
  results: readonly SystemResult[],
  pick: (result: SystemResult) => readonly T[],
  figure: (one: T) => number,
  remark: (taken: readonly T[]) => string | undefined = () => undefined,
): BarGroup {
  return { heading, bars: results.map((result) => barOf(result, pick(result), figure, remark)) };
}

function barOf<T>(
  result: SystemResult,
  taken: readonly T[],
  figure: (one: T) => number,
  remark: (taken: readonly T[]) => string | undefined,
): Bar {
  const values = taken.map(figure);
  const text = taken.length === 0 ? result.problems[0]?.split("\n")[0] : remark(taken);
  return {
    label: `${nameOf(result)}${result.description?.links === 3 ? "" : linksOf(result)}`,
    value: medianOf(taken, figure),
    ...(values.length > 1 ? { range: [Math.min(...values), Math.max(...values)] } : {}),
    ...(text === undefined ? {} : { remark: text.slice(0, 60) }),
    isOwn: result.key === "florenetes",
  };
}

/** A figure over fewer links must not be taken for one over three. */
function linksOf({ description }: SystemResult): string {
  return description === undefined ? "" : ` (${plural(description.links, "link")} only)`;
}

function bulkOf(taken: readonly { readonly bulkMegabits: number }[]): string {
  return `bulk ${(medianOf(taken, ({ bulkMegabits }) => bulkMegabits) ?? 0).toFixed(0)} Mbit/s`;
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function sum(memory: Readonly<Record<string, number>>): number {
  return Object.values(memory).reduce((total, one) => total + one, 0);
}
