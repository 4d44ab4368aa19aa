/** Counts that another process tells as absolute numbers since its start: by how much each of them has grown since it was told last. */
export class AdvancingCounts {
  readonly #known = new Map<number, number>();
  #instance = "";

  /** The process that tells; another life of it counts from 0 again. */
  handleInstance(instance: string): void {
    if (instance === this.#instance) return;
    this.#instance = instance;
    this.#known.clear();
  }

  /** @returns 0 when it was told before; a report may come late, or twice. */
  advance(row: number, value: number): number {
    const growth = value - (this.#known.get(row) ?? 0);
    if (growth <= 0) return 0;
    this.#known.set(row, value);
    return growth;
  }

  /** The other process begins anew with the rows that are not to be kept. */
  retain(isKept: (row: number) => boolean): void {
    for (const row of this.#known.keys()) if (!isKept(row)) this.#known.delete(row);
  }
}
