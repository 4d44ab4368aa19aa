import { join } from "node:path";
import { medianOf } from "../figures.ts";
import type { OtherCheckout } from "../other-checkout.ts";
import { MeasuredCheckout } from "./measured-checkout.ts";
import type { Subject } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

/** Costs in nanoseconds of CPU time per operation, round by round. */
export interface MicroResult {
  readonly name: string;
  readonly operation: string;
  readonly entries?: number;
  readonly here: readonly number[];
  /** Those of the other commit; none when there is none, or when it cannot be measured. */
  readonly beside: readonly number[];
  /** Each thing that could not be measured, and why. */
  readonly problems: readonly string[];
}

/** Where the heap and the compiler happen to put things changes a figure more than anything else: so there are several. */
const PROCESSES = 3;
const ROUNDS_PER_PROCESS = 3;
const WARM_UP_MS = 100;
const ROUND_MS = 40;

interface Side {
  readonly root: string;
  /** For messages. */
  readonly where: string;
  readonly figures: number[];
  /** Why it cannot be measured. */
  problem?: string;
}

/**
 * Measures the pure cores.
 *
 * @param only Texts, of which a subject's name has to hold one; all subjects when left out.
 * @param other Measured beside this checkout, in the same rounds.
 * @throws Error when no subject is called like that
 */
export async function measureMicro(
  only: readonly string[] | undefined,
  onSubject: (name: string) => void,
  other?: OtherCheckout,
): Promise<MicroResult[]> {
  const chosen = SUBJECTS.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));
  if (chosen.length === 0) throw new Error(`no subject's name holds ${only!.map((text) => `"${text}"`).join(" or ")}`);
  const results: MicroResult[] = [];
  for (const subject of chosen) {
    onSubject(subject.name);
    results.push(await measureSubject(subject, other));
  }
  return results;
}

async function measureSubject(subject: Subject, other?: OtherCheckout): Promise<MicroResult> {
  const here: Side = { root: join(import.meta.dirname, "../../../.."), where: "here", figures: [] };
  const beside: Side | undefined = other && { root: other.root, where: `in ${other.name}`, figures: [] };
  const sides = beside === undefined ? [here] : [here, beside];
  for (let process = 0; process < PROCESSES; process++) await measureInProcesses(subject, sides);
  const { name, operation, entries } = subject;
  const problems = sides.flatMap(({ problem }) => problem ?? []);
  return { name, operation, ...(entries && { entries }), here: here.figures, beside: beside?.figures ?? [], problems };
}

/** One process for each side, which take turns. */
async function measureInProcesses(subject: Subject, sides: readonly Side[]): Promise<void> {
  using processes = new DisposableStack();
  const ready: { readonly checkout: MeasuredCheckout; readonly side: Side }[] = [];
  const attempt = async (side: Side, action: () => Promise<void>): Promise<void> => {
    try {
      if (side.problem === undefined) await action();
    } catch (error) {
      side.problem = `${side.where}: ${(error as Error).message}`;
    }
  };
  for (const side of sides.filter(({ problem }) => problem === undefined)) {
    const checkout = processes.use(new MeasuredCheckout(side.root));
    await attempt(side, () => checkout.prepare(subject.name, WARM_UP_MS));
    ready.push({ checkout, side });
  }
  for (let round = 0; round < ROUNDS_PER_PROCESS; round++) {
    for (const { checkout, side } of ready) {
      await attempt(side, async () => void side.figures.push(await checkout.round(ROUND_MS)));
    }
    // Each goes first in every other round.
    ready.reverse();
  }
}

/** One core with tables of several sizes: its cost should not depend on them. */
export interface Curve {
  /** With N in the place of the size. */
  readonly name: string;
  /** From the smallest table to the largest, in nanoseconds per operation. */
  readonly points: readonly { readonly entries: number; readonly nanoseconds: number }[];
}

/** Curves of the subjects that were measured with several sizes. */
export function curvesOf(results: readonly MicroResult[]): Curve[] {
  const points = results.flatMap(({ name, entries, here }) => {
    const nanoseconds = medianOf(here);
    if (entries === undefined || nanoseconds === undefined) return [];
    return [{ name: name.replace(entries.toLocaleString("en"), "N"), entries, nanoseconds }];
  });
  const byName = Map.groupBy(points, ({ name }) => name);
  return [...byName].filter(([, sizes]) => sizes.length > 1).map(([name, sizes]) => ({ name, points: sizes }));
}
