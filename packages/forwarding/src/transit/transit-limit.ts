import { grown } from "../labels/grown.ts";
import { PermitBucket } from "../labels/permit-bucket.ts";
import type { Permit } from "../labels/permissions.ts";
import { TrafficClass } from "../labels/traffic-class.ts";

/** A token, of a packet or a byte, is counted in thousandths: a millisecond then brings a whole number of them. */
const TOKEN = 1000;
const NO_PERMIT: Pick<Permit, "allowance" | "bucket"> = { allowance: undefined, bucket: undefined };

/** How much may pass through a vertex, for each pair of links and each direction. */
export interface TransitLimits {
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

/**
 * Two token buckets for each direction of each pair of links, of packets and of bytes, which hold what a second brings: so much
 * may have waited while the process stood still. Time is that of the frame, in whole milliseconds, and all counts are integers. A pair that
 * a permit opens has a third one, which the permit fills; so has each share that permits open it for, and the label table keeps those.
 */
export class TransitLimit {
  /** Packets by pair of links; the index is that of `LabelTable.pairs`. */
  packetsPassed: Float64Array;
  packetsDropped: Float64Array;
  #limits: TransitLimits;
  #packets: Float64Array;
  #bytes: Float64Array;
  #filledAt: Float64Array;
  /** Pairs that a permit for no share has opened; a bucket is made when the first packet comes. */
  readonly #permits: (PermitBucket | undefined)[] = [];
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
    if (pair < this.#permits.length) this.#permits[pair] = undefined;
  }

  /** The counts of a pair's permits for no share; undefined: nothing has come. */
  permitOf(pair: number): PermitBucket | undefined {
    return this.#permits[pair];
  }

  /** The bucket and counts of a pair that a permit for no share opens. */
  openPermit(pair: number): PermitBucket {
    // No holes: a list with holes is looked up like a dictionary.
    while (this.#permits.length <= pair) this.#permits.push(undefined);
    return (this.#permits[pair] ??= new PermitBucket());
  }

  /** Numbers of pairs with permits are below this. */
  get permits(): number {
    return this.#permits.length;
  }

  /** A permit does not let packets of that class pass, and one was dropped. */
  countDenied(pair: number, { bucket = this.openPermit(pair) }: Permit, trafficClass: TrafficClass): void {
    bucket.denied[trafficClass]!++;
  }

  /** @param now Monotonic milliseconds, for the packets that come next. */
  handleTime(now: number): void {
    this.#now = Math.floor(now);
  }

  /**
   * Takes what a packet costs. False: there is not enough, and nothing is taken.
   *
   * @param permit By which it passes; undefined: by none.
   */
  take(pair: number, size: number, permit?: Permit, trafficClass: TrafficClass = TrafficClass.reliable): boolean {
    if (this.#filledAt[pair] !== this.#now) this.#fill(pair);
    const { allowance, bucket: ofShare } = permit ?? NO_PERMIT;
    const bucket = allowance && (ofShare ?? this.openPermit(pair));
    const hasTokens = this.#packets[pair]! >= TOKEN && this.#bytes[pair]! >= TOKEN * size;
    if (!hasTokens || (bucket !== undefined && !bucket.has(allowance!, size, this.#now))) {
      this.packetsDropped[pair]!++;
      if (bucket !== undefined) bucket.denied[trafficClass]!++;
      return false;
    }
    bucket?.take(size, trafficClass);
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
