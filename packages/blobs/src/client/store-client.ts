import type { HeldEntry } from "../entry.ts";

/** A collection as those who write and read see it: each call asks as many holders as it takes. */
export interface StoreClient {
  /**
   * Puts an object: its shards to a majority of its holders, then its name to a majority of all. An object of the same shards under this name is no error.
   *
   * @throws HolderError ERR_STORAGE_EXISTS, ERR_STORAGE_MAJORITY, ERR_STORAGE_QUOTA, …
   */
  put(name: string, octets: AsyncIterable<Uint8Array>, options: PutOptions): Promise<HeldEntry>;
  /** The entry of a name, as a majority knows it; undefined: there is no object of this name. */
  find(name: string, signal: AbortSignal): Promise<HeldEntry | undefined>;
  /** All objects whose names begin with a prefix, as a majority knows them, in the order of their names. */
  list(prefix: string, signal: AbortSignal): Promise<readonly HeldEntry[]>;
  /** The octets of an object from `from` to before `to`, each shard verified, from whichever holder has it. */
  read(entry: HeldEntry, options: ReadOptions): AsyncIterable<Uint8Array>;
  /** Removes an object at a majority of all holders. False: there is none of this name. */
  remove(name: string, signal: AbortSignal): Promise<boolean>;
}

export interface PutOptions {
  /** Base64, for those who read. */
  readonly note?: string;
  readonly signal: AbortSignal;
}

export interface ReadOptions {
  readonly from?: number;
  readonly to?: number;
  readonly signal: AbortSignal;
}
