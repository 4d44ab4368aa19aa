import { SHARES_PER_PAIR_MAX } from "./limits.ts";

/** The shares that permits open pairs of links for, as far as there may be so many. */
export class SharesOfPairs {
  readonly #shares = new Map<string, Set<number>>();

  /** False: the pair has as many others already. @param pair The same for both directions @param share Undefined: none, which counts for nothing */
  take(pair: string, share: number | undefined): boolean {
    if (share === undefined) return true;
    const taken = this.#shares.get(pair) ?? new Set();
    if (!taken.has(share) && taken.size >= SHARES_PER_PAIR_MAX) return false;
    this.#shares.set(pair, taken.add(share));
    return true;
  }
}
