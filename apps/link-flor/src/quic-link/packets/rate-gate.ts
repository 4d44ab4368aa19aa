/** IPv6 and UDP, which each payload has in addition. */
const HEADERS = 48;
/** Payloads of this time leave together: timers here are no finer. */
const AHEAD_MS = 1;
/** A time so long that nothing was sent in is made up for, as this process may have been late. */
const MISSED_MS_MAX = 2;

/**
 * Has a session send at a rate and no faster, so that its own queue is the narrowest place on the way: there classes have an order, and
 * in a wire's buffer there is none.
 *
 * A wire of that rate is imagined in front of the real one: a payload is on it for its bytes, and the next one leaves when it is free.
 */
export class RateGate {
  /** Bytes per millisecond; Infinity: as many as the path takes. */
  #rate = Infinity;
  #freeAt = -Infinity;
  #isWaiting = false;

  /** @param bitsPerSecond undefined: as many as the path takes. */
  setRate(bitsPerSecond: number | undefined): void {
    this.#rate = bitsPerSecond === undefined ? Infinity : bitsPerSecond / 8_000;
    this.#freeAt = -Infinity;
    this.#isWaiting = false;
  }

  /** Whether a payload may leave. If not, `nextTimeout` says when. */
  poll(now: number): boolean {
    this.#isWaiting = this.#freeAt > now + AHEAD_MS;
    return !this.#isWaiting;
  }

  /** A payload of so many bytes has left. */
  handleSent(length: number, now: number): void {
    this.#freeAt = Math.max(this.#freeAt, now - MISSED_MS_MAX) + (length + HEADERS) / this.#rate;
  }

  /** When something that waits may leave; Infinity: nothing does. */
  nextTimeout(): number {
    return this.#isWaiting ? this.#freeAt - AHEAD_MS : Infinity;
  }
}
