import type { MicroRun } from "./micro.ts";
import type { Summary } from "./rounds.ts";

const MEANING =
  "Nanoseconds of CPU time per operation, of all threads of the measuring process: median of the rounds, and in parentheses what " +
  "half of them lie between. Nothing goes through a socket. Figures can be compared within one run.";

/** A run as a table in Markdown, with what its figures mean below it. */
export function renderMicro({ beside, results }: MicroRun): string {
  const isBeside = beside !== null;
  const rows = results.map(({ name, operation, here, beside: other, ratio }) => [
    name,
    operation,
    cell(here, nanoseconds),
    ...(isBeside ? [cell(other, nanoseconds), cell(ratio, (value) => value.toFixed(2))] : []),
  ]);
  const headings = ["what", "one operation is", "ns", ...(isBeside ? [`ns in ${beside}`, `ns / ns in ${beside}`] : [])];
  const table = [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
  const comparison = isBeside
    ? " The two commits took turns, round by round; the ratio is that of each round to the one beside it."
    : "";
  const problems = results.flatMap(({ name, problems: all }) =>
    all.map((problem) => `- ${name}: not measured ${problem}\n`),
  );
  return `${table}\n${renderSizes(results)}${MEANING}${comparison}\n${problems.join("")}`;
}

/** What was measured with tables of several sizes: how much more the largest costs than the smallest. */
function renderSizes(results: MicroRun["results"]): string {
  const bySubject = Map.groupBy(
    results.filter(({ entries, here }) => entries !== null && here !== null),
    ({ name, entries }) => name.replace(entries!.toLocaleString("en"), "N"),
  );
  const rows = [...bySubject].flatMap(([name, sizes]) => {
    if (sizes.length < 2) return [];
    const costs = sizes.map(({ here }) => here!.median);
    const growth = costs.at(-1)! / costs[0]!;
    return [[name, sizes.map(({ entries }) => entries!.toLocaleString("en")), costs.map(nanoseconds), growth] as const];
  });
  if (rows.length === 0) return "";
  const lines = rows.map(
    ([name, sizes, costs, growth]) =>
      `| ${name} | ${sizes.join(" / ")} | ${costs.join(" / ")} | ${growth.toFixed(2)} |\n`,
  );
  return `| with a table of N | N | ns | last / first |\n| --- | --- | --- | --- |\n${lines.join("")}\n`;
}

function cell(summary: Summary | null, text: (value: number) => string): string {
  return summary === null ? "–" : `${text(summary.median)} (${text(summary.low)}–${text(summary.high)})`;
}

/** Three digits at least, and no more behind the point than that takes. */
function nanoseconds(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
