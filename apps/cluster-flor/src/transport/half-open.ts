import type { TransportLimits } from "./limits.ts";

export type HalfOpenLimits = Pick<
  TransportLimits,
  "halfOpenMax" | "halfOpenPerLinkMax" | "halfOpenPerWayBackMax" | "retryThreshold"
>;

/**
 * Bounds the connections that have not finished their handshake: in total, by the link that they came in on, and by their
 * way back, so that one sender behind a neighbour cannot use up the share of all behind it. It performs no I/O.
 */
export class HalfOpenLimiter {
  readonly #limits: HalfOpenLimits;
  readonly #links = new Map<number, number>();
  readonly #waysBack = new Map<string, number>();
  #total = 0;

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** Whether a first packet must prove by a Retry that an answer reaches its sender. */
  get isRetryNeeded(): boolean {
    return this.#total >= this.#limits.retryThreshold;
  }

  /** Takes a place, or returns false when there is none. `leave` gives it back. */
  enter(link: number, wayBack: string): boolean {
    const ofLink = this.#links.get(link) ?? 0;
    const ofWayBack = this.#waysBack.get(wayBack) ?? 0;
    if (this.#total >= this.#limits.halfOpenMax) return false;
    if (ofLink >= this.#limits.halfOpenPerLinkMax || ofWayBack >= this.#limits.halfOpenPerWayBackMax) return false;
    this.#total++;
    this.#links.set(link, ofLink + 1);
    this.#waysBack.set(wayBack, ofWayBack + 1);
    return true;
  }

  leave(link: number, wayBack: string): void {
    this.#total--;
    lower(this.#links, link);
    lower(this.#waysBack, wayBack);
  }
}

function lower<Key>(counts: Map<Key, number>, key: Key): void {
  const count = counts.get(key) ?? 0;
  if (count > 1) counts.set(key, count - 1);
  else counts.delete(key);
}
