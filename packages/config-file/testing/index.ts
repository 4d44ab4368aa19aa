/** Help for the tests of programs that have a config file. */
import { OperatorErrors } from "@florenetes/operator-text";

export { testReleasedConfigs } from "./released-configs.ts";

/** The names of all keys that a zod schema knows, at any depth. */
export function keysOf(schema: unknown): string[] {
  const inner = (schema as { _zod?: { def: Record<string, unknown> } } | undefined)?._zod?.def;
  if (inner === undefined) return [];
  const shape = Object.entries((inner["shape"] as Record<string, unknown> | undefined) ?? {});
  const below = [inner["innerType"], inner["element"], inner["valueType"], ...shape.map(([, value]) => value)];
  return [...shape.map(([key]) => key), ...below.flatMap(keysOf)];
}

/** Lines `line key CODE message / advice`, for each problem that reading a config throws; none for a good one. */
export function problemsOf(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (!(error instanceof OperatorErrors)) throw error;
    return error.problems.map(
      ({ where, code, message, advice }) => `${where?.line} ${where?.key} ${code} ${message} / ${advice}`,
    );
  }
}
