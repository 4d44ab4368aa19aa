import { createHash } from "node:crypto";
import {
  type CollectionTerms,
  type HeldEntry,
  HolderError,
  SHARD_SIZE_MAX,
  type ShardRef,
  sizeOf,
} from "@florenetes/blobs";
import type { HolderStanding, PutOptions, ReadOptions, StoreClient } from "@florenetes/blobs/client";

/** A collection in memory, of which a test may say what is wrong. */
export class MemoryClient implements StoreClient {
  readonly entries = new Map<string, HeldEntry>();
  readonly shards = new Map<string, Uint8Array>();
  /** How many shards were read. */
  reads = 0;
  /** Called before each question. May throw, or wait. */
  onAsked: (what: "put" | "find" | "list" | "read" | "remove", name: string) => void | Promise<void> = () => undefined;

  async put(name: string, octets: AsyncIterable<Uint8Array>, { signal }: PutOptions): Promise<HeldEntry> {
    await this.onAsked("put", name);
    const shards: ShardRef[] = [];
    let rest = Buffer.alloc(0);
    const keep = (shard: Uint8Array): void => {
      const hash = createHash("sha256").update(shard).digest("hex");
      this.shards.set(hash, Uint8Array.from(shard));
      shards.push({ hash, size: shard.length });
    };
    for await (const piece of octets) {
      signal.throwIfAborted();
      rest = Buffer.concat([rest, piece]);
      for (; rest.length >= SHARD_SIZE_MAX; rest = rest.subarray(SHARD_SIZE_MAX))
        keep(rest.subarray(0, SHARD_SIZE_MAX));
    }
    if (rest.length > 0) keep(rest);
    const known = this.entries.get(name);
    if (known !== undefined && JSON.stringify(known.shards) !== JSON.stringify(shards))
      throw new HolderError({ code: "ERR_STORAGE_EXISTS", message: `${name} has another object` });
    const entry: HeldEntry = { name, turn: 1, isGone: false, shards, written: 0, by: "user/alice" };
    this.entries.set(name, entry);
    return entry;
  }

  async find(name: string): Promise<HeldEntry | undefined> {
    await this.onAsked("find", name);
    return this.entries.get(name);
  }

  async *list(prefix: string): AsyncGenerator<HeldEntry> {
    await this.onAsked("list", prefix);
    const found = [...this.entries.values()].filter(({ name }) => name.startsWith(prefix));
    yield* found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async *read(
    entry: Pick<HeldEntry, "shards">,
    { from = 0, to = sizeOf(entry), signal }: ReadOptions,
  ): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (const { hash, size } of entry.shards) {
      const part = [Math.max(0, from - at), Math.min(size, to - at)] as const;
      at += size;
      if (part[0] >= part[1]) continue;
      await this.onAsked("read", hash);
      signal.throwIfAborted();
      const octets = this.shards.get(hash);
      if (octets === undefined)
        throw new HolderError({ code: "ERR_STORAGE_MISSING", message: `no holder has ${hash}` });
      this.reads++;
      yield octets.subarray(...part);
    }
  }

  terms: readonly CollectionTerms[] = [];

  handleTerms(terms: CollectionTerms): void {
    this.terms = [...this.terms, terms];
  }

  status(): readonly HolderStanding[] {
    return [];
  }

  close(): void {
    this.entries.clear();
  }

  check(): Promise<never> {
    return Promise.reject(new Error("nobody checks here"));
  }

  async remove(name: string): Promise<boolean> {
    await this.onAsked("remove", name);
    return this.entries.delete(name);
  }
}
