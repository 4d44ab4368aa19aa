import type { MicroResult } from "./micro/micro.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";
import type { SystemResult } from "./system-result.ts";

/** The results of one run of the bench, as its JSON file has them. */
export interface Run {
  /** The time of the run, by ISO 8601. */
  readonly takenAt: string;
  readonly tookSeconds: number;
  readonly commit: string;
  /** Number and model of the cores, kernel and Node, for people. */
  readonly machine: string;
  readonly plan: Plan;
  /** Results of systems in all places, of floors, and of frames through a transit node. */
  readonly results: readonly SystemResult[];
  readonly micro: readonly MicroResult[];
}

export function resultsIn({ results }: Pick<Run, "results">, of: Place["of"]): readonly SystemResult[] {
  return results.filter(({ place }) => place.of === of);
}

/** A system's result in the usual place. */
export function resultOf(run: Pick<Run, "results">, key: string): SystemResult | undefined {
  return resultsIn(run, "usual").find((result) => result.key === key);
}

export function nameOf({ description, key }: SystemResult): string {
  return description?.name ?? key;
}
