import { foreignText } from "@florenetes/operator-text";
import { CELL_LENGTH_MAX } from "../limits.ts";
import { wrapLine } from "./wrapped-lines.ts";

/** Spaces before the cells of a row that did not fit into its line. */
const DETAIL_INDENT = 6;

/**
 * Formats lines of aligned columns, the first row as header; no line when there is only the header. No line is longer
 * than `width`: columns without room stand below each row, with their names, unless the row's cell is empty.
 */
export function formatTable(
  title: string,
  header: readonly string[],
  cells: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  if (cells.length === 0) return "";
  const rows = cells.map((row) => row.map((cell) => foreignText(cell, CELL_LENGTH_MAX)));
  const widths = header.map((name, column) =>
    rows.reduce((wide, row) => Math.max(wide, (row[column] ?? "").length), name.length),
  );
  const shown = columnsWithin(widths, width);
  const line = (row: readonly string[]): string => {
    const columns = row.slice(0, shown).map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `  ${columns.join("  ")}`.trimEnd();
  };
  const lines = rows.flatMap((row) => {
    const rest = row.slice(shown).flatMap((cell, at) => detail(header[shown + at] ?? "", cell));
    const details = rest.length === 0 ? [] : [`${" ".repeat(DETAIL_INDENT)}${rest.join("; ")}`];
    return [line(row), ...details].flatMap((each) => wrapLine(each, width, DETAIL_INDENT));
  });
  return [title, ...wrapLine(line(header), width, DETAIL_INDENT), ...lines, ""].join("\n");
}

/** How many of the first columns have room beside each other; at least one. */
function columnsWithin(widths: readonly number[], width: number): number {
  let used = 0;
  const surplus = widths.findIndex((each) => (used += 2 + each) > width);
  return surplus === -1 ? widths.length : Math.max(surplus, 1);
}

function detail(name: string, cell: string): string[] {
  return cell === "" || cell === "-" ? [] : [`${name.toLowerCase()} ${cell}`];
}

/** `999 B`, `1.5 kB`, `12 MB`: decimal units. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Counts by a stable name. */
export type Counts = Readonly<Record<string, number>>;

/** Counts in a line, for example `NO_ANSWER 3, SILENT 1`. Counters at zero are left out, and `-` stands for none. */
export function formatCounts(counts: Counts): string {
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  return shown.length === 0 ? "-" : shown.map(([name, count]) => `${name} ${count}`).join(", ");
}

/** Bits per second: `999 b/s`, `1.5 Mb/s`. */
export function formatRate(bitsPerSecond: number): string {
  return `${formatBytes(bitsPerSecond).slice(0, -1)}b/s`;
}
