/** The profile of a node, as coordinators are to have it: the device that it runs on, its software, and the contracts that it speaks. Pure. */
import type { ProfileBody } from "@florenetes/facts";
import { CHARGE_STEPS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import type { Shown } from "./route-post.ts";
import { ToldRecord, type ToldSlot } from "./told-record.ts";

/** Makes the profiles of a node. A change that opens or shuts a gate is told at once; of a battery otherwise each minute. */
export class Profile {
  readonly #record: ToldRecord;

  constructor(slot: ToldSlot) {
    this.#record = new ToldRecord(slot, "profile");
  }

  /**
   * The newest profile, which is made now where one is due.
   *
   * @param isKnown Whether all coordinators have a record
   */
  shown(body: ProfileBody, at: Moment, isKnown: (id: string) => boolean): Shown {
    return this.#record.shown(body, essenceOf(body), at, isKnown);
  }

  /** When the next one is due, in monotonic milliseconds; Infinity: none has been asked for yet. */
  nextTimeout(): number {
    return this.#record.nextTimeout();
  }
}

/** The part of a profile whose change is told at once: all but the exact charge. */
function essenceOf({ device, ...program }: ProfileBody): string {
  const { battery, ...rest } = device;
  const step = battery === undefined ? null : CHARGE_STEPS.filter((charge) => battery >= charge).length;
  return JSON.stringify([step, rest, program]);
}
