/** Types of a post office: its options, its events, and its reasons to refuse mail. */
import type { Signer } from "@florenetes/facts";
import type { Conduct } from "../conduct.ts";
import type { Letter } from "./letter.ts";
import type { Believed } from "./readers.ts";
import type { Done } from "./requests.ts";

export interface PostOfficeOptions {
  readonly cluster: string;
  readonly node: string;
  /** The node's key. */
  readonly key: Signer & { readonly key: string };
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Whom records in force let read mail, and by which key; undefined: not this node. */
  readonly believed: (node: string, wall: number) => Believed | undefined;
  /** A neighbour, as records have it: `void` was taken back. */
  readonly standing: (peer: string, wall: number) => "node" | "unknown" | "void";
}

export type PostEvent =
  /** A letter has come, which is answered by its number, or not at all. `from`: the neighbour that has brought it, with its conduct. */
  | {
      readonly kind: "letter";
      readonly number: number;
      readonly letter: Letter;
      readonly from: string;
      readonly conduct: Conduct;
    }
  | ({ readonly kind: "done" } & Done);

/** Why mail was not passed on or read. */
export type MailRefusal =
  /** The neighbour has sent too much, or was taken back. */
  | "too-often"
  | "void"
  /** The mail has ended, or ends too late. */
  | "time"
  /** The mail came before, or is an answer that nobody waits for. */
  | "copy"
  | "no-token"
  /** No neighbour is a way to its reader; or there is no room. */
  | "no-way"
  | "full"
  /** The mail is for this node, and cannot be opened, or its signature is wrong. */
  | "sealed";
