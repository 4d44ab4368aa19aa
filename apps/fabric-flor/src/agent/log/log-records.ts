/** The records of a book that have to do with the log. */
import { type Fact, type FactBook, KINDS } from "@florenetes/facts";
import { isLogged } from "@florenetes/facts/log";

/** Octets of an entry around its record, and some more. */
export const ENTRY_ROOM = 64;

export function factsInForce(book: FactBook, wall: number): readonly Fact[] {
  const kinds = (Object.keys(KINDS) as (keyof typeof KINDS)[]).filter((kind) => kind !== "root");
  return [book.authority.root, ...kinds.flatMap((kind) => [...book.all(kind, wall)])].filter(isLogged);
}
