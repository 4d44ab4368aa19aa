import type { Percentile } from "./medians.ts";

export const PERCENTILES: readonly Percentile[] = ["p50Micros", "p99Micros"];

/** What was not measured is shown as a dash. */
export function figureText(value: number | undefined, digits = 0): string {
  return value?.toFixed(digits) ?? "–";
}

/** One figure for each, as `200 / 180`. */
export function figuresText<T>(of: readonly T[], figure: (one: T) => number | undefined, digits = 0): string {
  return of.map((one) => figureText(figure(one), digits)).join(" / ");
}
