import { GRACE_MS, GRACES_MAX, LATE_AFTER_MS } from "./limits.ts";

/**
 * A deadline that passes only for a process that was awake. A process that was stopped, or is late, finds its deadlines passed
 * while the messages that would have moved them still wait in its sockets: it gets a moment to read them first.
 *
 *     set(at) ──▶ armed ──looked at in time──▶ passed
 *                  │  ▲
 *                  └──┘ looked at late: wait for another GRACE_MS, at most GRACES_MAX times
 */
export class PatientDeadline {
  #at = Infinity;
  #graces = 0;

  /** The time at which the deadline is to be looked at; `Infinity`: never. */
  get at(): number {
    return this.#at;
  }

  set(at: number): void {
    this.#at = at;
    this.#graces = 0;
  }

  clear(): void {
    this.set(Infinity);
  }

  /** True once, when the deadline has passed. */
  hasPassed(now: number): boolean {
    if (now < this.#at) return false;
    if (now - this.#at > LATE_AFTER_MS && this.#graces < GRACES_MAX) {
      this.#graces++;
      this.#at = now + GRACE_MS;
      return false;
    }
    this.clear();
    return true;
  }
}
