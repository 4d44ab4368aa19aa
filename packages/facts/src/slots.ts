/** Slots: the records of one kind, scope and subject follow each other, and the newest one counts. */
import type { Fact, FactMembers } from "./fact.ts";

type Placed = Pick<FactMembers, "kind" | "scope" | "subject">;
type Ordered = Pick<Fact, "epoch" | "issued" | "generation" | "id">;

/** The name of a record's slot. No part has a blank, so that two slots never have one name. */
export function slotOf({ kind, scope, subject }: Placed): string {
  return `${kind} ${scope} ${subject}`;
}

/**
 * Above 0 when `a` is newer than `b` of the same slot, below 0 when it is older, 0 for one and the same: by epoch, then issued, then
 * generation, and then by the lower id.
 */
export function compareFacts(a: Ordered, b: Ordered): number {
  const difference = a.epoch - b.epoch || a.issued - b.issued || a.generation - b.generation;
  if (difference !== 0 || a.id === b.id) return difference;
  return a.id < b.id ? 1 : -1;
}

/**
 * The records of a slot that may stand in the way of one of them by their epochs. A role that the control quorum signs takes the place of those that
 * holders pass on, whatever their epochs: so books agree whichever came first.
 */
export function rivalsOf<Each extends Pick<Fact, "authority">>(
  { authority }: Pick<Fact, "authority">,
  facts: readonly Each[],
): readonly Each[] {
  return authority === "holder" ? facts : facts.filter((fact) => fact.authority !== "holder");
}

/** The newest of some records of one slot; undefined for none. */
export function newestOf(facts: readonly Fact[]): Fact | undefined {
  return facts.reduce<Fact | undefined>(
    (newest, fact) => (newest !== undefined && compareFacts(newest, fact) >= 0 ? newest : fact),
    undefined,
  );
}

/** The highest epoch of the void records among some of one slot, or 0. Nothing of this epoch or a lower one holds but a void. */
export function floorOf(facts: readonly Fact[]): number {
  return Math.max(0, ...facts.map((fact) => (fact.void === true ? fact.epoch : 0)));
}

/** The record of a slot that is in force: the newest that is above the floor, is not void and has not ended. */
export function inForce(facts: readonly Fact[], now: number): Fact | undefined {
  const floor = floorOf(facts);
  const newest = newestOf(facts.filter((fact) => fact.epoch > floor));
  return newest !== undefined && now < newest.expires ? newest : undefined;
}

/** Whether two records of one slot are two payloads of one epoch: whoever signed both has broken the rules. Both are kept and told. A holder and the control quorum are two. */
export function isEquivocation(a: Fact, b: Fact): boolean {
  const isOfBoth = (a.authority === "holder") === (b.authority === "holder");
  return isOfBoth && slotOf(a) === slotOf(b) && a.epoch === b.epoch && a.id !== b.id;
}
