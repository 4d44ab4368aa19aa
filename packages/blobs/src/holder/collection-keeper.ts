import type { Answer, HolderDoor, Question, TalkName } from "../requests.ts";
import type { CollectionId, CollectionTerms } from "../terms.ts";
import type { NameBook } from "./name-book.ts";
import type { ShardDisk } from "./shard-disk.ts";

/** A holder of one collection, with all that it takes and does; `Holder` of this folder is one. Whoever drives it has one turn of a kind at a time. */
export interface CollectionKeeper extends KeeperTurns {
  /**
   * Judges whether a principal may ask this now, as far as the head of a question says it: whoever may not sends no body.
   *
   * @throws HolderError, and nothing else
   */
  admit(head: Pick<Question, "op" | "recoveryEpoch">, asker: string): void;
  /**
   * Answers a principal, as `user/alice` or `service/storage.b`.
   *
   * @throws HolderError, and nothing else
   */
  answer<Name extends TalkName>(question: Question<Name>, asker: string): Promise<Answer<Name>>;
  /**
   * The agent has told the collection, or (undefined) tells it no more. Where the agent gives no answer, nothing is called. Terms whose epochs are lower than those that were
   * seen are not taken.
   */
  takeTerms(terms: CollectionTerms | undefined): void;
  /** Terms that were told last; undefined: none ever were. Neither they nor `status` are read from the disk: both are there whatever it does. */
  readonly terms: CollectionTerms | undefined;
  status(): KeeperStatus;
  /** Octets that count against the budget of its organization. */
  readonly counted: number;
}

/** Bounded steps. Each resolves whatever others answer, and throws nothing; each may be begun again once it has ended. */
export interface KeeperTurns {
  /** Reads what others have changed, and goes by it: each 60 s. True: it is to come again in some seconds, as names began anew here and others were not heard. */
  sync(signal: AbortSignal): Promise<boolean>;
  /** Looks through a part of the shards, gives others what they lack and takes what lacks here: each 10 s. True: there is more to do at once. */
  repair(signal: AbortSignal): Promise<boolean>;
  /** Challenges each other holder: each hour. */
  challenge(signal: AbortSignal): Promise<void>;
  /** Verifies a part of the shards here: each minute. */
  verify(signal: AbortSignal): Promise<void>;
  /** Removes what has no name any more, and forgets old names: each minute. True: it has found some, and there may be more. */
  collect(signal: AbortSignal): Promise<boolean>;
}

export interface KeeperOptions {
  readonly collection: CollectionId;
  /** The node on which it runs. */
  readonly node: string;
  readonly disk: ShardDisk;
  readonly names: NameBook;
  /** The way to other holders, as `service/storage.NODE`. Each question has to end soon after its signal, and where nothing comes or goes for some seconds. */
  readonly door: HolderDoor;
  /** The clock on the wall: milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that only go on, from any beginning. */
  readonly elapsed: () => number;
  /** Calls once, after so many milliseconds. Returns a function that cancels it. */
  readonly after: (ms: number, call: () => void) => () => void;
  /** Octets, in as many as asked for, that nobody can foresee. */
  readonly random: (octets: number) => Uint8Array;
  /** Milliseconds after which a holder that has not answered counts as gone. */
  readonly goneAfter: number;
  /** Octets of all other collections of its organization here (`counted` of each). */
  readonly organizationOctets: () => number;
  /** Waits until so many octets of repair may pass, by the driver's rate, or until the signal is aborted. Throws nothing. */
  readonly pace: (octets: number, signal: AbortSignal) => Promise<void>;
  /** Somebody goes by another recovery epoch than we: the agent is to be asked soon. */
  readonly onOtherEpoch: () => void;
  /** A sentence for the log, at most one a minute of each kind. */
  readonly onNotice: (sentence: string) => void;
}

/** How a collection is at this holder, for `status` and metrics. */
export interface KeeperStatus {
  readonly objects: number;
  readonly octets: number;
  readonly names: number;
  /** Octets that the shards here count for. */
  readonly held: number;
  /** Undefined: no record was ever told. */
  readonly terms: CollectionTerms | undefined;
  /** "open"; "read-only": no agent, or no record any more; "left": the record does not name this node; "unknown": there never was a record. */
  readonly state: "open" | "read-only" | "left" | "unknown";
  readonly holders: readonly KeeperPeer[];
  /** Shards that live names need, that belong here, and that no holder gave, by the last look through all. */
  readonly missing: number;
  /** Shards here of which other holders lacked copies and did not take them, by the last look through all. */
  readonly lacking: number;
  /** Its names began anew, and too few others were heard yet: it answers nothing about names. */
  readonly isYoung: boolean;
  /** Refusals by code, as `ERR_STORAGE_RIGHT`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Numbers that only rise, by name. */
  readonly counters: Readonly<KeeperCounters>;
}

export interface KeeperPeer {
  readonly node: string;
  /** The holder counts among those at whom shards lie. */
  readonly isLiving: boolean;
  /** Milliseconds since 1970; undefined: not in this life of the process. */
  readonly answered: number | undefined;
  /** Shards of challenges, and of what it gave, that were wrong or absent. */
  readonly failures: number;
  /** The holder has failed all of two challenges, and has passed none since. */
  readonly keepsNothing: boolean;
  /** The holder takes no shards at present: its disk, or its budget, is full, or it was too slow. */
  readonly isFull: boolean;
}

export interface KeeperCounters {
  shardsTaken: number;
  shardsGiven: number;
  shardsPushed: number;
  shardsPulled: number;
  shardsDamaged: number;
  shardsRemoved: number;
  entriesTaken: number;
  entriesAdopted: number;
  /** Times that an entry of another holder was not adopted, as a bound was met. */
  entriesHeldBack: number;
  /** Pages and entries of other holders that have no right form. */
  malformed: number;
  challengesPassed: number;
  challengesFailed: number;
  diskFaults: number;
}
