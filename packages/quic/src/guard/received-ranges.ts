/** Knows which bytes of a stream have come: all below `front`, and ranges beyond it, each after a gap. Pure. */
export class ReceivedRanges {
  /** The offset below which all bytes have come. */
  front = 0;
  /** Bytes beyond the front. */
  beyond = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** The end of the highest range, or the front. */
  get highest(): number {
    return this.#ends.at(-1) ?? this.front;
  }

  /** The number of gaps, which is that of ranges beyond the front. */
  get gaps(): number {
    return this.#starts.length;
  }

  /** Adds a range that is not empty; returns how many of its bytes are new. `pieces` then says in how many pieces they lie. */
  add(start: number, end: number): number {
    this.pieces = 0;
    if (end <= this.front) return 0;
    const from = Math.max(start, this.front);
    if (this.#starts.length === 0 && from === this.front) {
      // The usual case: the next bytes of a stream without gaps.
      this.pieces = 1;
      this.front = end;
      return end - from;
    }
    return this.#insert(from, end);
  }

  /** The number of pieces in which the new bytes of the last `add` lie. */
  pieces = 0;

  /** The application has read everything below an offset, or the peer has given it up. */
  advance(offset: number): void {
    if (offset <= this.front) return;
    this.front = offset;
    this.#join();
  }

  #insert(start: number, end: number): number {
    const first = this.#firstEndingFrom(start);
    let last = first;
    let joinedStart = start;
    let joinedEnd = end;
    let known = 0;
    let at = start;
    for (; last < this.#starts.length && this.#starts[last]! <= end; last++) {
      const [from, to] = [this.#starts[last]!, this.#ends[last]!];
      if (from > at) this.pieces++;
      at = Math.max(at, to);
      known += Math.max(0, Math.min(end, to) - Math.max(start, from));
      joinedStart = Math.min(joinedStart, from);
      joinedEnd = Math.max(joinedEnd, to);
    }
    if (at < end) this.pieces++;
    const added = end - start - known;
    this.#starts.splice(first, last - first, joinedStart);
    this.#ends.splice(first, last - first, joinedEnd);
    this.beyond += added;
    this.#join();
    return added;
  }

  /** Joins the ranges that touch the front to it. */
  #join(): void {
    let count = 0;
    for (; count < this.#starts.length && this.#starts[count]! <= this.front; count++) {
      this.beyond -= this.#ends[count]! - this.#starts[count]!;
      this.front = Math.max(this.front, this.#ends[count]!);
    }
    if (count === 0) return;
    this.#starts.splice(0, count);
    this.#ends.splice(0, count);
  }

  /** The first range that ends at or behind an offset. Most offsets lie behind all ranges: those are found at once. */
  #firstEndingFrom(offset: number): number {
    let low = 0;
    let high = this.#ends.length;
    if (high > 0 && this.#ends[high - 1]! < offset) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
