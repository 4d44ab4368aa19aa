/** The record of an entry, against the records that a book holds. */
import type { FactBook } from "../book/fact-book.ts";
import { hasQuorum } from "../book/standing.ts";
import { writeEnvelope } from "../envelope.ts";
import type { Fact } from "../fact.ts";
import { quorumFor } from "../rights.ts";
import { slotOf } from "../slots.ts";

/** Reasons against records that were in order once, or are held: entries stay for long, and records are replaced and end meanwhile. */
export const PASSED_REASONS: ReadonlySet<string> = new Set(["duplicate", "older", "voided", "expired", "quota"]);

/** The record with the id of this one that a book holds. */
export function heldOf(book: FactBook, fact: Fact): Fact | undefined {
  const held = fact.kind === "root" ? book.roots : book.in(slotOf(fact));
  return held.find(({ id }) => id === fact.id);
}

/**
 * Whether the copy of a held record that an entry has holds by itself, whatever signatures the node has from other copies: one with fewer, which anybody may
 * have appended, is of no use to others.
 */
export function isWholeCopy(copy: Fact, held: Fact, book: FactBook, now: number): boolean {
  if (writeEnvelope(copy.envelope).equals(writeEnvelope(held.envelope))) return true;
  const quorum = quorumFor(held, { authority: book.authority, held: book, now });
  return quorum !== undefined && hasQuorum(copy, quorum, { right: 0, wrong: 0 });
}
