import type { FeedCode } from "./codes.ts";
import type { Beacon, Mail } from "./messages.ts";

/** The peer has said who it is: the first event of a stream. */
export interface HelloEvent {
  readonly kind: "hello";
  /** The id of the peer's database, 32 lower-case hex digits. */
  readonly databaseId: string;
  /** The peer's wall clock when it began the stream, in milliseconds since 1970. */
  readonly time: number;
  /** The address at which the peer sees us; empty: it does not know. */
  readonly seen: string;
  /** At a reader: the sections that the source offers, at most 66. At a source: those of the reader's cursors. */
  readonly sections: readonly string[];
}

/** The peer broke a rule, or is silent: the stream is to be reset with that code and text. Nothing comes behind it. */
export interface FailedEvent {
  readonly kind: "failed";
  readonly code: FeedCode;
  readonly text: string;
}

/** A reader tells its owner these things. */
export type ReaderEvent =
  | HelloEvent
  | FailedEvent
  /** A record to judge: nothing more is read until `handleJudged`. */
  | { readonly kind: "record"; readonly id: string; readonly octets: Uint8Array }
  /** A beacon or a mail, whose verifications have been paid for. */
  | { readonly kind: "post"; readonly message: Beacon | Mail }
  /** All rows of the source up to that one are done with: to be kept, and given to the next reader of this source. */
  | { readonly kind: "cursor"; readonly databaseId: string; readonly section: string; readonly sequence: number }
  /** The neighbour has made too many faults: nothing is read of it until then, in monotonic milliseconds. */
  | { readonly kind: "muted"; readonly untilMs: number; readonly why: string };

/** A source tells its owner these things. */
export type SourceEvent = HelloEvent | FailedEvent;
