import { RateLimit } from "@florenetes/scheduling";
import { CALLS_AT_ONCE, CALLS_PER_SECOND } from "./limits.ts";

/** How often endpoints are called, whoever is behind them. Times are monotonic milliseconds. Pure. */
export class CallPace {
  /** Calls that waited, as too many had begun just before. */
  held = 0;
  readonly #limit = new RateLimit(CALLS_AT_ONCE, CALLS_PER_SECOND);
  #isHeld = false;

  /** Begins a call; false: it has to wait. One that waits is counted once, however often it is tried. */
  take(now: number): boolean {
    const wasHeld = this.#isHeld;
    this.#isHeld = !this.#limit.take(now);
    if (this.#isHeld && !wasHeld) this.held++;
    return !this.#isHeld;
  }

  /** When a call may begin, as it looked at the last `take`; -Infinity before any. */
  nextAt(): number {
    return this.#limit.nextAt();
  }
}
