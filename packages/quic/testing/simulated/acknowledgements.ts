import type { Frame } from "./frames.ts";
import { ACK_DELAY_MS, ACK_PACKETS_MAX, ACK_RANGES_MAX } from "./limits.ts";
import { RangeSet } from "./range-set.ts";

/** Knows which packets have come, and when the peer is to be told (RFC 9000, 13.2). */
export class Acknowledgements {
  readonly #received = new RangeSet();
  /** When the packet with the highest number came. */
  #newestAt = 0;
  #waiting = 0;
  #isDue = false;
  /** When it will be. */
  #dueAt = Infinity;

  /** Whether a packet of that number came before, or so long ago that nobody knows. */
  hasSeen(number: number): boolean {
    const { ranges, first } = this.#received;
    return (ranges.length === ACK_RANGES_MAX && number < first!.start) || this.#received.has(number);
  }

  handlePacket(number: number, isEliciting: boolean, now: number): void {
    const highest = this.#received.ranges.at(-1)?.end ?? 0;
    if (number >= highest) this.#newestAt = now;
    this.#received.add(number, number + 1);
    this.#received.keepHighest(ACK_RANGES_MAX);
    if (!isEliciting) return;
    this.#waiting++;
    const isInOrder = number === highest;
    if (!isInOrder || this.#waiting >= ACK_PACKETS_MAX) this.#handleDue();
    else if (!this.#isDue) this.#dueAt = Math.min(this.#dueAt, now + ACK_DELAY_MS);
  }

  handleTimeout(now: number): void {
    if (now >= this.#dueAt) this.#handleDue();
  }

  isDue(now: number): boolean {
    return this.#isDue || now >= this.#dueAt;
  }

  nextTimeout(): number {
    return this.#dueAt;
  }

  /** Something asks for an acknowledgement. */
  get isAsked(): boolean {
    return this.#waiting > 0;
  }

  /** Undefined when nothing has come yet. */
  frame(now: number): Frame | undefined {
    const { ranges } = this.#received;
    return ranges.length === 0 ? undefined : { kind: "ack", delayMs: now - this.#newestAt, ranges };
  }

  handleSent(): void {
    this.#waiting = 0;
    this.#isDue = false;
    this.#dueAt = Infinity;
  }

  /** From here on it waits for nothing but a packet to go with: that needs no timer. */
  #handleDue(): void {
    this.#isDue = true;
    this.#dueAt = Infinity;
  }
}
