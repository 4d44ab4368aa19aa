import { createHash } from "node:crypto";
import type { KeptShard, ShardDisk } from "../holder/shard-disk.ts";

/** Shards in memory, and the faults that a disk may have. */
export class MemoryDisk implements ShardDisk {
  /** Octets that it takes together. */
  capacity: number = Infinity;
  /** Set: whatever is asked throws it. */
  fault: Error | undefined;
  /** Octets for which a shard counts at least. */
  block = 1;
  readonly #shards = new Map<string, { octets: Uint8Array; touched: number }>();
  #octets = 0;

  get octets(): number {
    return this.#octets;
  }

  footprint(size: number): number {
    return Math.max(size, this.block);
  }

  async room(): Promise<number> {
    return this.capacity - this.#octets;
  }

  async find(hash: string): Promise<KeptShard | undefined> {
    this.#fail();
    return this.#kept(hash);
  }

  async read(hash: string): Promise<Uint8Array | undefined> {
    this.#fail();
    return this.#shards.get(hash)?.octets;
  }

  async write(hash: string, octets: Uint8Array, now: number): Promise<void> {
    this.#fail();
    if (this.footprint(octets.length) > this.capacity - this.#octets) throw new Error("no space left on device");
    this.#take(hash);
    this.#shards.set(hash, { octets: new Uint8Array(octets), touched: now });
    this.#octets += this.footprint(octets.length);
  }

  async touch(hash: string, now: number): Promise<void> {
    this.#fail();
    const shard = this.#shards.get(hash);
    if (shard !== undefined) shard.touched = now;
  }

  async remove(hash: string): Promise<void> {
    this.#fail();
    this.#take(hash);
  }

  async list(after: string, limit: number): Promise<readonly KeptShard[]> {
    this.#fail();
    const behind = this.hashes().filter((hash) => hash > after);
    return behind.slice(0, limit).map((hash) => this.#kept(hash)!);
  }

  /** All that lie there, in their order. */
  hashes(): readonly string[] {
    return [...this.#shards.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** Flips a bit. */
  damage(hash: string): void {
    const shard = this.#shards.get(hash);
    if (shard === undefined) return;
    // Whoever has read the octets keeps them as they were.
    shard.octets = new Uint8Array(shard.octets);
    shard.octets[0]! ^= 1;
  }

  /** Whether a shard is here, and as it was. */
  isIntact(hash: string): boolean {
    const octets = this.#shards.get(hash)?.octets;
    return octets !== undefined && createHash("sha256").update(octets).digest("hex") === hash;
  }

  /** A shard is no longer there, and nobody was asked. */
  lose(hash: string): void {
    this.#take(hash);
  }

  #kept(hash: string): KeptShard | undefined {
    const shard = this.#shards.get(hash);
    return shard && { hash, size: shard.octets.length, touched: shard.touched };
  }

  #take(hash: string): void {
    const shard = this.#shards.get(hash);
    this.#octets -= shard === undefined ? 0 : this.footprint(shard.octets.length);
    this.#shards.delete(hash);
  }

  #fail(): void {
    if (this.fault !== undefined) throw this.fault;
  }
}
