/** Knows which streams of one kind may still begin: those above the highest that was seen, and those that were skipped. Pure. */
export class UnseenStreams {
  readonly #step = 4;
  #next: number;
  /** Skipped ids, as first and end. */
  readonly #skipped: [number, number][] = [];

  /** @param first the lowest id of the kind (RFC 9000, 2.1). */
  constructor(first: number) {
    this.#next = first;
  }

  /** Whether a stream is seen for the first time. */
  take(id: number): boolean {
    if (id >= this.#next) {
      if (id > this.#next) this.#skipped.push([this.#next, id]);
      this.#next = id + this.#step;
      return true;
    }
    const at = this.#lastFrom(id);
    const range = this.#skipped[at];
    if (range === undefined || id >= range[1]) return false;
    const [first, end] = range;
    const left: [number, number][] = [];
    if (first < id) left.push([first, id]);
    if (id + this.#step < end) left.push([id + this.#step, end]);
    this.#skipped.splice(at, 1, ...left);
    return true;
  }

  /** The last range that begins at or before an id, or -1. The number of ranges may be half that of the streams. */
  #lastFrom(id: number): number {
    let low = 0;
    let high = this.#skipped.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#skipped[middle]![0] <= id) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
