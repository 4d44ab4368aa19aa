import { ALONE_BUDGET_PART, ALONE_NAMES_MAX, ALONE_WINDOW_MS } from "./limits.ts";

/** Counts what was adopted within a day on the word of one holder alone: a captured one may invent, but only so much. */
export class LoneWords {
  readonly #spent = new Map<string, Spent>();
  readonly #elapsed: () => number;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Whether a holder's word still counts for an entry of so many octets. The word is spent in any case, and the octets where it counts. */
  take(node: string, price: number, octets: number, budget: number): boolean {
    const spent = this.#of(node);
    spent.names += price;
    if (spent.names > ALONE_NAMES_MAX || spent.octets + octets * price > budget / ALONE_BUDGET_PART) return false;
    spent.octets += octets * price;
    return true;
  }

  /** Nothing is adopted on this holder's word alone until the day is over. */
  isSpent(node: string): boolean {
    return this.#of(node).names >= ALONE_NAMES_MAX;
  }

  #of(node: string): Spent {
    const now = this.#elapsed();
    const held = this.#spent.get(node);
    if (held !== undefined && now - held.begun < ALONE_WINDOW_MS) return held;
    const spent = { begun: now, names: 0, octets: 0 };
    this.#spent.set(node, spent);
    return spent;
  }
}

interface Spent {
  readonly begun: number;
  names: number;
  octets: number;
}
