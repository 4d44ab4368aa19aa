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
  timeoutMs: number = RECOVERY_MS_MAX,
): Promise<string> {
  try {
    await lab.waitUntilUp({ timeoutMs });
  } catch (error) {
    return isOver() ? "" : (error as Error).message;
  }
  const deadline = since + timeoutMs;
  for (;;) {
    const missing = missingPulses(pulses, since);
    if (missing.length === 0 && list > 0) missing.push(...(await findWithoutList(lab, list)));
    if (missing.length === 0 || isOver()) return "";
    if (now() > deadline) return missing.join("; ");
    await sleep(POLL_MS);
  }
}

/** The pulses that have not moved since a time, in words. */
export function missingPulses(pulses: readonly Pulse[], since: number): string[] {
  const still = pulses.filter(({ at }) => at() <= since);
  return still.map(({ name, at }) => `${name} does not move, for ${Math.round((now() - at()) / 1000)} s`);
}
