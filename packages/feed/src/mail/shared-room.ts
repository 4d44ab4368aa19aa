/**
 * Room that several share, of which nobody gets what another one has: one may have as much as is free beside it. So a single one gets half of all, each of
 * n that ask without end one part in n + 1, and as much stays free for whoever comes next. Pure.
 */
export class SharedRoom {
  readonly #size: number;
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Whether `holder` may have so much more. */
  hasRoom(holder: string, amount: number): boolean {
    return (this.#taken.get(holder) ?? 0) + amount <= this.#size - this.#all;
  }

  take(holder: string, amount: number): void {
    this.#taken.set(holder, (this.#taken.get(holder) ?? 0) + amount);
    this.#all += amount;
  }

  release(holder: string, amount: number): void {
    const left = this.#taken.get(holder)! - amount;
    if (left === 0) this.#taken.delete(holder);
    else this.#taken.set(holder, left);
    this.#all -= amount;
  }
}
