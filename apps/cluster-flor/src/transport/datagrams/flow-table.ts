/** A flow as an entry of the table. */
export interface TableFlow {
  /** The group that the flow counts for: the address of its client, or the principal of its peer. */
  readonly group: string;
}

/**
 * The flows of one tunnel or one service, up to a largest number. With one too many, the largest group loses the flow
 * that has been silent for longest, and no other group loses any.
 */
export class FlowTable<Flow extends TableFlow> {
  readonly #max: number;
  /** All flows, the longest silent first, and when each was last heard. */
  readonly #heardAt = new Map<Flow, number>();
  /** The flows of each group in the same order. */
  readonly #groups = new Map<string, Set<Flow>>();
  /** The groups by their number of flows. */
  readonly #groupsWith = new Map<number, Set<string>>();
  #largest = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#heardAt.size;
  }

  /** The flow that has been silent for longest, and since when. */
  get oldest(): { readonly flow: Flow; readonly heardAt: number } | undefined {
    for (const [flow, heardAt] of this.#heardAt) return { flow, heardAt };
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Flow> {
    return this.#heardAt.keys();
  }

  /** Adds a flow. Returns the flow that has to go for it, which the table has removed already. */
  add(flow: Flow, now: number): Flow | undefined {
    const surplus = this.#heardAt.size < this.#max ? undefined : this.#chooseFor(flow.group);
    if (surplus !== undefined) this.remove(surplus);
    const group = this.#groups.get(flow.group) ?? new Set();
    if (group.size === 0) this.#groups.set(flow.group, group);
    group.add(flow);
    this.#heardAt.set(flow, now);
    this.#resized(flow.group, group.size - 1, group.size);
    return surplus;
  }

  /** Something of the flow was carried. */
  touch(flow: Flow, now: number): void {
    if (!this.#heardAt.delete(flow)) return;
    this.#heardAt.set(flow, now);
    const group = this.#groups.get(flow.group)!;
    group.delete(flow);
    group.add(flow);
  }

  remove(flow: Flow): void {
    if (!this.#heardAt.delete(flow)) return;
    const group = this.#groups.get(flow.group)!;
    group.delete(flow);
    if (group.size === 0) this.#groups.delete(flow.group);
    this.#resized(flow.group, group.size + 1, group.size);
  }

  /** The new flow counts for its group. */
  #chooseFor(name: string): Flow {
    const own = this.#groups.get(name);
    const [largest = name] = this.#groupsWith.get(this.#largest) ?? [];
    const group = own !== undefined && own.size + 1 >= this.#largest ? own : this.#groups.get(largest)!;
    const [flow] = group;
    return flow!;
  }

  #resized(name: string, from: number, to: number): void {
    const before = this.#groupsWith.get(from);
    before?.delete(name);
    if (before?.size === 0) this.#groupsWith.delete(from);
    if (to > 0) {
      const after = this.#groupsWith.get(to) ?? new Set();
      if (after.size === 0) this.#groupsWith.set(to, after);
      after.add(name);
    }
    if (to > this.#largest || (from === this.#largest && !this.#groupsWith.has(from))) this.#largest = to;
  }
}
