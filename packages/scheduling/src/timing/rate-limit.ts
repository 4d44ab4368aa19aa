/** A token bucket: so many at once, and so many per second in the long run. Pure: the time is an argument. */
export class RateLimit {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  /** @param now Since when it is full; without it, it is full at the first `take`. */
  constructor(burst: number, perSecond: number, now: number = Number.NEGATIVE_INFINITY) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes one token; false: there is none. `now` in monotonic milliseconds. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** When there is a token, to the millisecond, as it looked at the last `take`; -Infinity before any. */
  nextAt(): number {
    return this.#tokens >= 1 ? this.#at : this.#at + Math.ceil((1 - this.#tokens) / this.#perMs);
  }
}
