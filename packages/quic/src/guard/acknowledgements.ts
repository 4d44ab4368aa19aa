import {
  ACK_RANGES_MAX,
  CANARIES_MAX,
  PACKETS_PER_CANARY_MAX,
  PACKETS_PER_CANARY_MIN,
  UNACKNOWLEDGED_MAX,
} from "../limits.ts";
import type { AckRanges } from "./frames.ts";
import type { Violation } from "./violation.ts";

/**
 * Decides which packets the peer may acknowledge: packets that were sent (RFC 9000, 13.1), and no canary. A canary is a
 * packet number that never gets onto the wire: a peer that acknowledges it also acknowledges other packets that it has
 * not received, in order to be sent more than the path carries (RFC 9000, 21.4). Pure.
 */
export class Acknowledgements {
  readonly #random: () => number;
  readonly #canaries: number[] = [];
  /** The number of canaries so far. The engine takes each for a lost packet. */
  canaryCount = 0;
  #sent = -1;
  #acknowledged = -1;
  #canaryDueAt = 0;

  /** @param random numbers in [0, 1) that the peer cannot foresee. */
  constructor(random: () => number) {
    this.#random = random;
    this.#postpone(0);
  }

  /** The highest packet number that we have used; -1 before any. */
  get sent(): number {
    return this.#sent;
  }

  handleSent(): void {
    this.#sent++;
  }

  get isCanaryDue(): boolean {
    return this.#sent >= this.#canaryDueAt;
  }

  /** The last packet becomes a canary: it is not sent after all. */
  handleCanary(): void {
    this.canaryCount++;
    if (this.#canaries.push(this.#sent) > CANARIES_MAX) this.#canaries.shift();
    this.#postpone(PACKETS_PER_CANARY_MIN);
  }

  /** The last packet cannot be a canary: its content must not be lost. */
  handleNoCanary(): void {
    this.#canaryDueAt = this.#sent + PACKETS_PER_CANARY_MIN / 4;
  }

  handleAck(largest: number, ranges: AckRanges): Violation | undefined {
    if (ranges.length > ACK_RANGES_MAX) return "ACK_RANGES";
    if (largest > this.#sent) return "ACK_OF_UNSENT";
    for (const canary of this.#canaries) if (includes(ranges, canary)) return "ACK_OF_UNSENT";
    this.#acknowledged = Math.max(this.#acknowledged, largest);
    return undefined;
  }

  /** Asked at each packet that comes, whatever it holds: the peer may not leave too many packets unacknowledged. */
  get violation(): Violation | undefined {
    return this.#sent - this.#acknowledged > UNACKNOWLEDGED_MAX ? "UNACKNOWLEDGED" : undefined;
  }

  #postpone(atLeast: number): void {
    const span = PACKETS_PER_CANARY_MAX - atLeast;
    this.#canaryDueAt = this.#sent + atLeast + Math.floor(this.#random() * span);
  }
}

function includes({ numbers, length }: AckRanges, number: number): boolean {
  for (let i = 0; i < length; i++) {
    if (number >= numbers[2 * i]!) return number <= numbers[2 * i + 1]!;
  }
  return false;
}
