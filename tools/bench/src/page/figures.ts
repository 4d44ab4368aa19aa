import { medianOf } from "../medians.ts";
import type { SystemResult, Taken } from "../plan.ts";
import type { Throughput } from "../measures/throughput.ts";
import type { BesideBulk } from "../measures/beside-bulk.ts";
import type { RoundTrip } from "../measures/latency.ts";
import type { Percentile } from "../medians.ts";
import type { Figure } from "./chart.ts";

// What charts show of a system, each with its single runs.

export function throughputFigure(streams: number): Figure<Taken<Throughput>> {
  return { pick: withStreams(streams), figure: ({ megabitsPerSecond }) => megabitsPerSecond };
}

export function cpuFigure(streams: number): Figure<Taken<Throughput>> {
  return {
    pick: withStreams(streams),
    figure: ({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte,
    remark: (taken) => (taken.some(({ isWholeMachine }) => isWholeMachine) ? "whole machine" : undefined),
  };
}

/** Microseconds. */
export function roundTripFigure(percentile: Percentile): Figure<Taken<RoundTrip>> {
  return { pick: ({ roundTrip }) => roundTrip, figure: (one) => one[percentile] };
}

/** Microseconds; beside it what the bulk transfer got. */
export function besideBulkFigure(limit: number | null, percentile: Percentile): Figure<Taken<BesideBulk>> {
  return {
    pick: ({ besideBulk }) => besideBulk.filter(({ limitMegabits }) => limitMegabits === limit),
    figure: (one) => one[percentile],
    remark: (taken) => `bulk ${(medianOf(taken, ({ bulkMegabits }) => bulkMegabits) ?? 0).toFixed(0)} Mbit/s`,
  };
}

function withStreams(count: number): (result: SystemResult) => SystemResult["throughput"] {
  return ({ throughput }) => throughput.filter(({ streams }) => streams === count);
}
