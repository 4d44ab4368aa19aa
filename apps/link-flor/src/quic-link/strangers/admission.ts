import { type FairPlace, FairPlaces } from "@florenetes/scheduling";
import { addressGroups } from "./address-groups.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import { HALF_OPEN_KNOWN_MAX, HALF_OPEN_MAX, PLACE_PAUSE_MS } from "../limits.ts";

/**
 * Decides whether a stranger, whose address is validated, may start a handshake. Networks have fair shares of the places, and addresses
 * that links have come up from have places of their own.
 */
export class Admission {
  readonly #known: Pick<KnownAddresses, "has">;
  readonly #places = new FairPlaces({
    ofStrangers: HALF_OPEN_MAX,
    ofKnown: HALF_OPEN_KNOWN_MAX,
    pauseMs: PLACE_PAUSE_MS,
  });

  constructor(known: Pick<KnownAddresses, "has">) {
    this.#known = known;
  }

  get halfOpen(): number {
    return this.#places.taken;
  }

  /** Takes a place, which `release` gives back when the connection has become a link or is gone; undefined: there is none. */
  admit(host: string, now: number): FairPlace | undefined {
    return this.#places.take(addressGroups(host), this.#known.has(host), now);
  }

  release(place: FairPlace, isLink: boolean, now: number): void {
    this.#places.release(place, isLink, now);
  }
}
