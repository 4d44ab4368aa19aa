import assert from "node:assert";

const SLOTS_MIN = 8;
const EMPTY = -1;

/**
 * A map from two 32-bit integers to a non-negative one, which is looked up without making a key object: open addressing
 * with linear probing, at most half full. Nothing is ever removed.
 */
export class PairMap {
  readonly #mask: number;
  readonly #firsts: Int32Array;
  readonly #seconds: Int32Array;
  readonly #values: Int32Array;
  readonly #capacity: number;
  #size = 0;

  constructor(capacity: number) {
    let slots = SLOTS_MIN;
    while (slots < 2 * capacity) slots *= 2;
    this.#capacity = capacity;
    this.#mask = slots - 1;
    this.#firsts = new Int32Array(slots);
    this.#seconds = new Int32Array(slots);
    this.#values = new Int32Array(slots).fill(EMPTY);
  }

  /** The value of the pair, or -1. */
  get(first: number, second: number): number {
    return this.#values[this.#slotOf(first, second)]!;
  }

  /** Overwrites what was there. */
  set(first: number, second: number, value: number): void {
    assert(value >= 0, "negative values stand for nothing");
    const slot = this.#slotOf(first, second);
    if (this.#values[slot] === EMPTY) {
      this.#size++;
      assert(this.#size <= this.#capacity, "more pairs than were announced");
    }
    this.#firsts[slot] = first;
    this.#seconds[slot] = second;
    this.#values[slot] = value;
  }

  /** The pair's slot, or the empty one where it would go. */
  #slotOf(first: number, second: number): number {
    let slot = mix(first, second) & this.#mask;
    while (this.#values[slot] !== EMPTY && (this.#firsts[slot] !== first || this.#seconds[slot] !== second)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}

/** Spreads neighbouring numbers, which is what configs are full of, over all bits (the end of MurmurHash3). */
function mix(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ second;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
