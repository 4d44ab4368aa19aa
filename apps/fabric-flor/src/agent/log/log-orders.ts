import type { LogHead } from "@florenetes/facts/log";

/** An order to whoever drives the log's store. */
export type LogOrder =
  /** Keep the log of this name from now on, and none of another name. */
  | { readonly kind: "follow"; readonly name: string }
  /** Append what is missing in the log: `AgentLog.wanted`. */
  | { readonly kind: "append" }
  /** A checkpoint was accepted: the reader is to hold the log against it. */
  | { readonly kind: "checkpoint"; readonly head: LogHead }
  /** Read the posts of these signers. */
  | { readonly kind: "look"; readonly keyIds: readonly string[] }
  /** Judge a proposal, and post what comes of it where it may be signed. */
  | { readonly kind: "sign"; readonly keyId: string; readonly id: string; readonly proposal: Uint8Array }
  /** Remove what the log needs no more, of the entries below this one. */
  | { readonly kind: "compact"; readonly below: number };

/** The state of the store as its driver knows it. */
export interface StoreState {
  /** Up to where the log was read and proven. */
  readonly seen: LogHead;
  /** All entries were read and offered to the book, and nothing is wrong with the store. */
  readonly isWhole: boolean;
}

/** Something that is in the way of the store, for people. */
export interface LogProblem {
  readonly code: string;
  readonly text: string;
  readonly advice: string;
}

/** The problem that an error with a code tells of. */
export function problemOf(error: Error & { readonly code: string; readonly advice?: string }): LogProblem {
  return { code: error.code, text: error.message, advice: error.advice ?? "" };
}
