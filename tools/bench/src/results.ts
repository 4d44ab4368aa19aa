import type { Place } from "./place.ts";
import type { Run } from "./run.ts";
import type { SystemResult } from "./system-result.ts";

export function resultsIn({ results }: Pick<Run, "results">, of: Place["of"]): readonly SystemResult[] {
  return results.filter(({ place }) => place.of === of);
}

/** A system's result in the usual place; a floor's has another key. */
export function resultOf({ results }: Pick<Run, "results">, key: string): SystemResult | undefined {
  return results.find((result) => result.key === key && ["usual", "floor"].includes(result.place.of));
}

export function nameOf({ description, key }: SystemResult): string {
  return description?.name ?? key;
}
