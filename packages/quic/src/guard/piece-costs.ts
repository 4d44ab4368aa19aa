/** Offsets whose pieces are counted together. */
const BUCKET_SIZE = 4_096;

/** Counts the cost of a stream's small pieces beside their bytes, by the offsets of their ends. Pure. */
export class PieceCosts {
  #buckets: Map<number, number> | undefined;
  #sum = 0;

  get sum(): number {
    return this.#sum;
  }

  add(end: number, cost: number): void {
    this.#put(Math.floor(end / BUCKET_SIZE), cost);
  }

  /** Releases the pieces that end between `from` and `end`, except those in the last bucket; moves them to `to`, if given. */
  release(from: number, end: number, to?: PieceCosts): void {
    if (this.#sum === 0) return;
    for (let bucket = Math.floor(from / BUCKET_SIZE); bucket < Math.floor(end / BUCKET_SIZE); bucket++) {
      const cost = this.#buckets?.get(bucket);
      if (cost === undefined) continue;
      this.#buckets!.delete(bucket);
      this.#sum -= cost;
      if (to !== undefined) to.#put(bucket, cost);
    }
  }

  releaseAll(to?: PieceCosts): void {
    if (this.#sum === 0) return;
    if (to !== undefined) for (const [bucket, cost] of this.#buckets!) to.#put(bucket, cost);
    this.#buckets!.clear();
    this.#sum = 0;
  }

  #put(bucket: number, cost: number): void {
    this.#buckets ??= new Map();
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + cost);
    this.#sum += cost;
  }
}
