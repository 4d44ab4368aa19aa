import type { Table } from "./table.ts";

/** What the mesh is meant to reach. */
export interface Aim {
  readonly of: string;
  /** A figure of the mesh, and where it is to be. */
  readonly figure: number;
  readonly limit: number;
  readonly isLeast: boolean;
  readonly unit: string;
  /** What the limit is taken from. */
  readonly because: string;
  readonly isMet: boolean;
}

/** None where there are not both. */
export function atMost(of: string, unit: string, figure?: number, limit?: number, because = ""): Aim[] {
  if (figure === undefined || limit === undefined) return [];
  return [{ of, figure, limit, isLeast: false, unit, because, isMet: figure <= limit }];
}

export function atLeast(of: string, unit: string, figure?: number, limit?: number, because = ""): Aim[] {
  if (figure === undefined || limit === undefined) return [];
  return [{ of, figure, limit, isLeast: true, unit, because, isMet: figure >= limit }];
}

/** With what is met, and what is not. */
export function aimTable(aims: readonly Aim[]): Table {
  const rows = aims.map(({ of, figure, limit, isLeast, unit, because, isMet }) => [
    of,
    text(figure, unit),
    `${isLeast ? "at least" : "at most"} ${text(limit, unit)}${because === "" ? "" : ` (${because})`}`,
    limit === 0 ? "–" : (figure / limit).toFixed(2),
    isMet ? "met" : "not met",
  ]);
  return { headings: ["aim", "the mesh", "where it is to be", "mesh / limit", ""], rows };
}

function text(value: number, unit: string): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${Number(value.toFixed(digits)).toLocaleString("en")} ${unit}`.trim();
}
