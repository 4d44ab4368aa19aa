import type { Answer, HolderDoor, Question, TalkName } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import type { NameBook } from "./name-book.ts";
import type { ShardDisk } from "./shard-disk.ts";

/** What a holder of one collection takes and does; `Holder` of this folder is one. Whoever drives it has one turn of a kind at a time. */
export interface CollectionKeeper extends KeeperTurns {
  /**
   * Answers a principal, as `user/alice` or `service/storage.b`.
   *
   * @throws HolderError, and nothing else
   */
  answer<Name extends TalkName>(question: Question<Name>, asker: string): Promise<Answer<Name>>;
  /** The agent has told the collection, or (undefined) does not tell it any more. Terms whose epochs are lower than those that were seen are not taken. */
  takeTerms(terms: CollectionTerms | undefined): void;
  /** The agent was asked, and has told nothing of the kind: it gives no answer. */
  status(): KeeperStatus;
  /** Octets that count against the budget of its organization. */
  readonly counted: number;
}

/** Bounded steps. Each resolves whatever others answer; each may be begun again once it has ended. */
export interface KeeperTurns {
  /** Reads what others have changed, and goes by it: each 60 s, and where `wantsSync` says so. */
  sync(signal: AbortSignal): Promise<void>;
  /** Looks through a part of the shards, gives others what they lack and takes what lacks here: each 10 s. True: there is more to do at once. */
  repair(signal: AbortSignal): Promise<boolean>;
  /** Challenges each other holder: each hour. */
  challenge(signal: AbortSignal): Promise<void>;
  /** Verifies a part of the shards here: each minute. */
  verify(signal: AbortSignal): Promise<void>;
  /** Removes what has no name any more, and forgets old names: each minute. */
  collect(signal: AbortSignal): Promise<void>;
}

export interface KeeperOptions {
  readonly collection: { readonly scope: string; readonly name: string };
  /** The node on which it runs. */
  readonly node: string;
  readonly disk: ShardDisk;
  readonly names: NameBook;
  readonly door: HolderDoor;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Octets, in as many as asked for, that nobody can foresee. */
  readonly random: (octets: number) => Uint8Array;
  /** Milliseconds after which a holder that has not answered counts as gone. */
  readonly goneAfter: number;
  /** Octets of all other collections of its organization here (`counted` of each). */
  readonly organizationOctets: () => number;
  /** Waits until so many octets of repair may pass: the driver's rate. */
  readonly pace: (octets: number, signal: AbortSignal) => Promise<void>;
}

/** How a collection is at this holder, for `status` and metrics. */
export interface KeeperStatus {
  readonly objects: number;
  readonly octets: number;
  readonly names: number;
  /** Octets of shards here. */
  readonly held: number;
  /** Its record's epochs, copies and holders; undefined: no record was ever told. */
  readonly terms: CollectionTerms | undefined;
  /** "open", "read-only" (no agent, or no record any more), "left" (its record does not name this node), "shut" (a higher recovery epoch was seen). */
  readonly state: "open" | "read-only" | "left" | "shut";
  readonly holders: readonly {
    readonly node: string;
    readonly isLiving: boolean;
    /** Milliseconds since 1970; undefined: never. */
    readonly answered: number | undefined;
    /** Challenges that it did not pass. */
    readonly failures: number;
    readonly keepsNothing: boolean;
  }[];
  /** Sentences for an operator, at most 16. */
  readonly findings: readonly string[];
  /** Numbers that only rise, by name. */
  readonly counters: KeeperCounters;
}

export interface KeeperCounters {
  /** Refusals, by code without `ERR_STORAGE_`, in lower case. */
  readonly refused: Readonly<Record<string, number>>;
  shardsTaken: number;
  shardsGiven: number;
  shardsPushed: number;
  shardsPulled: number;
  shardsDamaged: number;
  shardsRemoved: number;
  entriesTaken: number;
  entriesAdopted: number;
  /** Entries that others reported and that were not adopted, as a bound was met. */
  entriesHeldBack: number;
  challengesPassed: number;
  challengesFailed: number;
  diskFaults: number;
}
