import { besideBulkOf, connectionsOf, cpuOf, megabitsOf, roundTripOf } from "../medians.ts";
import type { OtherCheckout } from "../other-checkout.ts";
import { USUAL_PLACE } from "../place.ts";
import { measureSystem, type Plan, type SystemResult } from "../plan.ts";
import { type Summary, summarize, summarizeRatio } from "../rounds.ts";
import { meshOf, openMesh } from "../mesh.ts";
import type { Watcher } from "../take-figures.ts";

/** One figure of the mesh in both checkouts. */
interface Compared {
  readonly what: string;
  readonly here: Summary;
  readonly beside: Summary;
  /** What it is here, divided by what it is in the other checkout, round by round. */
  readonly ratio: Summary;
}

export interface BesideRun {
  /** The other checkout's commit. */
  readonly beside: string;
  readonly compared: readonly Compared[];
  /** Every round, with every figure and what could not be measured. */
  readonly rounds: readonly { readonly here: SystemResult; readonly beside: SystemResult }[];
}

const FIGURES: readonly (readonly [string, (result: SystemResult) => number | undefined])[] = [
  ["Mbit/s, 1 stream", (result) => megabitsOf(result, 1)],
  ["Mbit/s, 8 streams", (result) => megabitsOf(result, 8)],
  ["CPU s per GB, 1 stream", (result) => cpuOf(result, 1)],
  ["CPU s per GB, 8 streams", (result) => cpuOf(result, 8)],
  ["round trip µs, p50", (result) => roundTripOf(result, "p50Micros")],
  ["round trip µs, p99", (result) => roundTripOf(result, "p99Micros")],
  ["… beside bulk, no limit, p50", (result) => besideBulkOf(result, null, "p50Micros")],
  ["… beside 200 Mbit/s, p50", (result) => besideBulkOf(result, 200, "p50Micros")],
  ["connections/s, one after the other", (result) => connectionsOf(result, 1)],
  ["connections/s, 16 at once", (result) => connectionsOf(result, 16)],
];

/** Measures the mesh of this checkout and that of another one in turns, `plan.repeats` times. Needs root. */
export async function measureBeside(other: OtherCheckout, plan: Plan, watcher: Watcher): Promise<BesideRun> {
  const sides = [
    { key: "here", open: openMesh },
    { key: "beside", open: await meshOf(other.root, other.name) },
  ] as const;
  const rounds: BesideRun["rounds"][number][] = [];
  for (let round = 0; round < plan.repeats; round++) {
    const taken = new Map<string, SystemResult>();
    // Each goes first in every other round.
    for (const { key, open } of round % 2 === 0 ? sides : sides.toReversed()) {
      watcher.signal.throwIfAborted();
      watcher.onStep(`round ${round + 1} of ${plan.repeats}, ${key === "here" ? "this checkout" : other.name}`);
      const result = await measureSystem(key, open, USUAL_PLACE, { ...plan, repeats: 1 }, watcher.onRaised);
      for (const problem of result.problems) watcher.onStep(problem);
      taken.set(key, result);
    }
    rounds.push({ here: taken.get("here")!, beside: taken.get("beside")! });
  }
  return { beside: other.name, compared: compare(rounds), rounds };
}

/** What both have in at least one round. */
export function compare(rounds: BesideRun["rounds"]): Compared[] {
  return FIGURES.flatMap(([what, figure]) => {
    const pairs = rounds.flatMap(({ here, beside }) => {
      const [own, other] = [figure(here), figure(beside)];
      return own === undefined || other === undefined ? [] : [[own, other] as const];
    });
    if (pairs.length === 0) return [];
    const [own, others] = [pairs.map(([one]) => one), pairs.map(([, one]) => one)];
    return [{ what, here: summarize(own), beside: summarize(others), ratio: summarizeRatio(own, others) }];
  });
}
