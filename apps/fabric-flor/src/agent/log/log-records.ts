/** The records of a book that have to do with the log. */
import { type Fact, type FactBook, KINDS, slotOf } from "@florenetes/facts";
import { isLogged } from "@florenetes/facts/log";

/** Octets of an entry around its record, and some more. */
export const ENTRY_ROOM = 64;
/** Reasons against records that were in order once, or are held. */
export const REPLACED: ReadonlySet<string> = new Set(["duplicate", "older", "voided", "expired", "quota"]);

/** The record of this id that the book holds. */
export function heldOf(book: FactBook, fact: Fact): Fact | undefined {
  const held = fact.kind === "root" ? book.roots : book.in(slotOf(fact));
  return held.find(({ id }) => id === fact.id);
}

/** Records on which others rest come first. */
export function rankOf({ kind, epoch }: Fact): number {
  if (kind === "root") return epoch - Number.MAX_SAFE_INTEGER;
  return ["policy", "node", "role"].includes(kind) ? 0 : 1;
}

export function factsInForce(book: FactBook, wall: number): readonly Fact[] {
  const kinds = (Object.keys(KINDS) as (keyof typeof KINDS)[]).filter((kind) => kind !== "root");
  return [book.authority.root, ...kinds.flatMap((kind) => [...book.all(kind, wall)])].filter(isLogged);
}
