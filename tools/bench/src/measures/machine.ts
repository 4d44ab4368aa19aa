import { readFileSync } from "node:fs";
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

/** How noisy the machine was when a figure was taken, in cores. */
export interface Noise {
  /** Busy with something else right before the step. */
  readonly busy: number;
  /** Given to others by the hypervisor during the step, on average. */
  readonly stolen: number;
}

/** Takes a figure once the machine is at rest, or when `waitMs` are over. */
export async function whenQuiet<T>(waitMs: number, take: () => Promise<T>): Promise<{ value: T; noise: Noise }> {
  const deadline = performance.now() + waitMs;
  let busy = Infinity;
  while (busy > BUSY_CORES_MAX && performance.now() < deadline) {
    ({ busy } = await coresDuring(() => sleep(WINDOW_MS)));
  }
  const { value, stolen } = await coresDuring(take);
  return { value, noise: { busy, stolen } };
}

async function coresDuring<T>(action: () => Promise<T>): Promise<Noise & { value: T }> {
  const [before, startedAt] = [machineSeconds(), performance.now()];
  const value = await action();
  const [after, seconds] = [machineSeconds(), (performance.now() - startedAt) / 1000];
  return { value, busy: (after.busy - before.busy) / seconds, stolen: (after.stolen - before.stolen) / seconds };
}
