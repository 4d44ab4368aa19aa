/** Systems that are compared take turns, so that each of them meets the machine's slow times as well as its quick ones. */
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";
import type { SystemFactory } from "./system.ts";
import { emptyResult, type SystemResult } from "./system-result.ts";

/** A system in a place, and what is measured of it there. */
export interface Entry {
  readonly key: string;
  readonly open: SystemFactory;
  readonly place: Place;
  readonly plan: Plan;
}

/**
 * Measures each entry once in a turn, and in as many turns as its plan has repeats; every other turn goes from the last one to the first.
 * Returns a result for each entry, with the figures of all its turns.
 *
 * @param measure Raises a system, measures it, and takes it down again
 */
export async function measureInTurns(
  entries: readonly Entry[],
  measure: (entry: Entry, turn: number) => Promise<SystemResult>,
): Promise<SystemResult[]> {
  const sums = entries.map(({ key, place }) => emptyResult(key, place));
  const turns = Math.max(0, ...entries.map(({ plan }) => plan.repeats));
  const forth = [...entries.entries()];
  for (let turn = 0; turn < turns; turn++) {
    for (const [at, entry] of turn % 2 === 0 ? forth : forth.toReversed()) {
      if (turn >= entry.plan.repeats) continue;
      addResult(sums[at]!, await measure({ ...entry, plan: { ...entry.plan, repeats: 1 } }, turn));
    }
  }
  return sums;
}

/** Adds what was found of a system to what was found of it before, in the same place. A problem that comes again is told once. */
export function addResult(sum: SystemResult, more: SystemResult): void {
  if (more.description !== undefined) sum.description = more.description;
  if (more.links !== undefined) sum.links = more.links;
  for (const [name, figures] of Object.entries(more.figures) as [keyof typeof more.figures, number[]][])
    (sum.figures[name] ??= []).push(...figures);
  sum.problems.push(...more.problems.filter((problem) => !sum.problems.includes(problem)));
}
