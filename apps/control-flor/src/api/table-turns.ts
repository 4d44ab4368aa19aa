import { RateLimit } from "@florenetes/scheduling";
import { ApiError } from "./exchange.ts";
import { USAGE_TABLES_AT_ONCE, USAGE_TABLES_PER_SECOND } from "./limits.ts";

/** Turns of principals at what goes through all usage that is known. */
export class TableTurns {
  /** By principals that may read, which are few. */
  readonly #rates = new Map<string, RateLimit>();

  /** @param now Monotonic milliseconds @throws ApiError ERR_CONTROL_BUSY */
  take(principal: string, now: number): void {
    let rate = this.#rates.get(principal);
    if (rate === undefined) {
      rate = new RateLimit(USAGE_TABLES_AT_ONCE, USAGE_TABLES_PER_SECOND);
      this.#rates.set(principal, rate);
    }
    if (!rate.take(now))
      throw new ApiError("ERR_CONTROL_BUSY", "you have asked for as many tables of usage as one may", {
        "retry-after": "1",
      });
  }
}
