import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

/** Looks again and again until something is so; false when it is not in time. */
export async function isSoon(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** @throws Error that says what is not so, and for how long it was waited for. */
export async function until(isSo: () => boolean, withinMs: number, otherwise: string): Promise<void> {
  if (!(await isSoon(isSo, withinMs))) throw new Error(`${otherwise} after ${withinMs} ms`);
}
