import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { RECOVERY_MS_MAX } from "../limits.ts";
import { findWithoutList } from "./lists.ts";

const POLL_MS = 50;

/** Something that moves all the time while the mesh is whole, with the time of its last move, on the common clock. */
export interface Pulse {
  readonly name: string;
  readonly at: () => number;
}

/**
 * Waits until all processes run, all links are up, all tunnels listen, every pulse has moved since a time, and a list of revocations is in
 * force everywhere.
 *
 * @param list number of the list; 0: there is none
 * @returns a text that says what is missing when the time is up; empty: nothing is
 */
export async function untilWhole(
  lab: Lab,
  pulses: readonly Pulse[],
  list: number,
  since: number,
  isOver: () => boolean,
): Promise<string> {
  try {
    await lab.waitUntilUp({ timeoutMs: RECOVERY_MS_MAX });
  } catch (error) {
    return isOver() ? "" : (error as Error).message;
  }
  const deadline = since + RECOVERY_MS_MAX;
  for (;;) {
    const still = pulses.filter(({ at }) => at() <= since);
    const missing = still.map(({ name, at }) => `${name} does not move, for ${Math.round((now() - at()) / 1000)} s`);
    if (missing.length === 0 && list > 0) missing.push(...(await findWithoutList(lab, list)));
    if (missing.length === 0 || isOver()) return "";
    if (now() > deadline) return missing.join("; ");
    await sleep(POLL_MS);
  }
}
