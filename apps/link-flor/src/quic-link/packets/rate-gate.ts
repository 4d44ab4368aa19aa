/** Bytes of the headers of IPv6 and UDP, which each payload has in addition. */
const HEADERS = 48;
/** Payloads that are due within this time leave together, as timers here are no finer. */
const AHEAD_MS = 1;
/** Idle time is made up for up to this length, as this process may have been late. */
const MISSED_MS_MAX = 2;

/**
 * Has a session send at a rate and no faster, so that its own queue is the narrowest place on the way: that queue orders packets by class, and
 * buffers on the way do not.
 *
 * The gate imagines a wire of that rate in front of the real one: a payload keeps it busy for its bytes, and the next one leaves when it is free.
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

  /** The time at which a payload that waits may leave; Infinity: none waits. */
  nextTimeout(): number {
    return this.#isWaiting ? this.#freeAt - AHEAD_MS : Infinity;
  }
}
