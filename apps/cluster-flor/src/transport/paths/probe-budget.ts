/** The bytes that the probes of one path may have: so many in a second, and as many at once. */
export class ProbeBudget {
  readonly #perSecond: number;
  #left: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** Takes that many bytes; returns 0, or for how many milliseconds there are too few, and then takes none. */
  take(bytes: number, now: number): number {
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) * this.#perSecond) / 1_000);
    this.#at = now;
    if (this.#left < bytes) return Math.ceil(((bytes - this.#left) * 1_000) / this.#perSecond);
    this.#left -= bytes;
    return 0;
  }
}
