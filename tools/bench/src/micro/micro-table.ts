import { comparedCells, markdownTable, problemLines } from "../tables.ts";
import type { MicroResult } from "./micro.ts";

const MEANING =
  "Nanoseconds of CPU time per operation, of all threads of the measuring process: median of the rounds, and in parentheses what " +
  "half of them lie between. Figures can be compared within one run.";
const TURNS =
  " The two commits took turns, process by process; the ratio is that of each round to the same one of the process beside it.";

/** The results, as tables in Markdown. @param other The other commit's name. */
export function renderMicro(results: readonly MicroResult[], other?: string): string {
  const rows = results.map((result) => {
    const cells = comparedCells(result.here, result.beside);
    return [result.name, result.operation, ...(other === undefined ? cells.slice(0, 1) : cells)];
  });
  const more = other === undefined ? [] : [`ns in ${other}`, `ns / ns in ${other}`];
  const problems = results.map((result) => problemLines(result.name, result.problems)).join("");
  const table = markdownTable(["what", "one operation is", "ns", ...more], rows);
  return `${table}\n${MEANING}${other === undefined ? "" : TURNS}\n${problems}`;
}
