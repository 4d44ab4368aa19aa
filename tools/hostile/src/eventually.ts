import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./clock.ts";

const LOOK_MS = 50;
const LOOKS_MS_MAX = 60_000;

/** Whether a condition comes true in time. */
export async function eventually(condition: () => Promise<boolean>, withinMs: number = LOOKS_MS_MAX): Promise<boolean> {
  for (const start = now(); now() < start + withinMs; await sleep(LOOK_MS)) if (await condition()) return true;
  return false;
}
