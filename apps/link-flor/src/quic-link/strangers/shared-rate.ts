import { FairRate } from "@florenetes/scheduling";
import { addressGroups } from "./address-groups.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import { STRANGER_BURST_MS } from "../limits.ts";

/** Limits the rate of work for addresses that may be forged: networks have fair shares, known addresses a part of their own. */
export class SharedRate {
  readonly #known: Pick<KnownAddresses, "has">;
  readonly #rate: FairRate;

  constructor(perSecond: number, known: Pick<KnownAddresses, "has">) {
    this.#known = known;
    this.#rate = new FairRate(perSecond, STRANGER_BURST_MS);
  }

  take(host: string, now: number): boolean {
    return this.#rate.take(addressGroups(host), this.#known.has(host), now);
  }
}
