/** A timer that is set for the moment of an answer must not come before it, in milliseconds (RFC 9002, 6.1.2). */
const GRANULARITY_MS = 1;

/** How long the answers of a path take: RFC 6298, but that the first one says nothing of how they vary. */
export class RoundTrip {
  #smoothedMs: number | undefined;
  #variationMs = 0;

  /** After so long an answer is overdue; 0: none has come yet. */
  get overdueMs(): number {
    return this.#smoothedMs === undefined ? 0 : this.#smoothedMs + Math.max(4 * this.#variationMs, GRANULARITY_MS);
  }

  /** The path is another one. */
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
