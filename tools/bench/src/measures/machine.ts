import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux counts CPU time in ticks of this length on every architecture that Node supports. */
const TICK_SECONDS = 0.01;
const WINDOW_MS = 500;
const BUSY_CORES_MAX = 0.15;

/** Seconds that all cores together have been busy since the machine started, and that the hypervisor gave to other machines. */
export function machineSeconds(): { readonly busy: number; readonly stolen: number } {
  const { busy, stolen } = parseMachineTicks(readFileSync("/proc/stat", "utf8"));
  return { busy: busy * TICK_SECONDS, stolen: stolen * TICK_SECONDS };
}

/** Reads the first line of `/proc/stat`, whose fields proc(5) names. The time of guests is in the user time already. */
export function parseMachineTicks(stat: string): { readonly busy: number; readonly stolen: number } {
  const fields = stat.split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = fields;
  return { busy: user + nice + system + irq + softirq, stolen };
}

/** How noisy the machine was when a figure was taken. */
export interface Noise {
  /** How long the step waited for the machine to be quiet. */
  readonly waitedMs: number;
  /** Cores that were busy with something else right before the step. */
  readonly busyCores: number;
  /** Load average over a minute right before the step; holds what the bench did before. */
  readonly loadAverage: number;
  /** Cores that the hypervisor gave to others during the step, on average. */
  readonly stolenCores: number;
}

/** Takes a figure once the machine is at rest, or when `waitMs` are over. */
export async function whenQuiet<T>(waitMs: number, take: () => Promise<T>): Promise<{ value: T; noise: Noise }> {
  const startedAt = performance.now();
  let busyCores = Infinity;
  do {
    const before = machineSeconds().busy;
    const windowAt = performance.now();
    await sleep(WINDOW_MS);
    busyCores = (machineSeconds().busy - before) / ((performance.now() - windowAt) / 1000);
  } while (busyCores > BUSY_CORES_MAX && performance.now() - startedAt < waitMs);
  const takenAt = performance.now();
  const { stolen } = machineSeconds();
  const loadAverage = loadavg()[0]!;
  const value = await take();
  const stolenCores = (machineSeconds().stolen - stolen) / ((performance.now() - takenAt) / 1000);
  return { value, noise: { waitedMs: takenAt - startedAt, busyCores, loadAverage, stolenCores } };
}
