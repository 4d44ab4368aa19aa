import { RETRY_MS_MAX, RETRY_MS_MIN, SOON_FOR_MS, SOON_MS, STEADY_MS, SUPERSEDED_MS } from "./limits.ts";

/**
 * When the next session is tried: soon after one that was up for a while, then twice as late each time, jittered, so that a thousand clients do not come
 * as one. Just behind a session that was up for a while the pauses stay short, since the mesh is about to lead elsewhere. A session that ends as soon as it is up counts as one that failed: an egress that does so makes little work. Pure.
 */
export class SessionRetry {
  #failures = 0;
  #upSince: number | undefined;
  /** When the last session ended that was up for a while. */
  #lostAt = Number.NEGATIVE_INFINITY;

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
    if (this.#upSince !== undefined && now - this.#upSince >= STEADY_MS) {
      this.#failures = 0;
      this.#lostAt = now;
    }
    this.#upSince = undefined;
    if (code === "SUPERSEDED") return SUPERSEDED_MS;
    const most = now - this.#lostAt < SOON_FOR_MS ? SOON_MS : RETRY_MS_MAX;
    const doubled = RETRY_MS_MIN * 2 ** this.#failures;
    const longest = Math.min(most, doubled);
    // Short pauses count once, so that those behind them grow from there.
    if (doubled < most) this.#failures++;
    return Math.round(longest * (0.5 + random / 2));
  }
}
