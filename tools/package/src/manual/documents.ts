/** Parts of the documents that a page of the manual shows. */
import assert from "node:assert/strict";
import type { Entry } from "./page.ts";

/** Rows of the table below a heading of a Markdown file, of which the first has the names of its two columns. */
export function tableBelow(heading: string, markdown: string): Entry[] {
  const [, below] = markdown.split(`\n## ${heading}\n`);
  assert(below !== undefined, `the document has no heading "${heading}"`);
  const [table = ""] = below.trimStart().split("\n\n");
  return table
    .split("\n")
    .slice(2)
    .map((row) => {
      const [, name = "", meaning = ""] = row.split("|").map((cell) => plain(cell.trim()));
      return [name, meaning];
    });
}

/** The title of a Markdown file. */
export function titleOf(markdown: string): string {
  return plain(/^# (.*)$/m.exec(markdown)?.[1] ?? "");
}

/** Markdown without links and marks of code. */
function plain(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
}
