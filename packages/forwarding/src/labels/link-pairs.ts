import { PairMap } from "./pair-map.ts";

/** A way through a vertex: packets that come in on the one link and leave on the other. */
export interface LinkPair {
  readonly inLink: number;
  readonly outLink: number;
}

/** Numbers the pairs of links, each direction by itself. */
export class LinkPairs {
  /** By their numbers, those included that were released. */
  readonly all: LinkPair[] = [];
  readonly #free: number[] = [];
  readonly #indices = new PairMap(0);

  /** Pairs that were not released. */
  get size(): number {
    return this.all.length - this.#free.length;
  }

  /** The number of a pair, or -1. */
  get(inLink: number, outLink: number): number {
    return this.#indices.get(inLink, outLink);
  }

  /** A pair that is new gets the number of one that was released, or the next. */
  indexOf(inLink: number, outLink: number): number {
    const known = this.#indices.get(inLink, outLink);
    if (known !== -1) return known;
    const number = this.#free.pop() ?? this.all.length;
    this.#indices.set(inLink, outLink, number);
    this.all[number] = { inLink, outLink };
    return number;
  }

  /** Releases all pairs but these. Returns the numbers of those that were released. */
  retain(used: ReadonlySet<number>): number[] {
    const released: number[] = [];
    for (const [number, { inLink, outLink }] of this.all.entries()) {
      if (used.has(number) || this.#indices.get(inLink, outLink) !== number) continue;
      this.#indices.delete(inLink, outLink);
      released.push(number);
    }
    this.#free.push(...released);
    return released;
  }
}
