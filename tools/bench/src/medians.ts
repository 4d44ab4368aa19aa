import type { SystemResult } from "./plan.ts";

/** Undefined of no figures at all. */
export function medianOf<T>(taken: readonly T[], figure: (one: T) => number): number | undefined {
  return taken
    .map(figure)
    .sort((left, right) => left - right)
    .at(Math.floor(taken.length / 2));
}

/** A result of which there may be none: then there are no figures either. */
type MaybeResult = SystemResult | null | undefined;
export type Percentile = "p50Micros" | "p99Micros";

export function megabitsOf(result: MaybeResult, streams: number): number | undefined {
  return medianOf(withStreams(result, streams), ({ megabitsPerSecond }) => megabitsPerSecond);
}

/** Seconds per GB. */
export function cpuOf(result: MaybeResult, streams: number): number | undefined {
  return medianOf(withStreams(result, streams), ({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte);
}

export function roundTripOf(result: MaybeResult, percentile: Percentile): number | undefined {
  return medianOf(result?.roundTrip ?? [], (one) => one[percentile]);
}

/** @param limit of the bulk transfer in Mbit/s; null for none */
export function besideBulkOf(result: MaybeResult, limit: number | null, percentile: Percentile): number | undefined {
  const taken = result?.besideBulk.filter(({ limitMegabits }) => limitMegabits === limit) ?? [];
  return medianOf(taken, (one) => one[percentile]);
}

/** Per second. */
export function connectionsOf(result: MaybeResult, parallel: number): number | undefined {
  const taken = result?.connectionRate.filter((one) => one.parallel === parallel) ?? [];
  return medianOf(taken, ({ perSecond }) => perSecond);
}

function withStreams(result: MaybeResult, streams: number): SystemResult["throughput"] {
  return result?.throughput.filter((one) => one.streams === streams) ?? [];
}
