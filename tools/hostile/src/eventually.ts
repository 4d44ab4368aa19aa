import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./clock.ts";

const LOOK_MS = 50;
const LOOKS_MS_MAX = 60_000;

/** Whether a condition comes true in time. */
export async function eventually(condition: () => Promise<boolean>): Promise<boolean> {
  for (const start = now(); now() < start + LOOKS_MS_MAX; await sleep(LOOK_MS)) if (await condition()) return true;
  return false;
}
