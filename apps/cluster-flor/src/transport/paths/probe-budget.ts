/** The least share of the bytes that a path gets: with less, it would not find its size. */
const SHARE_MIN = 1 / 64;

/**
 * The bytes that the probes of one path may use: the same number per second and at once. A path whose answers take
 * longer than a probe's grace may be a slow line, on which each byte delays others: its budget shrinks with the square
 * of that delay. So searches of many paths over one line, which delay each other's answers, hold back together.
 */
export class ProbeBudget {
  readonly #perSecondMax: number;
  readonly #graceMs: number;
  #left: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, graceMs: number) {
    this.#perSecondMax = perSecond;
    this.#graceMs = graceMs;
    this.#left = perSecond;
  }

  /**
   * Takes that many bytes, and returns 0; or, when too few are left, takes none and returns the milliseconds until
   * there are enough. For more bytes than a second's budget, the budget saves up.
   *
   * @param overdueMs After how long an answer is overdue; 0: not known.
   */
  take(bytes: number, overdueMs: number, now: number): number {
    const speed = this.#graceMs / Math.max(this.#graceMs, overdueMs);
    const perSecond = this.#perSecondMax * Math.max(speed * speed, SHARE_MIN);
    const saved = this.#left + ((now - this.#at) * perSecond) / 1_000;
    this.#left = Math.min(Math.max(perSecond, bytes), saved);
    this.#at = now;
    if (this.#left < bytes) return Math.ceil(((bytes - this.#left) * 1_000) / perSecond);
    this.#left -= bytes;
    return 0;
  }
}
