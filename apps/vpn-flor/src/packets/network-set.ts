import { type IpNetwork, type IpVersion, rangesOf } from "./networks.ts";

/** A set of addresses, of which packets are asked one by one: looking allocates nothing, and takes a binary search. */
export class NetworkSet {
  readonly #ipv4: SortedRanges;
  readonly #ipv6: SortedRanges;

  constructor(networks: Iterable<IpNetwork>) {
    const all = Array.from(networks);
    this.#ipv4 = new SortedRanges(all, 4);
    this.#ipv6 = new SortedRanges(all, 6);
  }

  /** Whether the address at `at` is in one of the networks. An address that is cut is in none. */
  has(version: IpVersion, bytes: Uint8Array, at: number): boolean {
    if (at + (version === 4 ? 4 : 16) > bytes.length) return false;
    return this.#rangesOf(version).holds(bytes, at);
  }

  #rangesOf(version: IpVersion): SortedRanges {
    return version === 4 ? this.#ipv4 : this.#ipv6;
  }
}

/** Ranges of one version, one behind the other in rising order, of which no two touch. */
class SortedRanges {
  readonly #size: number;
  readonly #count: number;
  readonly #firsts: Uint8Array;
  readonly #lasts: Uint8Array;

  constructor(networks: readonly IpNetwork[], version: IpVersion) {
    const ranges = rangesOf(networks.filter((network) => network.version === version));
    this.#size = version === 4 ? 4 : 16;
    this.#count = ranges.length;
    this.#firsts = Uint8Array.from(ranges.flatMap(({ first }) => [...first]));
    this.#lasts = Uint8Array.from(ranges.flatMap(({ last }) => [...last]));
  }

  /** Whether one of the ranges has the address at `at`. */
  holds(bytes: Uint8Array, at: number): boolean {
    // The last range that begins at the address or before it is the only one that may have it.
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#firsts, middle, bytes, at) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.#compare(this.#lasts, low - 1, bytes, at) >= 0;
  }

  #compare(ends: Uint8Array, index: number, bytes: Uint8Array, at: number): number {
    const start = index * this.#size;
    for (let offset = 0; offset < this.#size; offset++) {
      const difference = ends[start + offset]! - bytes[at + offset]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
