import { RETRY_MS_MAX, RETRY_MS_MIN, SUPERSEDED_MS } from "./limits.ts";

/** When the next session is tried: at once after one that was up, then twice as late each time, jittered, so that a thousand clients do not come as one. Pure. */
export class SessionRetry {
  #failures = 0;

  /** A session is up. */
  handleUp(): void {
    this.#failures = 0;
  }

  /**
   * A session has ended, or has not come up.
   *
   * @param code of its end
   * @param random 0 to below 1
   * @returns milliseconds until the next try
   */
  handleEnd(code: string, random: number): number {
    if (code === "SUPERSEDED") return SUPERSEDED_MS;
    const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures);
    this.#failures++;
    return Math.round(longest * (0.5 + random / 2));
  }
}
