/** No path has less than this part of the bytes: it would not find its size out. */
const SHARE_MIN = 1 / 64;

/**
 * The bytes that the probes of one path may have: so many in a second, and as many at once. A path whose answers take longer than the
 * grace of a probe may be a slow line, on which each byte takes its time from others: it has fewer, by the square of how much longer
 * they take. So searches of many paths over one line, each of which makes the answers of the others late, hold back together.
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
   * Takes that many bytes; returns 0, or for how many milliseconds there are too few, and then takes none. What is more than a second
   * has is saved for.
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
