import { Random } from "../random.ts";
import { runs } from "./runs.ts";

/** `FLORENETES_SOAK=<seconds>`: each fuzzer goes on for so long. */
const seconds = Number(process.env["FLORENETES_SOAK"] ?? 0);
const seed = Number(process.env["FLORENETES_SEED"] ?? (seconds > 0 ? Date.now() % 2 ** 32 : 1));
/** The most CPU time of one run, in milliseconds: many times what the few kilobytes of a run need. */
const LONGEST_MS = 500;

/** The timeout of a test that fuzzes, in milliseconds. */
export const FUZZ_TIMEOUT_MS: number = (seconds + 300) * 1_000;

/**
 * Runs a trial with many seeds, with a quarter of them outside a soak; the trial must end soon, and throw nothing. In a soak the seeds
 * are others each time, unless `FLORENETES_SEED` gives the first one. Throws an error that names seed and run.
 */
export function fuzz(all: number, trial: (random: Random) => void): void {
  const count = runs(all, all / 4);
  const end = performance.now() + seconds * 1_000;
  for (let run = 0; run < count || performance.now() < end; run++) {
    const before = process.cpuUsage();
    let problem: unknown;
    try {
      trial(new Random(seed + run));
    } catch (error) {
      problem = error;
    }
    const { user, system } = process.cpuUsage(before);
    const isSlow = user + system > LONGEST_MS * 1_000;
    if (problem === undefined && !isSlow) continue;
    throw new Error(`seed ${seed}, run ${run}${isSlow ? ": slow" : ""}`, { cause: problem });
  }
}
