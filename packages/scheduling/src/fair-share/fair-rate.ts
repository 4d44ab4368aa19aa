import { FairShare } from "./fair-share.ts";

/**
 * A rate of what is done for those who have proven nothing, shared by groups (`FairShare`): a place is given back by itself
 * after a time. Who is known has the same rate again, apart from strangers. Pure: the time is an argument.
 */
export class FairRate {
  readonly #ofStrangers: SharedRate;
  readonly #ofKnown: SharedRate;

  /** @param perSecond In the long run; so many in `burstMs` may come at once. */
  constructor(perSecond: number, burstMs: number) {
    const places = (perSecond * burstMs) / 1_000;
    this.#ofStrangers = new SharedRate(new FairShare(places), burstMs);
    this.#ofKnown = new SharedRate(new FairShare(places), burstMs);
  }

  /** Whether one more may come; `groups` as in `FairShare.take`. */
  take(groups: readonly string[], isKnown: boolean, now: number): boolean {
    return (isKnown ? this.#ofKnown : this.#ofStrangers).take(groups, now);
  }
}

/** Places that are given back by themselves after a time: so many at once, and in that time. Pure: the time is an argument. */
export class SharedRate {
  readonly #share: FairShare;
  readonly #holdMs: number;
  /** Shares that are held, in the order in which they end. */
  readonly #held: { readonly groups: readonly string[]; readonly endsAt: number }[] = [];

  constructor(share: FairShare, holdMs: number) {
    this.#share = share;
    this.#holdMs = holdMs;
  }

  take(groups: readonly string[], now: number): boolean {
    this.#giveBack(now);
    if (!this.#share.take(groups)) return false;
    this.#held.push({ groups, endsAt: now + this.#holdMs });
    return true;
  }

  /** Whether `take` would find a place. */
  has(groups: readonly string[], now: number): boolean {
    this.#giveBack(now);
    return this.#share.has(groups);
  }

  #giveBack(now: number): void {
    while (this.#held.length > 0 && this.#held[0]!.endsAt <= now) this.#share.release(this.#held.shift()!.groups);
  }
}
