import { RATE_MIN, RATE_WINDOW_MS } from "./limits.ts";

/** Finds out whether a source gives too little. Pure: the time that its reader has waited for it is an argument, so that a slow reader is nobody's fault. */
export class RateWatch {
  readonly #perSecond: number;
  #waitedMs = 0;
  #octets = 0;

  /** @param perSecond octets of a second that are enough */
  constructor(perSecond: number = RATE_MIN) {
    this.#perSecond = perSecond;
  }

  /** Takes octets for which the reader has waited so long. Returns whether the source is too slow. */
  handleOctets(octets: number, waitedMs: number): boolean {
    this.#octets += octets;
    this.#waitedMs += waitedMs;
    if (this.#waitedMs < RATE_WINDOW_MS) return false;
    const isSlow = (this.#octets / this.#waitedMs) * 1_000 < this.#perSecond;
    this.#octets = 0;
    this.#waitedMs = 0;
    return isSlow;
  }
}
