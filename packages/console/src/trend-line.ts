/** Figures over time, as cells of tables. */
import { TREND_STEP_MS, TREND_STEPS } from "./limits.ts";
import type { Trend } from "./picture.ts";

/** The values of one figure in the last ten minutes: of each step the largest. */
export class TrendLine {
  /** A step is at the place of its number, modulo their count; NaN: nothing is known. */
  readonly #values: Float64Array = new Float64Array(TREND_STEPS).fill(Number.NaN);
  #last = -1;

  /** @param now monotonic milliseconds, which never fall */
  put(value: number, now: number): void {
    const place = this.#turnTo(now);
    const former = this.#values[place]!;
    this.#values[place] = Number.isNaN(former) ? value : Math.max(value, former);
  }

  /** The values up to now, the newest last; null: not known. */
  values(now: number): readonly (number | null)[] {
    const last = this.#turnTo(now);
    const all = [...this.#values.subarray(last + 1), ...this.#values.subarray(0, last + 1)];
    return all.map((value) => (Number.isNaN(value) ? null : value));
  }

  /** The place of the step of now. Nothing is known of the steps that have passed since the last one. */
  #turnTo(now: number): number {
    const step = Math.floor(now / TREND_STEP_MS);
    for (let passed = Math.max(this.#last + 1, step - TREND_STEPS + 1); passed <= step; passed++)
      this.#values[passed % TREND_STEPS] = Number.NaN;
    this.#last = step;
    return step % TREND_STEPS;
  }
}

/**
 * A cell with a line; the text alone where nothing is known of the last ten minutes.
 *
 * @param text The figure as it is now
 * @param now Monotonic milliseconds
 */
export function trendCell(
  text: string,
  line: TrendLine,
  now: number,
  format: (value: number) => string,
): Trend | string {
  const values = line.values(now);
  const known = values.filter((each) => each !== null);
  if (known.length === 0) return text;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return { text, values, label: `from ${format(least)} to ${format(most)} in ten minutes` };
}
