/** How often certificates are given out: for each principal, and for all together. Performs no I/O. */
import {
  RENEWAL_OF_ALL_MS,
  RENEWALS_AT_ONCE,
  RENEWALS_OF_ALL_AT_ONCE,
  RENEWALS_PER_LIFE,
  RENEWING_PRINCIPALS_MAX,
} from "../../limits.ts";

interface RatesOfAll {
  readonly atOnce: number;
  readonly pauseMs: number;
}

/**
 * Each count is the time at which all that was given out is made up for: a renewal moves it on by one pause, and it may be so many
 * pauses ahead of the present (the generic cell rate algorithm). A principal whose time is past counts as one that has never asked.
 */
export class RenewalRates {
  readonly #pauseMs: number;
  readonly #ofAll: RatesOfAll;
  readonly #principals = new Map<string, number>();
  #all = 0;

  /**
   * @param lifeMs The life of what is given out
   * @param ofAll What all may have together; default: that of renewals
   */
  constructor(lifeMs: number, ofAll: RatesOfAll = { atOnce: RENEWALS_OF_ALL_AT_ONCE, pauseMs: RENEWAL_OF_ALL_MS }) {
    this.#pauseMs = lifeMs / RENEWALS_PER_LIFE;
    this.#ofAll = ofAll;
  }

  /** Counts one renewal, or says who has had too many. `now` is monotonic. */
  take(principal: string, now: number): "taken" | "principal" | "all" {
    const own = Math.max(this.#principals.get(principal) ?? 0, now) + this.#pauseMs;
    if (own > now + RENEWALS_AT_ONCE * this.#pauseMs) return "principal";
    const { atOnce, pauseMs } = this.#ofAll;
    const all = Math.max(this.#all, now) + pauseMs;
    if (all > now + atOnce * pauseMs) return "all";
    if (!this.#principals.has(principal) && !this.#makeRoom(now)) return "all";
    this.#principals.set(principal, own);
    this.#all = all;
    return "taken";
  }

  #makeRoom(now: number): boolean {
    if (this.#principals.size < RENEWING_PRINCIPALS_MAX) return true;
    for (const [principal, time] of this.#principals) if (time <= now) this.#principals.delete(principal);
    return this.#principals.size < RENEWING_PRINCIPALS_MAX;
  }
}
