/**
 * A bounded number of places, shared fairly by groups within groups: networks within larger networks, or the ways that packets
 * come by, which begin with one neighbour and fork behind it. Pure.
 *
 * The law: *who comes gets a place while all places of its groups, added up over the groups, are fewer than there are places.*
 * The whole counts as the first group. So one group alone gets no more than what it leaves free: with `g` groups from the
 * largest to the smallest, 1 / (g + 1) of the places. Two that do not know each other, half of what is left after what they
 * have in common. And who comes from a group that holds nothing finds a place however many come from others, as long as these
 * are not about as many groups as there are places.
 *
 * Where a group's own places count less, `of` each, one group alone gets more, 1 / (g · of + 1), and those who come later get fewer at first.
 */
export class FairShare {
  readonly #capacity: number;
  readonly #of: number;
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** @param of How much a place of a group counts for that group: 1 as a rule, or a part of it. */
  constructor(capacity: number, of = 1) {
    this.#capacity = capacity;
    this.#of = of;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * Takes a place, or returns false when there is none. `release` gives it back.
   *
   * @param groups Names of all groups of who comes, from the largest to the smallest. No two groups have one name.
   */
  take(groups: readonly string[]): boolean {
    if (!this.has(groups)) return false;
    this.#total++;
    for (const group of groups) this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
    return true;
  }

  /** Whether `take` would find a place. */
  has(groups: readonly string[]): boolean {
    let sum = this.#total;
    for (let i = 0; i < groups.length && sum < this.#capacity; i++) {
      sum += this.#of * (this.#counts.get(groups[i]!) ?? 0);
    }
    return sum < this.#capacity;
  }

  /** @param groups Those that a place was taken with. */
  release(groups: readonly string[]): void {
    this.#total--;
    for (const group of groups) {
      const count = this.#counts.get(group)! - 1;
      if (count > 0) this.#counts.set(group, count);
      else this.#counts.delete(group);
    }
  }
}
