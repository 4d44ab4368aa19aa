import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { RECOVERY_MS_MAX } from "../limits.ts";

const POLL_MS = 50;

/** Something that moves all the time when the mesh is whole: when it did so last, on the common clock. */
export interface Pulse {
  readonly name: string;
  readonly at: () => number;
}

/**
 * Waits until all processes run, all links are up, all tunnels listen, and every pulse has moved since a time.
 *
 * @returns what is missing when the time is up; empty: nothing
 */
export async function untilWhole(
  lab: Lab,
  pulses: readonly Pulse[],
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
    if (still.length === 0 || isOver()) return "";
    if (now() > deadline) {
      const names = still.map(({ name, at }) => `${name} (for ${Math.round((now() - at()) / 1000)} s)`);
      return `nothing comes through: ${names.join(", ")}`;
    }
    await sleep(POLL_MS);
  }
}
