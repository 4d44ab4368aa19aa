import type { Bench } from "./bench/bench.ts";
import { type Check } from "./check.ts";
import { NotJudged, Unmet } from "./judgement.ts";
import { atSecondTry, outcome, type Outcome } from "./outcome.ts";

export interface RunOptions {
  /** Benches that are in use at a time. */
  readonly benches: number;
  /** Whether a check that fails is made once more, alone: on a busy machine the link itself may have been too slow. */
  readonly triesAgain: boolean;
  /** Called for each outcome, in the order of the checks. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Makes the checks on several benches. Checks that need the machine for themselves come last, one after the other. */
export async function runChecks<OnBench extends Bench>(
  open: () => Promise<OnBench>,
  checks: readonly Check<OnBench>[],
  options: RunOptions,
): Promise<void> {
  const { benches, triesAgain, onOutcome } = options;
  const outcomes = new Map<Check<OnBench>, Outcome>();
  let told = 0;
  const finish = (check: Check<OnBench>, outcome: Outcome): void => {
    outcomes.set(check, outcome);
    while (told < checks.length && outcomes.has(checks[told]!)) onOutcome(outcomes.get(checks[told++]!)!);
  };
  const failed = new Map<Check<OnBench>, Outcome>();
  const work = async (waiting: Check<OnBench>[]): Promise<void> => {
    if (waiting.length === 0) return;
    await using bench = await open();
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const first = failed.get(check);
      const made = await runCheck(bench, check);
      if (first !== undefined) finish(check, atSecondTry(first, made));
      else if (triesAgain && made.verdict === "failed") failed.set(check, made);
      else finish(check, made);
    }
  };
  const together = checks.filter(({ isAlone }) => !isAlone);
  await Promise.all(Array.from({ length: benches }, () => work(together)));
  await work(checks.filter(({ isAlone }) => isAlone));
  await work([...failed.keys()]);
}

async function runCheck<OnBench extends Bench>(bench: OnBench, check: Check<OnBench>): Promise<Outcome> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1_000;
  try {
    await bench.restore();
    await check.run(bench);
    const fallen = bench.sides.find(({ vertex }) => vertex.unwantedEnd !== undefined);
    if (fallen !== undefined) throw new Unmet(`the process of ${fallen.name} has ended: ${fallen.vertex.lastLines}`);
    return outcome(check, "passed", "", seconds());
  } catch (error) {
    if (error instanceof NotJudged) return outcome(check, "not judged", error.message, seconds());
    if (error instanceof Unmet) return outcome(check, "failed", error.message, seconds());
    throw error;
  }
}
