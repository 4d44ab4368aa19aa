import { PROCESS_VERIFICATIONS_BURST, PROCESS_VERIFICATIONS_PER_SECOND } from "./limits.ts";

/**
 * The verifications of a process, for all neighbours, in fair turns: each reader has at most one record that waits for its turn, and
 * turns are given in the order in which readers ask. So a reader that has many records stands behind each other one between two of them.
 * Pure: a turn is a time, and whoever gets it waits for that time.
 */
export class VerificationTurns {
  /** When all that was given is done, at the rate of the process. */
  #doneAt = Number.NEGATIVE_INFINITY;

  /** How long the process takes for all that was given, in milliseconds. */
  backlog(now: number): number {
    return Math.max(0, this.#doneAt - now);
  }

  /** Returns when so many signatures may be verified: `now`, or later. Both in monotonic milliseconds. */
  take(signatures: number, now: number): number {
    const burstMs = (PROCESS_VERIFICATIONS_BURST * 1_000) / PROCESS_VERIFICATIONS_PER_SECOND;
    const at = Math.max(this.#doneAt, now - burstMs);
    this.#doneAt = at + (signatures * 1_000) / PROCESS_VERIFICATIONS_PER_SECOND;
    return Math.max(at, now);
  }
}
