/** Records of a slot whose keys do not count any more. */
import type { Quorum } from "../authority.ts";
import type { Fact } from "../fact.ts";
import type { Reason } from "../reasons.ts";
import type { QuorumName } from "../root-body.ts";
import { findSignatureFault } from "../signatures.ts";
import type { RootChain } from "./roots.ts";
import type { Shelf } from "./shelf.ts";
import { type Held, isSuspended, type Slot } from "./slot.ts";
import { countsBy, isByQuorum } from "./standing.ts";

/**
 * Lets go of the records of a slot that quorums have signed and whose keys do not count by the root of today. A void one suspends the slot.
 *
 * @returns Ids of the records that do not count
 */
export function dropUncounted(slot: Slot, shelf: Shelf, roots: RootChain, now: number): string[] {
  const { authority } = roots;
  const uncounted = slot.held.filter(
    (held) =>
      isByQuorum(held.fact) && !countsBy(held.fact, authority.quorum(held.fact.authority as QuorumName, now), held),
  );
  for (const held of uncounted) {
    const since = held.fact.void === true ? roots.lostSince(held.fact, held) : undefined;
    if (since === undefined) shelf.drop(slot, held);
    else suspend(slot, shelf, held, since);
  }
  for (const held of slot.held.filter(({ fact }) => isSuspended(fact, slot.fallen))) shelf.drop(slot, held);
  return uncounted.map(({ fact }) => fact.id);
}

/** The reason for which a void record whose keys do not count any more is in the way of a record. Keys of programs do not lift it. */
export function findSuspension({ fallen }: Slot, fact: Fact, quorum: Quorum): Reason | undefined {
  if (fallen === undefined) return undefined;
  if (isSuspended(fact, fallen)) return "voided";
  return findSignatureFault(fact.envelope, quorum, () => false);
}

/** Keeps a void record, so that nothing which it took back comes again: the one of the highest epoch. */
function suspend(slot: Slot, shelf: Shelf, held: Held, since: number): void {
  const { fallen } = slot;
  const later = Math.max(since, held.fact.issued, fallen?.since ?? 0);
  if (fallen !== undefined && fallen.fact.epoch >= held.fact.epoch) {
    fallen.since = later;
    shelf.drop(slot, held);
    return;
  }
  if (fallen !== undefined) shelf.drop(slot, fallen);
  slot.held = slot.held.filter((other) => other !== held);
  slot.fallen = { ...held, since: later };
  if (held.section !== "kept") shelf.put(slot.fallen, "kept");
}
