/** A member of a `Deadlines` heap, which alone writes both fields. */
export interface Timed {
  /** Monotonic milliseconds; Infinity outside of the heap. */
  deadline: number;
  /** Place in the heap, or `NOT_IN_HEAP`. */
  heapIndex: number;
}

export const NOT_IN_HEAP = -1;

/**
 * A binary heap of things that each have one deadline: it finds the next one, and moves one, without looking at all of
 * them. Pure: the time is an argument.
 */
export class Deadlines<Item extends Timed> {
  readonly #items: Item[] = [];

  /** The earliest deadline; Infinity when nothing waits. */
  get next(): number {
    return this.#items[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Puts the item at a deadline, whether it was in the heap or not; Infinity takes it out. */
  set(item: Item, deadline: number): void {
    const before = item.deadline;
    item.deadline = deadline;
    if (deadline === Number.POSITIVE_INFINITY) {
      if (item.heapIndex !== NOT_IN_HEAP) this.#removeAt(item.heapIndex);
    } else if (item.heapIndex === NOT_IN_HEAP) {
      item.heapIndex = this.#items.push(item) - 1;
      this.#rise(item.heapIndex);
    } else if (deadline < before) {
      this.#rise(item.heapIndex);
    } else if (deadline > before) {
      this.#sink(item.heapIndex);
    }
  }

  remove(item: Item): void {
    this.set(item, Number.POSITIVE_INFINITY);
  }

  /** Takes out the item with the earliest deadline, if that has come. */
  popDue(now: number): Item | undefined {
    const first = this.#items[0];
    if (first === undefined || first.deadline > now) return undefined;
    this.remove(first);
    return first;
  }

  #removeAt(index: number): void {
    this.#items[index]!.heapIndex = NOT_IN_HEAP;
    const last = this.#items.pop()!;
    if (index === this.#items.length) return;
    this.#place(last, index);
    this.#rise(index);
    this.#sink(last.heapIndex);
  }

  #rise(from: number): void {
    const item = this.#items[from]!;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#items[parent]!.deadline <= item.deadline) break;
      this.#place(this.#items[parent]!, index);
      index = parent;
    }
    this.#place(item, index);
  }

  #sink(from: number): void {
    const item = this.#items[from]!;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#items[child + 1]!.deadline < this.#items[child]!.deadline) child++;
      if (this.#items[child]!.deadline >= item.deadline) break;
      this.#place(this.#items[child]!, index);
      index = child;
    }
    this.#place(item, index);
  }

  #place(item: Item, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
