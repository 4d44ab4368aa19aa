import { FairRate } from "@florenetes/process-kit";
import { addressGroups } from "./address-groups.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import { strangerBurstMs } from "./limits.ts";

/** A rate of what is done for addresses that may be forged: shared fairly by networks, and as much again for known ones. */
export class SharedRate {
  readonly #known: Pick<KnownAddresses, "has">;
  readonly #ofStrangers: FairRate;
  readonly #ofKnown: FairRate;

  constructor(perSecond: number, known: Pick<KnownAddresses, "has">) {
    this.#known = known;
    this.#ofStrangers = new FairRate(perSecond, strangerBurstMs);
    this.#ofKnown = new FairRate(perSecond, strangerBurstMs);
  }

  take(host: string, now: number): boolean {
    const rate = this.#known.has(host) ? this.#ofKnown : this.#ofStrangers;
    return rate.take(addressGroups(host), now);
  }
}
