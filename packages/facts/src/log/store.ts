/** Stores keep the entries of one log. None of them is trusted: whoever reads holds what it gets against the chain (`log-reader.ts`). */
import type { Entry, LogHead } from "./entry.ts";
import {
  APPEND_ENTRIES_MAX,
  APPEND_SIZE_MAX,
  DROP_ENTRIES_MAX,
  POST_SIZE_MAX,
  POSTS_READ_MAX,
  READ_ENTRIES_MAX,
  READ_SIZE_MAX,
} from "./limits.ts";

export interface HeadAnswer {
  readonly head: LogHead;
  /** False: the answer may be of an earlier state, as the store cannot ask the others that keep the log. */
  readonly isCurrent: boolean;
}

export interface ReadAnswer {
  /** Octets of entries, in the order of their indexes. */
  readonly entries: readonly Uint8Array[];
  /** False: entries may be missing at the end, for the same reason. */
  readonly isCurrent: boolean;
}

/** Every method rejects with a `LogError` that says what is in the way. */
export interface LogStore {
  /** The last entry; the log's origin while there is none. */
  head(): Promise<HeadAnswer>;
  /**
   * Adds entries (`entriesAfter`) if the head is still the expected one, all or none. `done`: they are there for good, be it by an earlier call
   * whose answer was lost. `moved`: somebody else was first, and nothing was written. A call that rejects may have been done all the same: the
   * next one says so.
   *
   * @param entries 1 to 64, of at most 1 MiB
   * @param order `following`: each follows the one before, the first one the expected head. `restored`: they come from a copy, in whose order others were removed
   * between them
   * @throws RangeError for entries that are in another order
   */
  append(expected: LogHead, entries: readonly Entry[], order?: AppendOrder): Promise<"done" | "moved">;
  /**
   * Entries from this index on: all that there are up to `count`, or fewer where they are large; none only where there is none.
   *
   * @param from 1 or more
   * @param count 1 to 256
   */
  read(from: number, count: number): Promise<ReadAnswer>;
  /**
   * Removes entries (`isCompactable`); those that are gone already are no error.
   *
   * @param indexes 1 to 64; never the head's, which has to stay
   */
  drop(indexes: readonly number[]): Promise<void>;
  /**
   * Puts a signer's post on the board beside the entries, in the place of its last one: what it has signed, for the other signers to see.
   *
   * @param keyId of the signer: 64 lower-case hex digits
   * @param octets 1 to 17,408
   */
  post(keyId: string, octets: Uint8Array): Promise<void>;
  /**
   * The posts of these signers, by their key ids, as far as there are any. Whoever may write the store may have written them; octets that are more than
   * a post may have are none.
   *
   * @param keyIds at most 16
   */
  posts(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  close(): void;
}

/** How entries of one append stand to each other. Default: `following`. */
export type AppendOrder = "following" | "restored";

/** Throws a RangeError for entries that no store may append behind this head. */
export function checkAppend(expected: LogHead, entries: readonly Entry[], order: AppendOrder = "following"): void {
  if (entries.length === 0 || entries.length > APPEND_ENTRIES_MAX) {
    throw new RangeError(`an append has 1 to ${APPEND_ENTRIES_MAX} entries`);
  }
  const size = entries.reduce((sum, { octets }) => sum + octets.length, 0);
  if (size > APPEND_SIZE_MAX) throw new RangeError(`an append has at most ${APPEND_SIZE_MAX} octets`);
  let head = expected;
  for (const entry of entries) {
    const isNext = entry.index === head.index + 1;
    const isBehindGap = order === "restored" && entry.index > head.index + 1;
    if (!isBehindGap && !(isNext && entry.prior === head.hash)) throw new RangeError("entries follow each other");
    head = entry;
  }
}

/** Throws a RangeError for what no store may be asked for. */
export function checkRead(from: number, count: number): void {
  if (!Number.isSafeInteger(from) || from < 1) throw new RangeError("entries count from 1");
  if (!Number.isInteger(count) || count < 1 || count > READ_ENTRIES_MAX) {
    throw new RangeError(`1 to ${READ_ENTRIES_MAX} entries are read at a time`);
  }
}

/** Throws a RangeError for indexes that no store may be asked to remove. */
export function checkDrop(indexes: readonly number[]): void {
  if (indexes.length === 0 || indexes.length > DROP_ENTRIES_MAX) {
    throw new RangeError(`1 to ${DROP_ENTRIES_MAX} entries are removed at a time`);
  }
}

const KEY_ID = /^[0-9a-f]{64}$/;

/** Throws a RangeError for what may not be put on a board. */
export function checkPost(keyId: string, octets: Uint8Array): void {
  if (!KEY_ID.test(keyId)) throw new RangeError("a key id is a hash");
  if (octets.length === 0 || octets.length > POST_SIZE_MAX)
    throw new RangeError(`a post has 1 to ${POST_SIZE_MAX} octets`);
}

/** Throws a RangeError for posts that no store may be asked for. */
export function checkPosts(keyIds: readonly string[]): void {
  if (keyIds.length > POSTS_READ_MAX) throw new RangeError(`at most ${POSTS_READ_MAX} posts are read at a time`);
  if (!keyIds.every((keyId) => KEY_ID.test(keyId))) throw new RangeError("a key id is a hash");
}

/** The first ones of some entries, within what one answer may have: at least one, if there is any. */
export function withinAnswer(entries: Iterable<Uint8Array>): Uint8Array[] {
  const taken: Uint8Array[] = [];
  let size = 0;
  for (const octets of entries) {
    size += octets.length;
    if (taken.length > 0 && size > READ_SIZE_MAX) break;
    taken.push(octets);
  }
  return taken;
}
