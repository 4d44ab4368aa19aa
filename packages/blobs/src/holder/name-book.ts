import type { HeldEntry, ShardRef } from "../entry.ts";

/** The last entry that another holder has told of a name. */
export interface Report {
  /** The node that holds it. */
  readonly node: string;
  readonly turn: number;
  readonly isGone: boolean;
  /** `contentHash` of the entry. */
  readonly content: string;
  /** Milliseconds since 1970, by the clock of whoever took it. */
  readonly written: number;
  /** When it was told first: milliseconds since 1970, by the clock of this holder. */
  readonly told: number;
}

/** An entry, and the number of the change by which it came. */
export interface Change {
  readonly change: number;
  readonly entry: HeldEntry;
}

/** Sums of all live entries. */
export interface BookSums {
  /** Live entries. */
  readonly objects: number;
  /** Octets of all live entries; a shard that several of them name counts for each. */
  readonly octets: number;
  /** All entries, with those that are gone. */
  readonly names: number;
}

/**
 * The names of one collection at this holder, what other holders have told of theirs, and some small state. On a disk, as there may be 262,144 names, and as many of
 * each other holder. All is synchronous; what one call of `within` does happens as a whole or not at all. Iterables are read by whoever asks for them before
 * anything else is asked, and not always to their ends.
 */
export interface NameBook {
  /** Names this life of the book: another one where the file was made anew. */
  readonly book: string;
  /** Number of the last change; 0: there was none. */
  readonly last: number;

  /** The entry of a name, also one that is gone. */
  get(name: string): HeldEntry | undefined;
  /**
   * Replaces the entry of its name, and gives it the next number. An entry has one number: that of its last change.
   *
   * @param now milliseconds since 1970
   */
  put(entry: HeldEntry, now: number): void;
  /** Entries whose changes come behind `since`, in the order of their numbers. */
  changes(since: number): Iterable<Change>;
  /** Entries (also those that are gone) whose names begin with `prefix` and come behind `after`, in the order of their octets. */
  list(prefix: string, after: string): Iterable<HeldEntry>;
  /** Sums that are kept, and not counted anew. */
  sums(): BookSums;
  /** Whether a live entry names the shard. */
  isNamed(hash: string): boolean;
  /**
   * When a shard lost its last name, or a later time; 0: it is not known to have had one. At most `UNNAMED_MAX` of them are remembered one by one: where there were
   * more, all count as unnamed since then.
   */
  unnamedSince(hash: string): number;
  /** Forgets at most `limit` shards that lost their last names before `before`. Returns how many. */
  forgetUnnamed(before: number, limit: number): number;
  /** At most `limit` shards that live entries name, behind `after` (`""`: from the first one), each once, in the order of their hashes. */
  namedShards(after: string, limit: number): readonly ShardRef[];
  /**
   * Forgets at most `limit` entries that are gone and were written before `before`, with the reports of their names; and at most as many reports of entries that
   * are gone and were written before then, of names that are not here. Forgotten entries are not among `changes`. Returns how many entries went.
   */
  forget(before: number, limit: number): number;

  /** All reports of a name, at most one of each holder. */
  reports(name: string): readonly Report[];
  /** Replaces the report of its node. */
  putReport(name: string, report: Report): void;
  /** How many reports there are of a node: a number that is kept, and not counted anew. */
  countReports(node: string): number;
  /** Forgets all that a node has told. */
  dropReports(node: string): void;
  /** Nodes of which there are reports. */
  reporters(): readonly string[];

  /** Notes whether a name has to be looked at again: what others tell of it differs from what is here. */
  setOpen(name: string, isOpen: boolean): void;
  /** At most `limit` names that are open, behind `after`, in the order of their octets. */
  openNames(after: string, limit: number): readonly string[];

  /** Small state under a key, as terms and how far others' changes were read. */
  state(key: string): string | undefined;
  /** @param value undefined: forgets it */
  setState(key: string, value: string | undefined): void;

  /** Does all that the action does, or nothing of it where it throws. Not nested. */
  within<Result>(action: () => Result): Result;
}
