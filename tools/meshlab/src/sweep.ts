import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { findLabs, readLabState } from "./lab-state.ts";
import { KILL_MS_MAX, POLL_MS } from "./limits.ts";
import { deleteNamespaces, namespaceProcesses } from "./namespaces.ts";
import { findLabProcesses, isRunning, markOf, signalProcess } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";

/**
 * Removes all that is left of a lab: its processes, its namespaces, its folder. A process is killed by its number, unless a later one has
 * that number. Safe to repeat, and to do while another process does it.
 */
export async function sweepLab(folder: string): Promise<void> {
  const state = await readLabState(folder);
  const borrowed = new Set(state?.borrowed);
  const namespaces = Object.values(state?.namespaces ?? {}).filter((namespace) => !borrowed.has(namespace));
  const left = await killAll(folder, namespaces);
  if (left.length > 0) throw new Error(`processes ${left.map(({ pid }) => pid).join(", ")} do not end`);
  await deleteNamespaces(namespaces);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes labs whose owner died without removing them. Returns their folders. */
export async function sweepDeadLabs(): Promise<readonly string[]> {
  const dead = (await findLabs()).filter((lab) => !lab.isAlive).map((lab) => lab.folder);
  for (const folder of dead) await sweepLab(folder).catch(() => {}); // a lab that cannot be swept must not stop a new one
  return dead;
}

/** Kills until no process is left: a process may start another one meanwhile. */
async function killAll(folder: string, namespaces: readonly string[]): Promise<readonly ProcessMark[]> {
  const deadline = performance.now() + KILL_MS_MAX;
  for (;;) {
    const marks = [...(await findLabProcesses(folder))];
    for (const namespace of namespaces) marks.push(...(await namespaceProcesses(namespace)).map(markOf));
    const running = marks.filter((mark) => mark.pid !== process.pid && isRunning(mark));
    if (running.length === 0 || performance.now() > deadline) return running;
    for (const mark of running) signalProcess(mark, "SIGKILL");
    await sleep(POLL_MS);
  }
}
