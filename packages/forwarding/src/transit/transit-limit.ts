import { grown } from "./grown.ts";

/** A token, of a packet or a byte, is counted in thousandths: a millisecond then brings a whole number of them. */
const TOKEN = 1000;

/** How much may pass through a vertex, for each pair of links and each direction. */
export interface TransitLimits {
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

/**
 * Two token buckets for each direction of each pair of links, of packets and of bytes, which hold what a second brings: so much
 * may have waited while the process stood still. Time is that of the frame, in whole milliseconds, and all counts are integers.
 */
export class TransitLimit {
  /** Packets by pair of links; the index is that of `LabelTable.pairs`. */
  packetsPassed: Float64Array;
  packetsDropped: Float64Array;
  #limits: TransitLimits;
  #packets: Float64Array;
  #bytes: Float64Array;
  #filledAt: Float64Array;
  #now = 0;

  constructor(pairs: number, limits: TransitLimits) {
    this.#limits = limits;
    this.packetsPassed = new Float64Array(pairs);
    this.packetsDropped = new Float64Array(pairs);
    this.#packets = new Float64Array(pairs).fill(limits.packetsPerSecond * TOKEN);
    this.#bytes = new Float64Array(pairs).fill(limits.bytesPerSecond * TOKEN);
    this.#filledAt = new Float64Array(pairs);
  }

  /** From now on there are other limits. What is left in the buckets stays, as far as they hold it. */
  handleLimits(limits: TransitLimits): void {
    this.#limits = limits;
  }

  /** Makes room for so many pairs. The buckets of new pairs are full when they are first looked at. */
  grow(pairs: number): void {
    const known = this.#packets.length;
    if (pairs <= known) return;
    const count = Math.max(pairs, 2 * known);
    this.packetsPassed = grown(this.packetsPassed, count);
    this.packetsDropped = grown(this.packetsDropped, count);
    this.#packets = grown(this.#packets, count);
    this.#bytes = grown(this.#bytes, count);
    this.#filledAt = grown(this.#filledAt, count).fill(-Infinity, known);
  }

  /** The number is another pair's from now on, whose buckets are full. */
  reset(pair: number): void {
    this.packetsPassed[pair] = 0;
    this.packetsDropped[pair] = 0;
    this.#filledAt[pair] = -Infinity;
  }

  /** @param now Monotonic milliseconds, for the packets that come next. */
  handleTime(now: number): void {
    this.#now = Math.floor(now);
  }

  /** Takes what a packet costs. False: there is not enough, and nothing is taken. */
  take(pair: number, size: number): boolean {
    if (this.#filledAt[pair] !== this.#now) this.#fill(pair);
    if (this.#packets[pair]! < TOKEN || this.#bytes[pair]! < TOKEN * size) {
      this.packetsDropped[pair]!++;
      return false;
    }
    this.#packets[pair]! -= TOKEN;
    this.#bytes[pair]! -= TOKEN * size;
    this.packetsPassed[pair]!++;
    return true;
  }

  #fill(pair: number): void {
    const { packetsPerSecond, bytesPerSecond } = this.#limits;
    const elapsed = this.#now - this.#filledAt[pair]!;
    this.#filledAt[pair] = this.#now;
    this.#packets[pair] = Math.min(this.#packets[pair]! + elapsed * packetsPerSecond, packetsPerSecond * TOKEN);
    this.#bytes[pair] = Math.min(this.#bytes[pair]! + elapsed * bytesPerSecond, bytesPerSecond * TOKEN);
  }
}
