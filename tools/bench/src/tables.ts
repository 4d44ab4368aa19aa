import { type FigureName, medianOf, quantile } from "./figures.ts";
import type { SystemResult } from "./system-result.ts";

/** A table in Markdown; every line ends with a line break. Empty when there are no rows. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  return [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** A column of a table with a row for each result. */
export interface Column {
  readonly heading: string;
  readonly cell: (result: SystemResult) => string;
}

export function tableOf(columns: readonly Column[], results: readonly SystemResult[]): string {
  const rows = results.map((result) => columns.map(({ cell }) => cell(result)));
  return markdownTable(
    columns.map(({ heading }) => heading),
    rows,
  );
}

/** A number as text, or a dash if it was not measured. */
export function text(value: number | undefined, digits = 0): string {
  return value?.toFixed(digits) ?? "–";
}

/** A column of the medians of some figures, as `200 / 180`. @param scale A factor for all of them. */
export function medians(heading: string, names: readonly FigureName[], digits = 0, scale = 1): Column {
  const cell = ({ figures }: SystemResult): string =>
    names
      .map((name) => medianOf(figures[name]))
      .map((median) => text(median && median * scale, digits))
      .join(" / ");
  return { heading, cell };
}

/** A median, and in parentheses the bounds of the middle half of the figures; a dash if there are none. */
export function rangeText(figures: readonly number[]): string {
  if (figures.length === 0) return "–";
  const [median, low, high] = [0.5, 0.25, 0.75].map((share) => {
    const value = quantile(figures, share)!;
    return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  });
  return `${median} (${low}–${high})`;
}

/**
 * A figure here and elsewhere, and the ratio of the two. The ratio is taken round by round, so that a slow moment of the machine falls out
 * of it. A dash stands for the ratio if the numbers of rounds differ.
 */
export function comparedCells(here: readonly number[], beside: readonly number[]): string[] {
  const ratios = here.length === beside.length ? here.map((figure, round) => figure / beside[round]!) : [];
  return [here, beside, ratios].map(rangeText);
}

/** A line for each thing that could not be measured. */
export function problemLines(name: string, problems: readonly string[]): string {
  return problems.map((problem) => `- ${name}: not measured: ${problem.split("\n")[0]}\n`).join("");
}
