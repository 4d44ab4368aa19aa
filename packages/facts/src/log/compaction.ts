/** Which entries a log needs no more. */
import { readFact } from "../fact.ts";
import type { Entry } from "./entry.ts";
import { KEPT_MS } from "./limits.ts";

export interface CompactionGrounds {
  readonly cluster: string;
  /** The index of the second last checkpoint: entries below it may go. */
  readonly below: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the record with this id is in force, or the floor of its slot. */
  readonly isInForce: (id: string) => boolean;
}

/** Whether an entry may be removed: behind the second last checkpoint, 30 days old, and not in force. Octets that are no record have no age. */
export function isCompactable(
  { index, record }: Entry,
  { cluster, below, now, isInForce }: CompactionGrounds,
): boolean {
  if (index >= below) return false;
  const fact = readFact(record, cluster);
  return typeof fact === "string" || (now - fact.issued >= KEPT_MS && !isInForce(fact.id));
}
