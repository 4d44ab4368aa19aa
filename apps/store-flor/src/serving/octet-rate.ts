import { RATE_BURST_MS } from "./limits.ts";

/** So many octets in a second, of which a moment's worth may go at once. Pure: the time is an argument. */
export class OctetRate {
  readonly #perMs: number;
  readonly #burst: number;
  /** Below 0: as much was taken ahead. */
  #tokens: number;
  #at = Number.NEGATIVE_INFINITY;

  /** @param perSecond octets */
  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = this.#perMs * RATE_BURST_MS;
    this.#tokens = this.#burst;
  }

  /** Takes octets that are sent now. Returns for how many milliseconds nothing more may go. */
  take(octets: number, now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs) - octets;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }
}
