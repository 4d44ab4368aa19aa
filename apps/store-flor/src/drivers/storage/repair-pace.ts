import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessTime } from "@florenetes/scheduling";
import { OctetRate } from "../../serving/octet-rate.ts";

/** Keeps repair of all collections together to a rate. */
export class RepairPace {
  readonly #time: ProcessTime;
  #perSecond: number | undefined;
  #rate: OctetRate | undefined;

  /** @param perSecond octets; undefined: as fast as may be */
  constructor(perSecond: number | undefined, time: ProcessTime) {
    this.#time = time;
    this.handleRate(perSecond);
  }

  /** Goes by another rate from now on. */
  handleRate(perSecond: number | undefined): void {
    if (perSecond === this.#perSecond) return;
    this.#perSecond = perSecond;
    this.#rate = perSecond === undefined ? undefined : new OctetRate(perSecond);
  }

  /** Waits until so many octets may pass, or until the signal is aborted. Throws nothing. */
  async wait(octets: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.#rate?.take(octets, this.#time.now()) ?? 0;
    // Whoever stops is no fault of anything.
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
