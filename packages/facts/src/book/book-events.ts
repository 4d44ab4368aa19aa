/** Events of a book, and the rows that its owner is to keep. */
import type { Fact } from "../fact.ts";
import type { Reason } from "../reasons.ts";
import type { RowSection } from "./sections.ts";

/**
 * Why nothing of a slot is in force any more: the record has ended by itself, is void, its keys do not count any more, what it rests on has
 * fallen, or it had to make room.
 */
export type EndCause = "ended" | "voided" | "keys" | "ground" | "room";

export type BookEvent =
  /** A record was accepted: of any kind but `root`, also void, or of a kind that is only carried. */
  | { readonly kind: "taken"; readonly fact: Fact }
  /** A record that was held before is in force again, as its ground is back, or the keys of a newer one do not count any more. */
  | { readonly kind: "again"; readonly fact: Fact }
  /** A record is in force no more, and no other of its slot is. */
  | { readonly kind: "ended"; readonly fact: Fact; readonly why: EndCause }
  /** Somebody has signed two payloads of one epoch; ids of the others. Whoever did so has broken the rules. */
  | { readonly kind: "equivocation"; readonly fact: Fact; readonly others: readonly string[] }
  /** The next version of the root was taken. */
  | { readonly kind: "root"; readonly fact: Fact }
  /** The recovery keys have signed the next version of the root: it is taken when the node has run for so long, unless a regular one comes. */
  | { readonly kind: "root-waits"; readonly fact: Fact; readonly leftMs: number }
  /** A root that has waited is not taken: another one was. */
  | { readonly kind: "root-waits-no-more"; readonly fact: Fact }
  /** A row of the node's own file does not hold: its keys have gone meanwhile, or somebody has edited the file. */
  | { readonly kind: "row-refused"; readonly id: string; readonly reason: Reason };

/** A row that is kept over restarts. */
export interface Row {
  readonly id: string;
  readonly section: RowSection;
  readonly octets: Uint8Array;
}

/** A row is put, behind all others and in the place of one with this id; or goes. */
export type RowChange = ({ readonly kind: "put" } & Row) | { readonly kind: "drop"; readonly id: string };
