import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { machineCpuSeconds, stolenCpuSeconds } from "../accounting.ts";

const WINDOW_MS = 500;
const BUSY_CORES_MAX = 0.15;

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
    const before = machineCpuSeconds();
    const windowAt = performance.now();
    await sleep(WINDOW_MS);
    busyCores = (machineCpuSeconds() - before) / ((performance.now() - windowAt) / 1000);
  } while (busyCores > BUSY_CORES_MAX && performance.now() - startedAt < waitMs);
  const takenAt = performance.now();
  const stolen = stolenCpuSeconds();
  const loadAverage = loadavg()[0]!;
  const value = await take();
  const stolenCores = (stolenCpuSeconds() - stolen) / ((performance.now() - takenAt) / 1000);
  return { value, noise: { waitedMs: takenAt - startedAt, busyCores, loadAverage, stolenCores } };
}
