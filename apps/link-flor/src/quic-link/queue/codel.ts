import { QUEUE_INTERVAL_MS } from "../limits.ts";

/** CoDel (RFC 8289): decides when packets at the head of a queue are dropped for their delay. Its state has the names of the RFC. */
export class Codel {
  isDropping = false;
  /** 0: the delay is not above the target. */
  #firstAboveTime = 0;
  #dropNext = 0;
  #count = 0;
  #lastCount = 0;

  /** Whether the delay has been above the target for an interval. `isAbove`: the delay of this packet is above it. */
  isStanding(isAbove: boolean, now: number): boolean {
    if (!isAbove) {
      this.#firstAboveTime = 0;
      return false;
    }
    if (this.#firstAboveTime !== 0) return now >= this.#firstAboveTime;
    this.#firstAboveTime = now + QUEUE_INTERVAL_MS;
    return false;
  }

  /** The dropping state begins: a packet was dropped. */
  start(now: number): void {
    this.isDropping = true;
    // When the last dropping state ended only just now, its rate is about right again.
    const recent = this.#count - this.#lastCount;
    this.#count = recent > 1 && now - this.#dropNext < 16 * QUEUE_INTERVAL_MS ? recent : 1;
    this.#dropNext = this.#controlLaw(now);
    this.#lastCount = this.#count;
  }

  /** Whether the packet in hand is to be dropped. Drops follow upon each other ever faster. */
  isDue(now: number): boolean {
    return this.isDropping && now >= this.#dropNext;
  }

  /** Counts a drop; to be called before `handleDrop`. */
  countDrop(): void {
    this.#count++;
  }

  /** A packet was dropped because its drop was due. `isLate`: the next packet is late, too. */
  handleDrop(isLate: boolean): void {
    if (isLate) this.#dropNext = this.#controlLaw(this.#dropNext);
    else this.isDropping = false;
  }

  /** The queue is empty. */
  handleEmpty(): void {
    this.#firstAboveTime = 0;
    this.isDropping = false;
  }

  #controlLaw(time: number): number {
    return time + QUEUE_INTERVAL_MS / Math.sqrt(this.#count);
  }
}
