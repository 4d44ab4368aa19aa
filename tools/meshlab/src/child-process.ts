/** Waits for processes that a lab has started: for their first words, and for their end. No wait is without an end of its own. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { labError } from "./lab-error.ts";
import { KILL_MS_MAX, READY_MS_MAX } from "./limits.ts";

/** Whether a process runs no more, or never did. */
export function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/**
 * Ends a process, unless it has ended by itself.
 *
 * @param name for people
 * @param timeoutMs milliseconds
 * @throws OperatorError `ERR_LAB_TIMEOUT`: it goes on
 */
export async function endChild(
  child: ChildProcess,
  name: string,
  signal: NodeJS.Signals,
  timeoutMs: number = KILL_MS_MAX,
): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit").then(() => true);
  child.kill(signal);
  const isGone = await Promise.race([ended, sleep(timeoutMs, false, { ref: false })]);
  if (!isGone) throw labError("ERR_LAB_TIMEOUT", `${name} does not end by ${signal}`, "Use SIGKILL.");
}

/**
 * Waits for the first words of a process whose standard output is a pipe.
 *
 * @param name for people
 * @param timeoutMs milliseconds
 * @throws OperatorError `ERR_LAB_PROCESS_DIED`: it has ended without a word; `ERR_LAB_TIMEOUT`
 */
export async function untilSaid(child: ChildProcess, name: string, timeoutMs: number = READY_MS_MAX): Promise<void> {
  const said = once(child.stdout!, "data").then(() => "said" as const);
  const ended = once(child, "close").then(
    () => "ended" as const,
    () => "ended" as const,
  );
  const outcome = await Promise.race([said, ended, sleep(timeoutMs, "silent" as const, { ref: false })]);
  if (outcome === "ended")
    throw labError("ERR_LAB_PROCESS_DIED", `${name} has ended`, "What it wrote before this says why.");
  if (outcome === "silent") throw labError("ERR_LAB_TIMEOUT", `${name} says nothing`, "Is the machine very busy?");
}
