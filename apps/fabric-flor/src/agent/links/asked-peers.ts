import { RateLimit } from "@florenetes/scheduling";
import { ASKED_MAX, ASKED_MS, ASKS_AT_ONCE, ASKS_PER_SECOND } from "./limits.ts";

/**
 * Peers that coordinators have asked this node to call, as they cannot call it. A coordinator may be captured, and name anybody: so few are taken, and at a bounded
 * rate. Times are monotonic milliseconds. Pure.
 */
export class AskedPeers {
  /** Asks that were not taken, as there were too many. */
  dropped = 0;
  readonly #until = new Map<string, number>();
  readonly #asks = new RateLimit(ASKS_AT_ONCE, ASKS_PER_SECOND);

  /** Takes an ask. Returns whether it is news. */
  take(peer: string, now: number): boolean {
    for (const [asked, until] of this.#until) if (now >= until) this.#until.delete(asked);
    if (this.#until.has(peer)) return false;
    if (this.#until.size >= ASKED_MAX || !this.#asks.take(now)) {
      this.dropped++;
      return false;
    }
    this.#until.set(peer, now + ASKED_MS);
    return true;
  }

  forget(): void {
    this.#until.clear();
  }

  /** Peers that are to be called. */
  at(now: number): ReadonlySet<string> {
    return new Set([...this.#until].flatMap(([peer, until]) => (now < until ? [peer] : [])));
  }
}
