/** What a `Deadlines` heap holds: it keeps its own place there. */
export interface Timed {
  deadline: number;
  /** Place in the heap, -1 outside; the heap's to write. */
  heapIndex: number;
}

/** A binary heap of things that each have one deadline, so that nothing walks all sessions to find the next one. */
export class Deadlines<Item extends Timed> {
  readonly #heap: Item[] = [];

  /** The earliest deadline; Infinity when there is none. */
  get next(): number {
    return this.#heap[0]?.deadline ?? Infinity;
  }

  set(item: Item, deadline: number): void {
    if (deadline === Infinity) {
      this.remove(item);
      return;
    }
    const isNew = item.heapIndex < 0;
    if (!isNew && deadline === item.deadline) return;
    const isEarlier = isNew || deadline < item.deadline;
    item.deadline = deadline;
    if (isNew) {
      item.heapIndex = this.#heap.length;
      this.#heap.push(item);
    }
    if (isEarlier) this.#up(item);
    else this.#down(item);
  }

  remove(item: Item): void {
    item.deadline = Infinity;
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#heap.pop()!;
    if (last === item) return;
    last.heapIndex = index;
    this.#heap[index] = last;
    this.#up(last);
    this.#down(last);
  }

  /** Takes the item with the earliest deadline out if that is due. */
  pollDue(now: number): Item | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.deadline > now) return undefined;
    this.remove(first);
    return first;
  }

  #up(item: Item): void {
    const heap = this.#heap;
    let at = item.heapIndex;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!;
      if (parent.deadline <= item.deadline) break;
      heap[at] = parent;
      const above = parent.heapIndex;
      parent.heapIndex = at;
      at = above;
    }
    heap[at] = item;
    item.heapIndex = at;
  }

  #down(item: Item): void {
    const heap = this.#heap;
    let at = item.heapIndex;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= heap.length) break;
      if (childAt + 1 < heap.length && heap[childAt + 1]!.deadline < heap[childAt]!.deadline) childAt++;
      const child = heap[childAt]!;
      if (child.deadline >= item.deadline) break;
      heap[at] = child;
      child.heapIndex = at;
      at = childAt;
    }
    heap[at] = item;
    item.heapIndex = at;
  }
}
