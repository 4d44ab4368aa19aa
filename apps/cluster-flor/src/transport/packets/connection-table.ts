/** Connections by their ConnectionId, as its two halves. */
export class ConnectionTable<Entry> {
  readonly #halves = new Map<number, Map<number, Entry>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(high: number, low: number): Entry | undefined {
    return this.#halves.get(high)?.get(low);
  }

  /** False: there is one already. */
  add(high: number, low: number, entry: Entry): boolean {
    let half = this.#halves.get(high);
    if (half === undefined) this.#halves.set(high, (half = new Map()));
    if (half.has(low)) return false;
    half.set(low, entry);
    this.#size++;
    return true;
  }

  delete(high: number, low: number): void {
    const half = this.#halves.get(high);
    if (half === undefined || !half.delete(low)) return;
    this.#size--;
    if (half.size === 0) this.#halves.delete(high);
  }

  *values(): Generator<Entry, void, void> {
    for (const half of this.#halves.values()) yield* half.values();
  }
}
