/** What all streams of the process hold in memory, counted. */
export class MemoryBudget {
  readonly #max: number;
  #held = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether a new stream must be refused. */
  get isSpent(): boolean {
    return this.#held >= this.#max;
  }

  /** `bytes` more are held, or fewer when it is negative. */
  change(bytes: number): void {
    this.#held += bytes;
  }
}

/** So many at once, and so many more each second. */
export class RateLimit {
  readonly #perSecond: number;
  #left: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  take(now: number): boolean {
    const earned = ((now - this.#at) * this.#perSecond) / 1_000;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
