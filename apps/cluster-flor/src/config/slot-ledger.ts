import assert from "node:assert";
import { SLOTS_MAX, successorOf } from "@florenetes/forwarding";

/**
 * The number of slots that rest before the first of them is used again: with their generations, two million parts come
 * before a number comes again.
 */
const RESTING = 1024;

/**
 * Numbers parts by their keys: a key keeps its number until it is given back. The slot of such a number is used again,
 * the longest resting one first, under another number (`slotOf`).
 */
export class SlotLedger {
  readonly #slotsMax: number;
  readonly #numbers = new Map<string, number>();
  /** The next numbers of resting slots, the oldest from `#firstFree` on. */
  #free: number[] = [];
  #firstFree = 0;
  /** Slots that were ever used. */
  #slots = 0;

  /** @param slotsMax The most parts that have numbers at the same time. */
  constructor(slotsMax: number = SLOTS_MAX) {
    this.#slotsMax = slotsMax;
  }

  /** Slots that were ever used. */
  get slots(): number {
    return this.#slots;
  }

  /** The number of a key; a new key gets one. */
  take(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const resting = this.#free.length - this.#firstFree;
    const isNew = resting <= RESTING && this.#slots < this.#slotsMax;
    assert(isNew || resting > 0, "a config is too small to name more things than there are slots");
    const number = isNew ? this.#slots++ : this.#free[this.#firstFree++]!;
    this.#numbers.set(key, number);
    if (this.#firstFree > RESTING) {
      this.#free = this.#free.slice(this.#firstFree);
      this.#firstFree = 0;
    }
    return number;
  }

  /** Gives back the numbers of all other keys. */
  retain(keys: ReadonlySet<string>): void {
    for (const [key, number] of this.#numbers) {
      if (keys.has(key)) continue;
      this.#numbers.delete(key);
      this.#free.push(successorOf(number));
    }
  }
}
