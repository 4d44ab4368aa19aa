import { markdownTable, type Table } from "../table.ts";
import type { MicroRun } from "./micro.ts";
import type { Summary } from "../rounds.ts";

const MICRO_MEANING =
  "Nanoseconds of CPU time per operation, of all threads of the measuring process: median of the rounds, and in parentheses what " +
  "half of them lie between. Nothing goes through a socket. Figures can be compared within one run.";

/** A run as a table in Markdown, with what its figures mean below it. */
export function renderMicro(run: MicroRun): string {
  const comparison =
    run.beside === null
      ? ""
      : " The two commits took turns, round by round; the ratio is that of each round to the one beside it.";
  const problems = run.results.flatMap(({ name, problems: all }) =>
    all.map((problem) => `- ${name}: not measured ${problem}\n`),
  );
  const sizes = sizesTable(run);
  const curves = sizes.rows.length === 0 ? "" : `${markdownTable(sizes)}\n`;
  return `${markdownTable(microTable(run))}\n${curves}${MICRO_MEANING}${comparison}\n${problems.join("")}`;
}

function microTable({ beside, results }: MicroRun): Table {
  const isBeside = beside !== null;
  const rows = results.map(({ name, operation, here, beside: other, ratio }) => [
    name,
    operation,
    cell(here, nanoseconds),
    ...(isBeside ? [cell(other, nanoseconds), cell(ratio, (value) => value.toFixed(2))] : []),
  ]);
  const headings = ["what", "one operation is", "ns", ...(isBeside ? [`ns in ${beside}`, `ns / ns in ${beside}`] : [])];
  return { headings, rows };
}

/** One core with tables of several sizes: its cost should not depend on them. */
interface Curve {
  /** With N in the place of the size. */
  readonly name: string;
  /** From the smallest table to the largest; nanoseconds per operation. */
  readonly points: readonly { readonly entries: number; readonly nanoseconds: number }[];
  /** What the largest costs, divided by what the smallest does. */
  readonly growth: number;
}

/** Curves of the subjects that were measured with several sizes. */
export function curvesOf({ results }: MicroRun): Curve[] {
  const bySubject = Map.groupBy(
    results.filter(({ entries, here }) => entries !== null && here !== null),
    ({ name, entries }) => name.replace(entries!.toLocaleString("en"), "N"),
  );
  return [...bySubject].flatMap(([name, sizes]) => {
    if (sizes.length < 2) return [];
    const points = sizes.map(({ entries, here }) => ({ entries: entries!, nanoseconds: here!.median }));
    return [{ name, points, growth: points.at(-1)!.nanoseconds / points[0]!.nanoseconds }];
  });
}

function sizesTable(run: MicroRun): Table {
  const rows = curvesOf(run).map(({ name, points, growth }) => [
    name,
    points.map(({ entries }) => entries.toLocaleString("en")).join(" / "),
    points.map((point) => nanoseconds(point.nanoseconds)).join(" / "),
    growth.toFixed(2),
  ]);
  return { headings: ["with a table of N", "N", "ns", "last / first"], rows };
}

function cell(summary: Summary | null, text: (value: number) => string): string {
  return summary === null ? "–" : `${text(summary.median)} (${text(summary.low)}–${text(summary.high)})`;
}

/** Three digits at least, and no more behind the point than that takes. */
function nanoseconds(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
