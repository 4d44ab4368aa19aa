import { FairShare } from "./fair-share.ts";

export interface FairPlacesOptions {
  readonly ofStrangers: number;
  readonly ofKnown: number;
  /** How long the place of somebody who did not prove himself is not free: so places bound the rate, too. */
  readonly pauseMs: number;
}

/** A place that somebody has. */
export interface FairPlace {
  readonly groups: readonly string[];
  readonly share: FairShare;
}

/**
 * Places for those who have not proven themselves yet, shared by groups (`FairShare`). Who is known has places apart, so that no
 * flood of strangers keeps him out. Pure: the time is an argument.
 */
export class FairPlaces {
  readonly #pauseMs: number;
  readonly #ofStrangers: FairShare;
  readonly #ofKnown: FairShare;
  /** Places that pause, in the order in which they are free. */
  readonly #pausing: { readonly place: FairPlace; readonly until: number }[] = [];

  constructor({ ofStrangers, ofKnown, pauseMs }: FairPlacesOptions) {
    this.#pauseMs = pauseMs;
    this.#ofStrangers = new FairShare(ofStrangers);
    this.#ofKnown = new FairShare(ofKnown);
  }

  /** How many places somebody has, without those that pause. */
  get taken(): number {
    return this.#ofStrangers.total + this.#ofKnown.total - this.#pausing.length;
  }

  /** Takes a place, which `release` gives back; undefined: there is none. */
  take(groups: readonly string[], isKnown: boolean, now: number): FairPlace | undefined {
    while (this.#pausing.length > 0 && this.#pausing[0]!.until <= now) free(this.#pausing.shift()!.place);
    const share = isKnown ? this.#ofKnown : this.#ofStrangers;
    return share.take(groups) ? { groups, share } : undefined;
  }

  release(place: FairPlace, isProven: boolean, now: number): void {
    if (isProven) free(place);
    else this.#pausing.push({ place, until: now + this.#pauseMs });
  }
}

function free({ share, groups }: FairPlace): void {
  share.release(groups);
}
