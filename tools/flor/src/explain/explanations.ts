/** Finds explanations of a code in the documents: the rows of tables that are about it. Pure. */

/** A row of a table, and its place. */
export interface Explanation {
  /** The path of the page in docs, as `operate/errors.md`. */
  readonly page: string;
  /** The headings above the table, from the page's title down. */
  readonly headings: readonly string[];
  /** The cells of the row, each with the head of its column. Empty cells are left out. */
  readonly cells: readonly (readonly [head: string, text: string])[];
}

/** A code is in one of the first cells of its row, since some tables have a number before it. */
const CODE_COLUMNS = 2;
/** Codes look like `ERR_…`, `LINK_DOWN` or `unknownLabel`. */
const CODE = /^(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*|[a-z]+(?:[A-Z][a-z]+)*)$/;

/** The rows about a code in all pages (Markdown, by their paths), in the order of the pages. */
export function explanationsOf(code: string, pages: ReadonlyMap<string, string>): Explanation[] {
  return [...rowsOf(pages)].filter(({ codes }) => codes.includes(code)).map(({ explanation }) => explanation);
}

/** The codes that have a row, each once. */
export function explainedCodes(pages: ReadonlyMap<string, string>): string[] {
  return [...new Set([...rowsOf(pages)].flatMap(({ codes }) => codes))];
}

interface Row {
  readonly codes: readonly string[];
  readonly explanation: Explanation;
}

function* rowsOf(pages: ReadonlyMap<string, string>): Generator<Row> {
  for (const [page, text] of pages) {
    const headings: string[] = [];
    let heads: readonly string[] | undefined;
    let isCode = false;
    for (const line of text.split("\n")) {
      if (line.startsWith("```")) isCode = !isCode;
      if (isCode) continue;
      const heading = /^(#+) (.*)$/.exec(line);
      if (heading !== null) headings.splice(heading[1]!.length - 1, Infinity, plainText(heading[2]!));
      if (!line.startsWith("|")) {
        heads = undefined;
        continue;
      }
      const cells = cellsOf(line);
      if (heads === undefined) heads = cells.map(plainText);
      else if (!/^[|\s:-]+$/.test(line)) {
        const columns = heads;
        const named = cells.map((cell, index) => [columns[index] ?? "", plainText(cell)] as const);
        const explanation = { page, headings: [...headings], cells: named.filter(([, cell]) => cell !== "") };
        yield { codes: cells.slice(0, CODE_COLUMNS).flatMap(codesIn), explanation };
      }
    }
  }
}

/** The cells of a table's line. In a cell `\|` stands for the character `|`. */
function cellsOf(line: string): string[] {
  return line
    .slice(1)
    .replace(/\|\s*$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll(String.raw`\|`, "|").trim());
}

/** The codes of a cell that holds nothing else, in backticks or without. A sentence that mentions a code does not explain it. */
function codesIn(cell: string): string[] {
  const words = cell.split(", ").map((word) => word.replace(/^`(.*)`$/, "$1"));
  return words.every((word) => CODE.test(word)) ? words : [];
}

/** Markdown as plain text: links become their texts, and marks are gone. */
function plainText(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*?([^*]+)\*\*?/g, "$1")
    .trim();
}
