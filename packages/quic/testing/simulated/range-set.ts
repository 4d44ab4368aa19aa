export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** A set of whole numbers as ranges, in ascending order, of which no two touch. */
export class RangeSet {
  readonly #ranges: Range[] = [];

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  get first(): Range | undefined {
    return this.#ranges[0];
  }

  has(number: number): boolean {
    return this.#ranges.some(({ start, end }) => start <= number && number < end);
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const ranges = this.#ranges;
    let first = ranges.length;
    while (first > 0 && ranges[first - 1]!.end >= start) first--;
    let joined: Range = { start, end };
    let last = first;
    for (; last < ranges.length && ranges[last]!.start <= end; last++) {
      const other = ranges[last]!;
      joined = { start: Math.min(joined.start, other.start), end: Math.max(joined.end, other.end) };
    }
    ranges.splice(first, last - first, joined);
  }

  remove(start: number, end: number): void {
    const ranges = this.#ranges;
    for (let at = ranges.length - 1; at >= 0 && ranges[at]!.end > start; at--) {
      const range = ranges[at]!;
      if (range.start >= end) continue;
      const rest: Range[] = [];
      if (range.start < start) rest.push({ start: range.start, end: start });
      if (range.end > end) rest.push({ start: end, end: range.end });
      ranges.splice(at, 1, ...rest);
    }
  }

  /** Leaves the highest ranges only, so many of them. */
  keepHighest(count: number): void {
    this.#ranges.splice(0, Math.max(0, this.#ranges.length - count));
  }
}
