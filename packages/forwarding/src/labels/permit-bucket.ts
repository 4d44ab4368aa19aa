import type { Allowance } from "./allowance.ts";
import { PERMIT_BURST_BITS_MIN, PERMIT_BURST_MS } from "./limits.ts";
import { TRAFFIC_CLASS_NAMES, type TrafficClass } from "./traffic-class.ts";

/** A token, of a bit, is counted in thousandths: a millisecond then brings a whole number of them. */
const TOKEN = 1000;
const BITS = 8;
const CLASSES = TRAFFIC_CLASS_NAMES.length;

/**
 * The token bucket of one direction of a pair of links that permits open, for one share or for all that have none, and the counts of what passed by
 * it. The bucket is full at first. Time that goes back brings nothing.
 */
export class PermitBucket {
  /** By class: packets that passed, their bytes, and packets that had no right to or were too many. */
  readonly packets: Float64Array = new Float64Array(CLASSES);
  readonly bytes: Float64Array = new Float64Array(CLASSES);
  readonly denied: Float64Array = new Float64Array(CLASSES);
  #tokens = Infinity;
  #filledAt = -Infinity;

  /** Whether a packet of so many bytes may pass; `take` then takes what it costs. @param now Monotonic milliseconds, whole */
  has({ bitsPerSecond }: Allowance, size: number, now: number): boolean {
    if (now > this.#filledAt) {
      this.#tokens += (now - this.#filledAt) * bitsPerSecond || 0;
      this.#filledAt = now;
    }
    const most = bitsPerSecond === 0 ? 0 : Math.max(bitsPerSecond * PERMIT_BURST_MS, PERMIT_BURST_BITS_MIN * TOKEN);
    this.#tokens = Math.min(this.#tokens, most);
    return this.#tokens >= size * BITS * TOKEN;
  }

  take(size: number, trafficClass: TrafficClass): void {
    this.#tokens -= size * BITS * TOKEN;
    this.packets[trafficClass]!++;
    this.bytes[trafficClass]! += size;
  }
}
