/** Paths that an operator names by environment variables, for output that is secret or large. */
import { resolve } from "node:path";
import type { OperatorError } from "@florenetes/operator-text";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute path. An empty variable counts as not set. */
export function namedPath(variable: string, environment: Environment): string | undefined {
  const value = environment[variable] ?? "";
  return value === "" ? undefined : resolve(value);
}

/** The answer of `check` about such a path: whether output would be written there, and whether it could be. */
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
