import { type HeldEntry, partsOf, type ShardPart } from "@florenetes/blobs";
import type { StoreClient } from "@florenetes/blobs/client";
import { Kept } from "../gateway/kept.ts";
import { SHARDS_KEPT, SHARDS_OF_A_PART } from "../gateway/limits.ts";

/** Reads parts of objects. A shard has one hash for all of it: it is fetched whole, and kept for the next part. */
export class KeptShards {
  readonly #shards = new Kept<Uint8Array>(SHARDS_KEPT);
  readonly #coming = new Map<string, Promise<Uint8Array>>();
  readonly #signal: AbortSignal;
  /** Parts of shards that were here, and that were not. */
  hits = 0;
  misses = 0;

  /** @param signal ends all */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The octets from `first` to `last` of an object. @throws HolderError */
  async *read(
    client: StoreClient,
    entry: HeldEntry,
    { first, last }: { readonly first: number; readonly last: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const parts = partsOf(entry.shards, first, last + 1);
    if (parts.length > SHARDS_OF_A_PART) {
      yield* client.read(entry, { from: first, to: last + 1, signal });
      return;
    }
    for (const part of parts) {
      const octets = await this.#shardOf(client, entry, part);
      signal.throwIfAborted();
      yield octets.subarray(part.from, part.to);
    }
  }

  #shardOf(client: StoreClient, entry: HeldEntry, part: ShardPart): Promise<Uint8Array> {
    const { hash } = part.shard;
    const kept = this.#shards.get(hash);
    if (kept !== undefined) {
      this.hits++;
      return Promise.resolve(kept);
    }
    const known = this.#coming.get(hash);
    if (known !== undefined) {
      this.hits++;
      return known;
    }
    this.misses++;
    const coming = this.#fetch(client, entry, part).finally(() => this.#coming.delete(hash));
    this.#coming.set(hash, coming);
    return coming;
  }

  /** Goes on where whoever asked leaves: another one may wait for the same shard. */
  async #fetch(client: StoreClient, entry: HeldEntry, { shard, at }: ShardPart): Promise<Uint8Array> {
    const octets = Buffer.allocUnsafe(shard.size);
    let size = 0;
    for await (const piece of client.read(entry, { from: at, to: at + shard.size, signal: this.#signal })) {
      octets.set(piece, size);
      size += piece.length;
    }
    this.#shards.put(shard.hash, octets);
    return octets;
  }
}
