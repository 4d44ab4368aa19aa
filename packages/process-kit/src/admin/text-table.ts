import { foreignText } from "@florenetes/foreign-text";
import { CELL_LENGTH_MAX } from "../limits.ts";

/** Lines of aligned columns, the first row as header; nothing at all when there is none below the header. */
export function formatTable(title: string, header: readonly string[], cells: readonly (readonly string[])[]): string {
  if (cells.length === 0) return "";
  const rows = cells.map((row) => row.map((cell) => foreignText(cell, CELL_LENGTH_MAX)));
  const widths = header.map((name, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? "").length), name.length),
  );
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return [title, line(header), ...rows.map(line), ""].join("\n");
}

/** `1.5 s`, `12 min`, `3 h`, `2 d`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
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
