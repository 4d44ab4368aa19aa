import { mainTable } from "./report.ts";
import type { Run } from "./run.ts";
import { markdownTable } from "./table.ts";

const BEGIN = "<!-- made by the bench -->";
const END = "<!-- end of what the bench made -->";
/** What a reader who chooses wants to know first; docs/bench.md says what else there is. */
const COLUMNS = [
  "system",
  "links",
  "e2e encrypted",
  "Mbit/s",
  "CPU s per GB",
  "round trip",
  "connections/s",
  "PSS MB idle",
];

/**
 * Puts the main table of a run between the marks of a Markdown document.
 * @throws Error when the document has not both marks.
 */
export function publishTable(document: string, run: Run, plot: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the document has no lines "${BEGIN}" and "${END}"`);
  const { machine } = run;
  const { headings, rows } = mainTable(run.results);
  const columns = COLUMNS.map((name) => headings.findIndex((heading) => heading.startsWith(name)));
  const chosen = (row: readonly string[]): string[] => columns.map((column) => row[column]!);
  const table = markdownTable({ headings: chosen(headings), rows: rows.map(chosen) });
  const taken =
    `${run.plan.repeats === 1 ? "One short run" : `Medians of ${run.plan.repeats} runs`}, taken ${run.takenAt.slice(0, 10)} at ` +
    `${run.commit} on ${machine.cores} cores (${machine.model}), which clients, servers and all nodes share; "*": of the whole ` +
    "machine. What each figure means, and what else is measured: [docs/bench.md](docs/bench.md).";
  const made = [
    BEGIN,
    "",
    "## Beside its peers",
    "",
    table,
    taken,
    "",
    "What a gigabyte costs in CPU time (less is better; the scale is logarithmic):",
    "",
    `![CPU time per gigabyte](${plot})`,
    "",
    END,
  ].join("\n");
  return document.slice(0, begin) + made + document.slice(end + END.length);
}
