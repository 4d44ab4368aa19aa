/** A report of this node, as each coordinator is to have it: all coordinators are told the same, but each is told its own leases to give. Pure. */
import type { ReportBody } from "@florenetes/facts";
import { keyOf } from "../plan/service-names.ts";
import type { HostUse } from "./host-uses.ts";
import { type ReportSlot, writeReport } from "./report.ts";
import type { Shown } from "./route-post.ts";

/** The leases that each coordinator is asked for, by its name; a coordinator that is not named is asked for none. */
export type AskedUses = ReadonlyMap<string, readonly HostUse[]>;

/** Coordinators and the leases that they are asked for, as text: where it is another text, another report is due. A coordinator that is asked for nothing leaves no trace in it, nor does any order. */
export function askedText(asked: AskedUses): string {
  const named = [...asked].filter(([, uses]) => uses.length > 0);
  return JSON.stringify(
    named.map(([coordinator, uses]) => [coordinator, ...uses.map(keyOf).toSorted()].join(" ")).sort(),
  );
}

export class ToldReport {
  readonly id: string;
  readonly isPatient: boolean;
  readonly #body: ReportBody;
  readonly #slot: ReportSlot;
  readonly #asked: AskedUses;
  /** Signed reports, by the leases that they ask for. Most coordinators have the one that asks for none. */
  readonly #shown = new Map<string, Shown>();

  constructor(body: ReportBody, slot: ReportSlot, asked: AskedUses, isPatient: boolean) {
    this.id = `report ${slot.epoch}`;
    [this.#body, this.#slot, this.#asked, this.isPatient] = [body, slot, asked, isPatient];
  }

  /** The report for a coordinator. */
  for(coordinator: string): Shown {
    const uses = this.#asked.get(coordinator) ?? [];
    const text = uses.map(keyOf).join();
    const known = this.#shown.get(text);
    if (known !== undefined) return known;
    const octets = writeReport({ ...this.#body, uses }, this.#slot);
    const shown = { id: this.id, octets, isPatient: this.isPatient };
    this.#shown.set(text, shown);
    return shown;
  }
}
