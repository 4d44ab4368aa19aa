import type { KeptUses } from "../../config/token-uses-file.ts";

/** An order of a rule of a program's key to the owner of the agent. */
export type ProgramOrder =
  /** Sign these records by the program's key, once `remembered` is on the disk, and tell `handleSigned`. */
  | { readonly kind: "sign"; readonly records: readonly Uint8Array[]; readonly remembered?: KeptUses }
  /** Put a post on the board. */
  | { readonly kind: "post"; readonly place: string; readonly octets: Uint8Array }
  /** Read these posts, and tell `handlePosts`. */
  | { readonly kind: "look"; readonly places: readonly string[] };
