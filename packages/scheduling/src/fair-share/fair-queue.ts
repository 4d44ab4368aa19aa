/** Whatever waits in groups that take turns, one for each; within a group the oldest is first. Pure. */
export class FairQueue<Item> {
  /** The groups that have items, in the order of their turns. */
  readonly #groups = new Map<string, Set<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(group: string, item: Item): void {
    const items = this.#groups.get(group) ?? new Set();
    if (items.size === 0) this.#groups.set(group, items);
    if (!items.has(item)) this.#size++;
    items.add(item);
  }

  /** The next one, which stays; undefined: nothing waits. */
  get first(): Item | undefined {
    for (const items of this.#groups.values()) for (const item of items) return item;
    return undefined;
  }

  /** Takes the next one out, and its group is the last from now on. */
  shift(): Item | undefined {
    for (const [group, items] of this.#groups) {
      this.#groups.delete(group);
      for (const item of items) {
        items.delete(item);
        this.#size--;
        if (items.size > 0) this.#groups.set(group, items);
        return item;
      }
    }
    return undefined;
  }

  /** Takes one out. False: it does not wait there. */
  delete(group: string, item: Item): boolean {
    const items = this.#groups.get(group);
    if (items?.delete(item) !== true) return false;
    this.#size--;
    if (items.size === 0) this.#groups.delete(group);
    return true;
  }
}
