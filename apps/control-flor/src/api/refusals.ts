import type { ControlApiErrorCode } from "./api-errors.ts";
import { REFUSALS_TOLD_MAX, REFUSALS_TOLD_MS } from "./limits.ts";

/** Requests of a principal that were not let in, for one reason. */
export interface Refusal {
  /** The principal, as `user/alice`; NOBODY: none is proven; OTHERS: all for which there was no room. */
  readonly principal: string;
  readonly problem: ControlApiErrorCode;
  readonly count: number;
}

/** No principal has such a name: each has a slash. */
export const OTHERS = "others";
/** Whoever proves no principal. */
export const NOBODY = "nobody";

/**
 * Counts requests that are not let in, and tells them once a minute: whoever sends them may send as many as it likes, and
 * fills with them neither the audit nor the log.
 */
export class Refusals {
  /** By principal and problem. */
  readonly #counted = new Map<string, Refusal>();
  #tellAt = Infinity;

  /** @param now Monotonic milliseconds, as everywhere here */
  add(principal: string, problem: ControlApiErrorCode, now: number): void {
    if (this.#counted.size === 0) this.#tellAt = now + REFUSALS_TOLD_MS;
    const hasRoom = this.#counted.size < REFUSALS_TOLD_MAX || this.#counted.has(`${principal} ${problem}`);
    const told = hasRoom ? principal : OTHERS;
    const key = `${told} ${problem}`;
    this.#counted.set(key, { principal: told, problem, count: (this.#counted.get(key)?.count ?? 0) + 1 });
  }

  /** When to call `handleTimeout`; Infinity: not at all. */
  nextTimeout(): number {
    return this.#tellAt;
  }

  /** Takes all that is not yet told, once it is time. */
  handleTimeout(now: number): readonly Refusal[] {
    return now < this.#tellAt ? [] : this.takeAll();
  }

  /** Takes all that is not yet told, at the end of the process. */
  takeAll(): readonly Refusal[] {
    const refusals = [...this.#counted.values()];
    this.#counted.clear();
    this.#tellAt = Infinity;
    return refusals;
  }
}
