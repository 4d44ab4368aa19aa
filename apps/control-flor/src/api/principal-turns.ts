import { RateLimit } from "@florenetes/scheduling";

/** Turns of principals at something that takes a while: so many at once for each, and so many a second in the long run. */
export class PrincipalTurns {
  readonly #atOnce: number;
  readonly #perSecond: number;
  /** By principals that may read, which are few. */
  readonly #rates = new Map<string, RateLimit>();

  constructor(atOnce: number, perSecond: number) {
    [this.#atOnce, this.#perSecond] = [atOnce, perSecond];
  }

  /** Takes a turn; false: the principal has none left. `now` in monotonic milliseconds. */
  take(principal: string, now: number): boolean {
    const rate = this.#rates.get(principal) ?? new RateLimit(this.#atOnce, this.#perSecond);
    this.#rates.set(principal, rate);
    return rate.take(now);
  }
}
