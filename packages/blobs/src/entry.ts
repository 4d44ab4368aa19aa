/** Objects of a collection, as holders know them. Pure. */
import { createHash } from "node:crypto";
import { NOTE_MAX, OBJECT_NAME_MAX } from "./limits.ts";

/** Octets by their hash: what the writer has sealed. */
export interface ShardRef {
  /** SHA-256, in lower-case hex. */
  readonly hash: string;
  /** Octets, 1 to `SHARD_SIZE_MAX`. */
  readonly size: number;
}

/** An object under a name. All holders of a collection know all entries. */
export interface Entry {
  /** Parts of `a-z`, `0-9`, `-`, `.`, `_` with `/` between them, at most `OBJECT_NAME_MAX` characters. */
  readonly name: string;
  /** How often the name has changed: a higher one is newer, on whatever holder. */
  readonly turn: number;
  /** True: the object was removed. Then there are no shards and no note. */
  readonly isGone: boolean;
  /** The object is these, one after the other. All but the last have `SHARD_SIZE_MAX` octets, so that the collection's budget bounds how many there are. */
  readonly shards: readonly ShardRef[];
  /** A note of the writer for those who read, sealed: base64 of at most `NOTE_MAX` characters. */
  readonly note?: string | undefined;
}

/** An entry at one holder. */
export interface HeldEntry extends Entry {
  /** When it was written, by the clock of the holder that took it: milliseconds since 1970. */
  readonly written: number;
  /** The principal that wrote it. */
  readonly by: string;
}

const NAME = /^[a-z0-9._-]+(?:\/[a-z0-9._-]+)*$/;
const NOTE = /^[A-Za-z0-9+/]*={0,2}$/;
const DOTS = /(?:^|\/)\.{1,2}(?:\/|$)/;

/** Whether a text is the name of an object. No part is `.` or `..`, which programs for URLs take out. */
export function isObjectName(text: string): boolean {
  return text.length <= OBJECT_NAME_MAX && NAME.test(text) && !DOTS.test(text);
}

/** Whether a text may be the note of an entry. */
export function isNote(text: string): boolean {
  return text.length <= NOTE_MAX && NOTE.test(text);
}

/** Octets of an object. */
export function sizeOf({ shards }: Pick<Entry, "shards">): number {
  return shards.reduce((sum, { size }) => sum + size, 0);
}

/** SHA-256 of what an entry stands for (its shards and its note), in lower-case hex: equal for equal content, whatever its turn. */
export function contentHash({ isGone, shards, note }: Pick<Entry, "isGone" | "shards" | "note">): string {
  const hash = createHash("sha256");
  hash.update(isGone ? "gone" : `live ${shards.length} ${note ?? ""}`);
  for (const shard of shards) hash.update(` ${shard.hash} ${shard.size}`);
  return hash.digest("hex");
}
