import { noiseText } from "../noise-text.ts";
import type { Summary } from "../rounds.ts";
import { markdownTable } from "../table.ts";
import type { BesideRun } from "./beside.ts";

/** A run as a table in Markdown, with what its figures mean below it. */
export function renderBeside({ beside, compared, rounds }: BesideRun): string {
  const rows = compared.map((one) => [
    one.what,
    cell(one.here),
    cell(one.beside),
    `${cell(one.ratio)}, ${one.ratio.rounds}`,
  ]);
  const headings = ["what", "here", `in ${beside}`, "ratio, rounds"];
  const all = rounds.flatMap((round) => [round.here, round.beside]);
  const problems = all.flatMap((result) =>
    result.problems.map((problem) => `- not measured ${result.key === "here" ? "here" : `in ${beside}`}: ${problem}\n`),
  );
  return (
    `${markdownTable({ headings, rows })}\nMedians, and in parentheses what half of the rounds lie between. The two meshes took turns, ` +
    `round by round; the ratio is that of each round to the one beside it.\n${noiseText(all)}\n${problems.join("")}`
  );
}

function cell({ median, low, high }: Summary): string {
  const text = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });
  return `${text(median)} (${text(low)}–${text(high)})`;
}
