/** Counts the bytes that all streams of the process hold in memory. */
export class MemoryBudget {
  readonly #max: number;
  #held = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether a new stream must be refused. */
  get isSpent(): boolean {
    return this.#held >= this.#max;
  }

  /** Counts `bytes` more, or fewer when negative. */
  change(bytes: number): void {
    this.#held += bytes;
  }
}
