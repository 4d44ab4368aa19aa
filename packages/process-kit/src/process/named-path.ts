/** Paths that an operator names by a variable of the environment, to have something written there that is secret or much. */
import { resolve } from "node:path";
import type { OperatorError } from "@florenetes/operator-text";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The path as an absolute one. Empty counts as not set. */
export function namedPath(variable: string, environment: Environment): string | undefined {
  const value = environment[variable] ?? "";
  return value === "" ? undefined : resolve(value);
}

/** An answer of `check` about such a path: it would be written, or could not be. */
export interface NamedPathReport {
  readonly problems: readonly OperatorError[];
  readonly warnings: readonly OperatorError[];
}

export function reportNamedPath(
  path: string | undefined,
  problemAt: (path: string) => OperatorError | undefined,
  written: (path: string) => OperatorError,
): NamedPathReport {
  if (path === undefined) return { problems: [], warnings: [] };
  const problem = problemAt(path);
  return problem === undefined ? { problems: [], warnings: [written(path)] } : { problems: [problem], warnings: [] };
}
