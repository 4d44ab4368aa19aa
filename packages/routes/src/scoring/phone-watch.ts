/** Phones over time: their gates open late and shut at once, so that no phone comes and goes. Times are monotonic milliseconds. Pure. */
import { isCount } from "./figures.ts";
import { CHARGE_OPEN, CHARGE_SHUT, REPORT_MS, UPLINK_LOSS_MAX, UPLINK_MS, UPLINK_RATE_MIN } from "./limits.ts";

/** A look at a phone. */
export interface PhoneLook {
  /** In percent. */
  readonly battery?: number | undefined;
  readonly charging?: boolean | undefined;
  /** The uplink: its rate in kbit/s, and its loss in millionths. */
  readonly rate?: number | undefined;
  readonly loss?: number | undefined;
}

/** The outcome of all looks at a phone. */
export interface PhoneWord {
  /** The phone charges, or has charge enough. */
  readonly isPowered: boolean;
  /** Its uplink has been good for long enough. */
  readonly hasUplink: boolean;
  /** For how long the uplink has been good, in milliseconds. */
  readonly goodMs: number;
  /** For how long it has to be. */
  readonly neededMs: number;
  readonly last: PhoneLook;
}

export class PhoneWatch {
  readonly #neededMs: number;
  #last: PhoneLook = {};
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isPowered = false;
  /** Undefined: the uplink is not good. */
  #goodSince: number | undefined;

  /** @param neededMs for how long the uplink has to be good, in milliseconds */
  constructor(neededMs: number = UPLINK_MS) {
    this.#neededMs = neededMs;
  }

  look(phone: PhoneLook, now: number): void {
    const { battery, charging, rate, loss } = phone;
    const bar = this.#isSilent(now) || !this.#isPowered ? CHARGE_OPEN : CHARGE_SHUT;
    this.#isPowered = charging === true || (isCharge(battery) && battery >= bar);
    const isGood = isCount(rate) && rate >= UPLINK_RATE_MIN && isCount(loss) && loss < UPLINK_LOSS_MAX;
    if (!isGood) this.#goodSince = undefined;
    else if (this.#goodSince === undefined || this.#isSilent(now)) this.#goodSince = now;
    [this.#last, this.#lookedAt] = [phone, now];
  }

  at(now: number): PhoneWord {
    const isSilent = this.#isSilent(now);
    const goodMs = isSilent || this.#goodSince === undefined ? 0 : Math.max(0, now - this.#goodSince);
    const neededMs = this.#neededMs;
    const isPowered = this.#isPowered && !isSilent;
    return { isPowered, hasUplink: goodMs >= neededMs, goodMs, neededMs, last: this.#last };
  }

  /** Nothing is known of what was between two looks that are further apart than a report lives. */
  #isSilent(now: number): boolean {
    return now - this.#lookedAt > REPORT_MS;
  }
}

function isCharge(battery: number | undefined): battery is number {
  return isCount(battery) && battery <= 100;
}
