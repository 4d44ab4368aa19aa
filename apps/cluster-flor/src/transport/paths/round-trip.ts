/**
 * The granularity of timers in milliseconds: a timer for an overdue answer must not fire before the answer can come
 * (RFC 9002, 6.1.2).
 */
const GRANULARITY_MS = 1;

/** The round trip of a path, as in RFC 6298, but the first sample tells nothing of the variation. */
export class RoundTrip {
  #smoothedMs: number | undefined;
  #variationMs = 0;

  /** The time after which an answer is overdue; 0: none has come yet. */
  get overdueMs(): number {
    return this.#smoothedMs === undefined ? 0 : this.#smoothedMs + Math.max(4 * this.#variationMs, GRANULARITY_MS);
  }

  /** The path has another route: starts anew. */
  forget(): void {
    this.#smoothedMs = undefined;
    this.#variationMs = 0;
  }

  handleAnswer(rttMs: number): void {
    const before = this.#smoothedMs ?? rttMs;
    this.#variationMs += (Math.abs(rttMs - before) - this.#variationMs) / 4;
    this.#smoothedMs = before + (rttMs - before) / 8;
  }
}
