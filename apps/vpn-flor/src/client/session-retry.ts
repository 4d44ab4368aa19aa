import { RETRY_MS_MAX, RETRY_MS_MIN, STEADY_MS, SUPERSEDED_MS } from "./limits.ts";

/**
 * When the next session is tried: soon after one that was up for a while, then twice as late each time, jittered, so that a thousand clients do not come
 * as one. A session that ends as soon as it is up counts as one that failed: an egress that does so makes little work. Pure.
 */
export class SessionRetry {
  #failures = 0;
  #upSince: number | undefined;

  /** A session is up. */
  handleUp(now: number): void {
    this.#upSince = now;
  }

  /**
   * A session has ended, or has not come up.
   *
   * @param code of its end
   * @param random 0 to below 1
   * @returns milliseconds until the next try
   */
  handleEnd(code: string, now: number, random: number): number {
    if (this.#upSince !== undefined && now - this.#upSince >= STEADY_MS) this.#failures = 0;
    this.#upSince = undefined;
    if (code === "SUPERSEDED") return SUPERSEDED_MS;
    const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures);
    this.#failures++;
    return Math.round(longest * (0.5 + random / 2));
  }
}
