/** Measures of nodes and links, and the bounds of their buckets: fixed, so that sums of any two observers can be added. */

export type MeasureName =
  | "cpu"
  | "memory"
  | "sockets"
  | "battery"
  | "links"
  | "round-trip"
  | "jitter"
  | "loss"
  | "rate"
  | "queue";

export interface Measure {
  readonly of: MeasureName;
  /** Its unit, for people. */
  readonly unit: "percent" | "links" | "microseconds" | "millionths" | "kbit/s";
  /** A bucket has the values up to its bound, the bound included; one more bucket has all above. */
  readonly bounds: readonly number[];
}

const PERCENTS = [10, 25, 50, 75, 90, 95] as const;
const TIMES = [1_000, 5_000, 20_000, 50_000, 100_000, 250_000, 500_000, 1_000_000] as const;

/** Each measure whose bounds change gets another name: sums of both are never mixed. */
export const MEASURES: readonly Measure[] = [
  { of: "cpu", unit: "percent", bounds: PERCENTS },
  { of: "memory", unit: "percent", bounds: PERCENTS },
  { of: "sockets", unit: "percent", bounds: PERCENTS },
  { of: "battery", unit: "percent", bounds: [5, 15, 30, 50, 80] },
  { of: "links", unit: "links", bounds: [0, 1, 2, 4, 8, 16, 32, 64] },
  { of: "round-trip", unit: "microseconds", bounds: TIMES },
  { of: "jitter", unit: "microseconds", bounds: TIMES },
  { of: "loss", unit: "millionths", bounds: [0, 1_000, 5_000, 10_000, 50_000, 100_000, 250_000] },
  { of: "rate", unit: "kbit/s", bounds: [1_000, 10_000, 100_000, 1_000_000, 10_000_000] },
  { of: "queue", unit: "percent", bounds: PERCENTS },
];

/** The place of a value's bucket. */
export function bucketOf({ bounds }: Pick<Measure, "bounds">, value: number): number {
  const at = bounds.findIndex((bound) => value <= bound);
  return at < 0 ? bounds.length : at;
}
