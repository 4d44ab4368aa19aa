import type { Judgement } from "@florenetes/facts";
import type { FeedCursors, PostOffice } from "@florenetes/feed";
import type { HeldRecords } from "../records/held-records.ts";

export interface FeedsOptions {
  readonly node: string;
  /** The id of this node's database, 32 lower-case hex digits. */
  readonly databaseId: string;
  readonly records: HeldRecords;
  /** Sections that a neighbour gets. */
  readonly sectionsFor: (peer: string) => readonly string[];
  /** Beacons and mail that neighbours bring, and get. */
  readonly post: PostOffice;
  /** How far each neighbour was read, by its name. */
  readonly cursors: ReadonlyMap<string, FeedCursors>;
  /** Told of each record that a neighbour has brought, after it was judged. Returns how many signatures the neighbour pays for it beside those that it has cost. */
  readonly onJudged: (judgement: Judgement, peer: string) => number;
}

/** A link whose other end may have an agent. */
export interface FeedLink {
  readonly name: string;
  readonly peer: string;
  readonly state: "up" | "down";
  /** The address at which the peer is seen; null: not known. */
  readonly seen: string | null;
}

export type FeedOrder =
  /** Open a stream over the link, to the agent at its other end. */
  | { readonly kind: "open"; readonly stream: number; readonly link: string }
  /** Write what `pollTransmit` gives, as long as the stream takes it, and look at `isPaused`. */
  | { readonly kind: "flush"; readonly stream: number }
  /** Give the stream up, with a code of docs/protocol/transport.md. */
  | { readonly kind: "reset"; readonly stream: number; readonly code: number; readonly text: string }
  /** Something that people want to know of a neighbour. */
  | { readonly kind: "told"; readonly peer: string; readonly what: "muted" | "failed"; readonly text: string };
