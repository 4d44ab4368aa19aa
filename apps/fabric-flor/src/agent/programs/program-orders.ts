import type { FactBook } from "@florenetes/facts";
import type { KeptUses } from "../../config/token-uses-file.ts";
import type { Moment } from "../moment.ts";

/** An order of a rule of a program's key to the owner of the agent. */
export type ProgramOrder =
  /** Sign these records by the program's key, once `remembered` is on the disk, and tell `handleSigned`. */
  | { readonly kind: "sign"; readonly records: readonly Uint8Array[]; readonly remembered?: KeptUses }
  /** Put a post on the board. */
  | { readonly kind: "post"; readonly place: string; readonly octets: Uint8Array }
  /** Read these posts, and tell `handlePosts`. */
  | { readonly kind: "look"; readonly places: readonly string[] };

/** A rule of a program's key: it is told what came of its orders. What it returns are records that a quorum has signed, which are to be offered to the book. */
export interface ProgramRule {
  handleSigned(records: readonly Uint8Array[], fault: string | undefined, at: Moment): readonly Uint8Array[];
  handlePosts(posts: ReadonlyMap<string, Uint8Array>, book: FactBook, at: Moment): readonly Uint8Array[];
  handleNotPosted(): void;
}
