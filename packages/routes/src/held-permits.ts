/** The permits that a relay holds: the newest of each coordinator and scope. Those of several add up. */
import { bodyOf, slotOf } from "@florenetes/facts";
import { COORDINATORS_MAX } from "./limits.ts";
import { follows } from "./newest.ts";
import { type CheckedPermits, rateOf } from "./permits-check.ts";
import type { Standing } from "./standing.ts";

export class HeldPermits {
  readonly #bySlot = new Map<string, CheckedPermits>();

  /** Takes permits that were checked: they are the whole of what their coordinator permits here, in their scope. Those that are held are taken again. */
  take(permits: CheckedPermits): "taken" | "superseded" | "full" {
    const slot = slotOf(permits.fact);
    const before = this.#bySlot.get(slot);
    if (permits.fact.id === before?.fact.id) return "taken";
    if (!follows(permits.fact, before?.fact)) return "superseded";
    if (before === undefined && this.#bySlot.size >= COORDINATORS_MAX) return "full";
    this.#bySlot.set(slot, permits);
    return "taken";
  }

  /** Permits that are good: those to be carried out. Lets go of all others; void ones stay to their end. */
  good(standing: (permits: CheckedPermits) => Standing, now: number): CheckedPermits[] {
    const all = [...this.#bySlot];
    for (const [slot, permits] of all) {
      const isVoid = permits.fact.void === true && now < permits.fact.expires;
      if (!isVoid && !["live", "held"].includes(standing(permits))) this.#bySlot.delete(slot);
    }
    return [...this.#bySlot.values()].filter(({ fact }) => fact.void !== true);
  }

  /** The rate that is permitted in other slots than one, in kbit/s: `RelayGrounds.otherRate` for permits of that one. */
  rateBeside(slot: string): number {
    const others = [...this.#bySlot].filter(([other]) => other !== slot);
    return others.reduce((sum, [, { fact }]) => sum + rateOf(bodyOf(fact, "permits") ?? { sets: [] }), 0);
  }
}
