import type { KeeperStatus } from "@florenetes/blobs/holder";

/** The collections of a holder, and how they are: a part of the status of store-flor. */
export interface StorageStatus {
  /** Octets of all shards here, and those that may be. */
  readonly octets: number;
  readonly budget: number;
  /** Octets of questions that have come. */
  readonly received: number;
  /** The system's reason for which the disk takes or gives nothing; null: it does. */
  readonly fault: string | null;
  /** The code of why the agent says nothing; null: it does. */
  readonly agentFault: string | null;
  readonly collections: readonly CollectionStatus[];
}

export interface CollectionStatus {
  /** Scope and name, as `org/acme/backups`. */
  readonly name: string;
  /** Why it cannot be opened; null: it is open. */
  readonly fault: string | null;
  /** Null: it is not open. */
  readonly held: KeeperStatus | null;
}
