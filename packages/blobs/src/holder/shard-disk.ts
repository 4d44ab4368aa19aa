/** A shard that lies at this holder. */
export interface KeptShard {
  /** SHA-256 in lower-case hex, by which it is named. */
  readonly hash: string;
  /** Octets. */
  readonly size: number;
  /** When it was last put: milliseconds since 1970, by the clock of this holder. */
  readonly touched: number;
}

/**
 * The shards of one collection at this holder, by their hashes. What lies there may be damaged: the holder's core verifies what it reads. Each method may
 * throw what the system says; the holder then answers `ERR_STORAGE_DISK`, and goes on.
 */
export interface ShardDisk {
  /** Octets that all shards of the collection here count for: a sum that is kept, and not counted anew. */
  readonly octets: number;
  /** Octets that a shard of this size counts for: a small one takes a whole block of a disk. */
  footprint(size: number): number;
  /** Octets that may still be written here, by the disk's budget and by what it has free. */
  room(): Promise<number>;
  find(hash: string): Promise<KeptShard | undefined>;
  /** The octets, as they lie there; undefined: there is no such shard. Never more than `SHARD_SIZE_MAX` + 1, whatever lies there. */
  read(hash: string): Promise<Uint8Array | undefined>;
  /** Writes all, or nothing, and for good; whatever lay there under this name is replaced. */
  write(hash: string, octets: Uint8Array, now: number): Promise<void>;
  /** Notes that a shard was put again. Nothing happens where it is not there. */
  touch(hash: string, now: number): Promise<void>;
  /** Nothing happens where it is not there. */
  remove(hash: string): Promise<void>;
  /** At most `limit` shards behind `after` (`""`: from the first one), in the order of their hashes. */
  list(after: string, limit: number): Promise<readonly KeptShard[]>;
}
