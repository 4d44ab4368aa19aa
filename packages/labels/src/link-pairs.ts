import { PairMap } from "./pair-map.ts";

/** A way through a vertex: packets that come in on the one link and leave on the other. */
export interface LinkPair {
  readonly inLink: number;
  readonly outLink: number;
}

/** Numbers the pairs of links, each direction by itself. */
export class LinkPairs {
  readonly all: LinkPair[] = [];
  readonly #indices = new PairMap(0);

  /** The number of a pair, or -1. */
  get(inLink: number, outLink: number): number {
    return this.#indices.get(inLink, outLink);
  }

  /** A pair that is new gets the next number. */
  indexOf(inLink: number, outLink: number): number {
    const known = this.#indices.get(inLink, outLink);
    if (known !== -1) return known;
    this.#indices.set(inLink, outLink, this.all.length);
    return this.all.push({ inLink, outLink }) - 1;
  }
}
