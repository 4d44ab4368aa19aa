import { join } from "node:path";
import { MeasuredCheckout } from "./measured-checkout.ts";
import { openOtherCheckout, type OtherCheckout } from "../other-checkout.ts";
import { type Summary, summarize, summarizeRatio } from "../rounds.ts";
import type { Subject } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

export interface MicroOptions {
  /** A commit or the folder of a checkout, which is measured beside this one, in the same rounds. */
  readonly beside?: string;
  /** Texts, of which a subject's name has to hold one; all subjects when left out. */
  readonly only?: readonly string[];
}

/** Costs in nanoseconds of CPU time per operation. */
interface MicroResult {
  readonly name: string;
  readonly operation: string;
  readonly entries: number | null;
  readonly here: Summary | null;
  readonly beside: Summary | null;
  /** What it costs here, divided by what it costs in the other commit, round by round. */
  readonly ratio: Summary | null;
  /** What could not be measured, and why. */
  readonly problems: readonly string[];
}

export interface MicroRun {
  /** The other commit's abbreviated name. */
  readonly beside: string | null;
  readonly results: readonly MicroResult[];
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
  problem: string | undefined;
}

/** Measures the pure cores. Throws when no subject is called like that, or there is no such commit, or it cannot be built. */
export async function measureMicro(options: MicroOptions, onSubject: (name: string) => void): Promise<MicroRun> {
  const { only } = options;
  const chosen = SUBJECTS.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));
  if (chosen.length === 0) throw new Error(`no subject's name holds ${only!.map((text) => `"${text}"`).join(" or ")}`);
  const root = join(import.meta.dirname, "../../../..");
  using commit = options.beside === undefined ? undefined : openOtherCheckout(root, options.beside);
  const results: MicroResult[] = [];
  for (const subject of chosen) {
    onSubject(subject.name);
    results.push(await measureSubject(subject, root, commit));
  }
  return { beside: commit?.name ?? null, results };
}

async function measureSubject(subject: Subject, root: string, commit: OtherCheckout | undefined): Promise<MicroResult> {
  const here: Side = { root, where: "here", figures: [], problem: undefined };
  const sides = [here];
  if (commit !== undefined) {
    sides.push({ root: commit.root, where: `in ${commit.name}`, figures: [], problem: undefined });
  }
  for (let process = 0; process < PROCESSES; process++) {
    await measureInProcesses(
      subject,
      sides.filter(({ problem }) => problem === undefined),
    );
  }
  const summary = (figures: readonly number[] = []): Summary | null =>
    figures.length === 0 ? null : summarize(figures);
  const [own, other] = [here.figures, sides[1]?.figures ?? []];
  return {
    name: subject.name,
    operation: subject.operation,
    entries: subject.entries ?? null,
    here: summary(own),
    beside: summary(other),
    ratio: own.length === other.length && own.length > 0 ? summarizeRatio(own, other) : null,
    problems: sides.flatMap(({ problem }) => problem ?? []),
  };
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
  for (const side of sides) {
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
