import { type FigureName, medianOf } from "./figures.ts";
import type { Run } from "./run.ts";
import type { SystemResult } from "./system-result.ts";

/** A figure that the mesh is meant to reach. */
export interface Aim {
  readonly of: string;
  readonly unit: string;
  /** The figure of the mesh. Its limit has the same unit. */
  readonly figure: number;
  readonly limit: number;
  readonly isLeast: boolean;
  /** The reason of the limit. */
  readonly because: string;
}

export type Found = Pick<Run, "results" | "micro">;

/** An aim, or none if the run lacks the figure or the one that the limit is taken from. */
export function atMost(
  of: string,
  unit: string,
  figure?: number,
  limit?: number,
  because = "",
  isLeast = false,
): Aim[] {
  return figure === undefined || limit === undefined ? [] : [{ of, unit, figure, limit, isLeast, because }];
}

export function atLeast(of: string, unit: string, figure?: number, limit?: number, because = ""): Aim[] {
  return atMost(of, unit, figure, limit, because, true);
}

export function median(result: SystemResult | undefined, name: FigureName): number | undefined {
  return medianOf(result?.figures[name]);
}

export function millisecondsOf(result: SystemResult, figure: FigureName): number | undefined {
  const micros = median(result, figure);
  return micros && micros / 1000;
}
