import { grown } from "./grown.ts";

const ROWS_MIN = 64;

/**
 * How many packets each entry of a label table let through. A count is there as long as any table has an entry that counts by it: an
 * entry that a new table takes over from a former one goes on counting where it was.
 */
export class LabelCounts {
  packets: Float64Array<ArrayBuffer>;
  #inLinks: Int32Array;
  #labels: Int32Array;
  /** Tables that count by it; 0: it is free. */
  #uses: Uint8Array;
  readonly #free: number[] = [];
  #size = 0;

  /** @param capacity Counts that it takes without being laid out anew. */
  constructor(capacity: number) {
    const rows = Math.max(capacity, ROWS_MIN);
    this.packets = new Float64Array(rows);
    this.#inLinks = new Int32Array(rows);
    this.#labels = new Int32Array(rows);
    this.#uses = new Uint8Array(rows);
  }

  /** Numbers of counts are below this. */
  get size(): number {
    return this.#size;
  }

  isUsed(count: number): boolean {
    return this.#uses[count] !== 0;
  }

  inLinkOf(count: number): number {
    return this.#inLinks[count]!;
  }

  labelOf(count: number): number {
    return this.#labels[count]!;
  }

  /** A count at 0, for an entry. */
  add(inLink: number, label: number): number {
    const count = this.#free.pop() ?? this.#size++;
    if (count === this.packets.length) this.#grow();
    this.packets[count] = 0;
    this.#inLinks[count] = inLink;
    this.#labels[count] = label;
    this.#uses[count] = 1;
    return count;
  }

  /** An entry of another table counts by it, too. */
  share(count: number): number {
    this.#uses[count]!++;
    return count;
  }

  release(count: number): void {
    if (--this.#uses[count]! === 0) this.#free.push(count);
  }

  #grow(): void {
    const rows = 2 * this.packets.length;
    this.packets = grown<Float64Array<ArrayBuffer>>(this.packets, rows);
    this.#inLinks = grown(this.#inLinks, rows);
    this.#labels = grown(this.#labels, rows);
    this.#uses = grown(this.#uses, rows);
  }
}
