import type { Impairment } from "./scenario-step.ts";

/** How much longer a reordered datagram is held, so that others overtake it. */
const REORDER_MS = 5;
/** The time in which a full queue before a limited rate leaves. Datagrams that find the queue full are lost. */
const QUEUE_MS_MAX = 100;

/**
 * An impaired wire, in one direction: says of each datagram when it leaves, if at all. The wire performs no I/O.
 *
 *     datagram ─▶ lost? ─▶ queue of the rate ─▶ delay + jitter (order kept) ─▶ reordered? held longer ─▶ twice?
 */
export class ImpairedWire {
  impairment: Impairment = {};
  lost = 0;
  readonly #random: () => number;
  /** The time at which the last bit in the queue is through the bottleneck. */
  #freeAt = Number.NEGATIVE_INFINITY;
  #lastLeaves = Number.NEGATIVE_INFINITY;

  /** @param random a function like Math.random */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The times at which a datagram of `size` bytes leaves: none, one or two. */
  handleDatagram(size: number, now: number): readonly number[] {
    const { delayMs = 0, jitterMs = 0, loss = 0, duplicate = 0, reorder = 0, rateMbit } = this.impairment;
    if (this.#random() < loss || (rateMbit !== undefined && this.#freeAt - now > QUEUE_MS_MAX)) {
      this.lost++;
      return [];
    }
    if (rateMbit === undefined) this.#freeAt = now;
    else this.#freeAt = Math.max(now, this.#freeAt) + (size * 8) / (rateMbit * 1000);
    const inOrder = Math.max(this.#freeAt + delayMs + this.#random() * jitterMs, this.#lastLeaves);
    const isReordered = this.#random() < reorder;
    if (!isReordered) this.#lastLeaves = inOrder;
    const leaves = isReordered ? inOrder + REORDER_MS : inOrder;
    return this.#random() < duplicate ? [leaves, leaves] : [leaves];
  }
}
