/** Questions to holders, and their answers, whatever carries it: docs/protocol/storage.md. */
import type { Entry, HeldEntry } from "./entry.ts";
import type { BlobErrorCode } from "./errors.ts";
import type { CollectionId } from "./terms.ts";

interface Asked {
  readonly collection: CollectionId;
  /** The recovery epoch of the record by which the asker goes. */
  readonly recoveryEpoch: number;
}

/** The questions, by the name of what they ask for, with what is answered where it is in order. */
export interface HolderTalk {
  /** Keeps octets. `hash` is that of `octets`, or it is refused. */
  "put-shard": { ask: { readonly hash: string; readonly octets: Uint8Array }; answer: { readonly isNew: boolean } };
  /** The octets of a shard; the holder has verified them. */
  "get-shard": { ask: { readonly hash: string }; answer: { readonly octets: Uint8Array } };
  /** Which of at most `ASKED_SHARDS_MAX` shards are there, in their order. */
  "have-shards": { ask: { readonly hashes: readonly string[] }; answer: { readonly has: readonly boolean[] } };
  /** SHA-256 of `nonce` and the octets of each of at most `CHALLENGED_SHARDS_MAX` shards; null: it is not there, or damaged. */
  challenge: {
    ask: { readonly nonce: string; readonly hashes: readonly string[] };
    answer: { readonly digests: readonly (string | null)[] };
  };
  /** Takes an entry, also one that is gone. */
  "put-entry": { ask: { readonly entry: Entry }; answer: { readonly entry: HeldEntry } };
  /** The entry of a name, also one that is gone; null: the holder has never had one. */
  "get-entry": { ask: { readonly name: string }; answer: { readonly entry: HeldEntry | null } };
  /** Entries whose names begin with `prefix`, in the order of names behind `after`; `next` is null where there are no more. */
  "list-entries": {
    ask: { readonly prefix: string; readonly after: string };
    answer: { readonly entries: readonly HeldEntry[]; readonly next: string | null };
  };
  /** Entries in the order in which this holder has taken them, behind `since`; for other holders. */
  "list-changes": {
    ask: { readonly book: string; readonly since: number };
    answer: {
      readonly book: string;
      readonly entries: readonly HeldEntry[];
      readonly last: number;
      readonly isAll: boolean;
    };
  };
  /** How the holder is. */
  "get-state": { ask: object; answer: HolderState };
}

export interface HolderState {
  readonly node: string;
  /** Names this life of its names: where it is another one, changes are counted anew. */
  readonly book: string;
  /** The last change. */
  readonly last: number;
  /** Objects that are there, and their octets. */
  readonly objects: number;
  readonly octets: number;
  /** Octets of shards that lie here. */
  readonly held: number;
  /** True: the holder has nothing to do with the collection any more, or its record has ended: it takes nothing. */
  readonly isShut: boolean;
}

export type TalkName = keyof HolderTalk;
export type Question<Name extends TalkName = TalkName> = {
  [N in Name]: { readonly op: N } & Asked & HolderTalk[N]["ask"];
}[Name];
export type Answer<Name extends TalkName = TalkName> = HolderTalk[Name]["answer"];

/** Why a holder does not do what it is asked. */
export interface HolderRefusal {
  readonly code: BlobErrorCode;
  readonly message: string;
  /** The entry that stands in the way. */
  readonly entry?: HeldEntry | undefined;
  /** Until when: milliseconds since 1970. */
  readonly until?: number | undefined;
}

/** A way to holders: over a mesh, or in a test. */
export interface HolderDoor {
  /**
   * Asks the holder at a node.
   *
   * @throws HolderError, with the code of the holder's refusal, or `ERR_STORAGE_UNREACHABLE` where none came
   */
  ask<Name extends TalkName>(node: string, question: Question<Name>, signal: AbortSignal): Promise<Answer<Name>>;
}
