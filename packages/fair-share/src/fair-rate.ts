import { FairShare } from "./fair-share.ts";

/**
 * A rate of what is done for those who have proven nothing, shared by groups (`FairShare`): a place is given back by itself
 * after a time. Who is known has the same rate again, apart from strangers. Pure: the time is an argument.
 */
export class FairRate {
  readonly #ofStrangers: Lane;
  readonly #ofKnown: Lane;

  /** @param perSecond In the long run; so many in `burstMs` may come at once. */
  constructor(perSecond: number, burstMs: number) {
    this.#ofStrangers = new Lane(perSecond, burstMs);
    this.#ofKnown = new Lane(perSecond, burstMs);
  }

  /** Whether one more may come; `groups` as in `FairShare.take`. */
  take(groups: readonly string[], isKnown: boolean, now: number): boolean {
    return (isKnown ? this.#ofKnown : this.#ofStrangers).take(groups, now);
  }
}

class Lane {
  readonly #share: FairShare;
  readonly #holdMs: number;
  /** Shares that are held, in the order in which they end. */
  readonly #held: { readonly groups: readonly string[]; readonly endsAt: number }[] = [];

  constructor(perSecond: number, holdMs: number) {
    this.#share = new FairShare((perSecond * holdMs) / 1_000);
    this.#holdMs = holdMs;
  }

  take(groups: readonly string[], now: number): boolean {
    while (this.#held.length > 0 && this.#held[0]!.endsAt <= now) this.#share.release(this.#held.shift()!.groups);
    if (!this.#share.take(groups)) return false;
    this.#held.push({ groups, endsAt: now + this.#holdMs });
    return true;
  }
}
