import { WANTED_SHARDS_MAX } from "./limits.ts";

/** Shards that are to be pulled before all others, and whether all are to be looked at soon. */
export class WantedShards {
  readonly #hashes = new Set<string>();
  /** Which part of all shards is to be looked at without a pause: 1 is all of them. */
  owed = 0;

  /** The shard is damaged here, or an entry that names it has come. */
  add(hash: string): void {
    if (this.#hashes.size < WANTED_SHARDS_MAX) this.#hashes.add(hash);
    else this.wantAll();
  }

  wantAll(): void {
    this.owed = 1;
  }

  /** At most so many of them, which are wanted no more. */
  take(limit: number): readonly string[] {
    const taken = [...this.#hashes].slice(0, limit);
    for (const hash of taken) this.#hashes.delete(hash);
    return taken;
  }

  get isEmpty(): boolean {
    return this.#hashes.size === 0;
  }
}
