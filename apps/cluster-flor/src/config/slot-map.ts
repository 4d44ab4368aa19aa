import assert from "node:assert";
import { slotOf } from "@florenetes/forwarding";

/** Parts by their numbers, for reading. */
export interface Slots<T> extends Iterable<[number, T]> {
  readonly size: number;
  /** Undefined when there is no part with that number (any more). */
  get(number: number): T | undefined;
  has(number: number): boolean;
  /** All parts, by slot. */
  entries(): Generator<[number, T], void>;
  keys(): Generator<number, void>;
  values(): Generator<T, void>;
}

/**
 * Parts by their numbers, each in the slot of its number: found by an index, and only under the exact number with which
 * they were set. No two parts have the same slot.
 */
export class SlotMap<T> implements Slots<T> {
  readonly #numbers: number[] = [];
  readonly #items: (T | undefined)[] = [];
  #size = 0;

  constructor(entries: Iterable<readonly [number, T]> = []) {
    for (const [number, item] of entries) this.set(number, item);
  }

  /** Maps each item of a list by its index. */
  static of<T>(list: readonly (T | undefined)[]): SlotMap<T> {
    return new SlotMap([...list.entries()].flatMap(([number, item]) => (item === undefined ? [] : [[number, item]])));
  }

  get size(): number {
    return this.#size;
  }

  get(number: number): T | undefined {
    const slot = slotOf(number);
    return slot < this.#numbers.length && this.#numbers[slot] === number ? this.#items[slot] : undefined;
  }

  has(number: number): boolean {
    const slot = slotOf(number);
    return slot < this.#numbers.length && this.#numbers[slot] === number;
  }

  set(number: number, item: T): void {
    const slot = slotOf(number);
    // The list gets no holes: the engine would treat it as a dictionary.
    while (this.#numbers.length <= slot) {
      this.#numbers.push(-1);
      this.#items.push(undefined);
    }
    const isFree = this.#items[slot] === undefined;
    assert(isFree || this.#numbers[slot] === number, "a slot is free before another thing has it");
    if (isFree) this.#size++;
    this.#numbers[slot] = number;
    this.#items[slot] = item;
  }

  /** Removes and returns the part with that number. */
  delete(number: number): T | undefined {
    const item = this.get(number);
    if (item === undefined) return undefined;
    const slot = slotOf(number);
    this.#numbers[slot] = -1;
    this.#items[slot] = undefined;
    this.#size--;
    return item;
  }

  *entries(): Generator<[number, T], void> {
    for (const [slot, item] of this.#items.entries()) if (item !== undefined) yield [this.#numbers[slot]!, item];
  }

  *keys(): Generator<number, void> {
    for (const [number] of this.entries()) yield number;
  }

  *values(): Generator<T, void> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }

  [Symbol.iterator](): Generator<[number, T], void> {
    return this.entries();
  }
}
