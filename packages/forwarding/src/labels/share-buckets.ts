import { PairMap } from "./pair-map.ts";
import { PermitBucket } from "./permit-bucket.ts";

const NONE = -1;

/** A share for which permits open one direction of a pair of links. */
export interface ShareRow {
  /** The number of the pair. */
  readonly pair: number;
  readonly share: number;
  readonly bucket: PermitBucket;
}

/**
 * The buckets and counts of shares, for each direction of each pair of links by itself. One is there as long as any table has a permit for it: the
 * permits make it, and no packet does.
 */
export class ShareBuckets {
  /** By their numbers; undefined: that number is free. */
  readonly rows: (ShareRow | undefined)[] = [];
  /** Counts the rows that were given up: whoever knows rows by their numbers knows none of them any more when this has grown. */
  released = 0;
  /** Tables that have a permit, by number. */
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  readonly #numbers = new PairMap(0);

  get(pair: number, share: number): PermitBucket | undefined {
    const number = this.#numbers.get(pair, share);
    return number === NONE ? undefined : this.rows[number]!.bucket;
  }

  /** Keeps the bucket of a share for one more table that has a permit for it. */
  acquire(pair: number, share: number): PermitBucket {
    let number = this.#numbers.get(pair, share);
    if (number === NONE) {
      number = this.#free.pop() ?? this.rows.length;
      this.#numbers.set(pair, share, number);
      this.rows[number] = { pair, share, bucket: new PermitBucket() };
      this.#uses[number] = 0;
    }
    this.#uses[number]!++;
    return this.rows[number]!.bucket;
  }

  /** Gives the bucket up for a table that has no permit for that share any more. */
  release(pair: number, share: number): void {
    const number = this.#numbers.get(pair, share);
    if (--this.#uses[number]! > 0) return;
    this.#numbers.delete(pair, share);
    this.rows[number] = undefined;
    this.#free.push(number);
    this.released++;
  }
}
