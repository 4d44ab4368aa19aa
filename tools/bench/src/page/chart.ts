import { medianOf } from "../medians.ts";
import type { SystemResult } from "../plan.ts";
import { nameOf } from "../report.ts";
import type { Bar, BarGroup } from "./bar-chart.ts";

/** Bars, and what they mean. */
export interface Chart {
  readonly title: string;
  /** What the figure means and how it was taken. */
  readonly meaning: string;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly groups: readonly BarGroup[];
}

/** One figure of a system: single runs, and what of a run is shown. */
export interface Figure<T> {
  readonly pick: (result: SystemResult) => readonly T[];
  readonly figure: (one: T) => number;
  /** What is shown beside the figure. */
  readonly remark?: (taken: readonly T[]) => string | undefined;
}

export interface GroupOptions<T> extends Figure<T> {
  readonly heading: string;
  readonly results: readonly SystemResult[];
  /** What the place has; a system that is measured over fewer is marked. Three when left out. */
  readonly links?: number;
}

/** A bar for each system. */
export function groupOf<T>({ heading, results, links = 3, ...of }: GroupOptions<T>): BarGroup {
  return { heading, bars: results.map((result) => barOf(result, of, links)) };
}

/** Median, or why there is none. */
export function barOf<T>(result: SystemResult, { pick, figure, remark }: Figure<T>, links = 3): Bar {
  const taken = pick(result);
  const values = taken.map(figure);
  const text = taken.length === 0 ? (result.cannot ?? result.problems[0]?.split("\n")[0]) : remark?.(taken);
  return {
    label: `${nameOf(result)}${linksOf(result, links)}`,
    value: medianOf(taken, figure),
    ...(values.length > 1 ? { range: [Math.min(...values), Math.max(...values)] } : {}),
    ...(text === undefined ? {} : { remark: text.slice(0, 60) }),
    kind: result.key === "florenetes" ? "own" : "peer",
  };
}

/** A figure over fewer links must not be taken for one over as many as the others have. */
function linksOf({ description }: SystemResult, links: number): string {
  return description === undefined || description.links === links ? "" : ` (${plural(description.links, "link")})`;
}

export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count.toLocaleString("en")} ${noun}s`;
}
