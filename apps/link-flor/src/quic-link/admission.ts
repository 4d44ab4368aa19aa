import { FairShare } from "@florenetes/process-kit";
import { addressGroups } from "./address-groups.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import { halfOpenKnownMax, halfOpenMax, placePauseMs } from "./limits.ts";

/** Among the accepted connections that are not links yet. */
export interface Place {
  readonly groups: readonly string[];
  readonly share: FairShare;
}

/**
 * Decides whether a stranger, whose address is validated, may start a handshake. Known addresses have places of their own, so that
 * no flood of strangers keeps a neighbour out that was here before.
 */
export class Admission {
  readonly #known: Pick<KnownAddresses, "has">;
  readonly #ofStrangers = new FairShare(halfOpenMax);
  readonly #ofKnown = new FairShare(halfOpenKnownMax);
  /** Places whose connections have failed, in the order in which they are free. */
  readonly #pausing: { readonly place: Place; readonly until: number }[] = [];

  constructor(known: Pick<KnownAddresses, "has">) {
    this.#known = known;
  }

  get halfOpen(): number {
    return this.#ofStrangers.total + this.#ofKnown.total - this.#pausing.length;
  }

  /** Takes a place, which `release` gives back when the connection has become a link or is gone; undefined: there is none. */
  admit(host: string, now: number): Place | undefined {
    while (this.#pausing.length > 0 && this.#pausing[0]!.until <= now) free(this.#pausing.shift()!.place);
    const groups = addressGroups(host);
    const share = this.#known.has(host) ? this.#ofKnown : this.#ofStrangers;
    return share.take(groups) ? { groups, share } : undefined;
  }

  /** A place whose connection became no link is free after a pause: so places bound the rate of handshakes, too. */
  release(place: Place, isLink: boolean, now: number): void {
    if (isLink) free(place);
    else this.#pausing.push({ place, until: now + placePauseMs });
  }
}

function free({ share, groups }: Place): void {
  share.release(groups);
}
