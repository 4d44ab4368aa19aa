import assert from "node:assert";

const SLOTS_MIN = 8;
/** Stands for no value; values are kept one higher. So a map that is made large costs no memory before it is filled. */
const EMPTY = 0;

/**
 * A map from two 32-bit integers to a non-negative one, which is looked up without making a key object: open addressing
 * with linear probing, at most half full.
 */
export class PairMap {
  #mask: number;
  #firsts: Int32Array;
  #seconds: Int32Array;
  #values: Int32Array;
  #size = 0;

  /** @param capacity Pairs that it takes without being laid out anew. */
  constructor(capacity: number) {
    let slots = SLOTS_MIN;
    while (slots < 2 * capacity) slots *= 2;
    this.#mask = slots - 1;
    this.#firsts = new Int32Array(slots);
    this.#seconds = new Int32Array(slots);
    this.#values = new Int32Array(slots);
  }

  get size(): number {
    return this.#size;
  }

  /** The value of the pair, or -1. */
  get(first: number, second: number): number {
    return this.#values[this.#slotOf(first, second)]! - 1;
  }

  *values(): Generator<number, void> {
    for (const value of this.#values) if (value !== EMPTY) yield value - 1;
  }

  /** Overwrites what was there. */
  set(first: number, second: number, value: number): void {
    assert(value >= 0, "negative values stand for nothing");
    let slot = this.#slotOf(first, second);
    if (this.#values[slot] === EMPTY) {
      this.#size++;
      if (2 * this.#size > this.#values.length) {
        this.#grow();
        slot = this.#slotOf(first, second);
      }
    }
    this.#firsts[slot] = first;
    this.#seconds[slot] = second;
    this.#values[slot] = value + 1;
  }

  /** Returns the value that the pair had, or -1. */
  delete(first: number, second: number): number {
    let hole = this.#slotOf(first, second);
    const value = this.#values[hole]! - 1;
    if (value === -1) return value;
    this.#size--;
    // Pairs behind the hole close up, unless one would come to stand before the slot where it is looked for.
    for (let slot = (hole + 1) & this.#mask; this.#values[slot] !== EMPTY; slot = (slot + 1) & this.#mask) {
      const home = mix(this.#firsts[slot]!, this.#seconds[slot]!) & this.#mask;
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue;
      this.#firsts[hole] = this.#firsts[slot]!;
      this.#seconds[hole] = this.#seconds[slot]!;
      this.#values[hole] = this.#values[slot]!;
      hole = slot;
    }
    this.#values[hole] = EMPTY;
    return value;
  }

  /** The pair's slot, or the empty one where it would go. */
  #slotOf(first: number, second: number): number {
    let slot = mix(first, second) & this.#mask;
    while (this.#values[slot] !== EMPTY && (this.#firsts[slot] !== first || this.#seconds[slot] !== second)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const [firsts, seconds, values] = [this.#firsts, this.#seconds, this.#values];
    const slots = 2 * values.length;
    this.#mask = slots - 1;
    this.#firsts = new Int32Array(slots);
    this.#seconds = new Int32Array(slots);
    this.#values = new Int32Array(slots);
    for (const [at, value] of values.entries()) {
      if (value === EMPTY) continue;
      const slot = this.#slotOf(firsts[at]!, seconds[at]!);
      this.#firsts[slot] = firsts[at]!;
      this.#seconds[slot] = seconds[at]!;
      this.#values[slot] = value;
    }
  }
}

/** Spreads neighbouring numbers, which is what configs are full of, over all bits (the end of MurmurHash3). */
function mix(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ second;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
