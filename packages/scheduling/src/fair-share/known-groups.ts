/**
 * The groups that somebody has come from who proved himself: so many owners, and the last few groups of each. Who proves
 * himself makes room for himself by his own oldest group, or by the owner that was not seen for longest. Pure.
 */
export class KnownGroups {
  readonly #ownersMax: number;
  readonly #perOwnerMax: number;
  /** Owners and their groups, in the order in which they were proven last. */
  readonly #byOwner = new Map<string, readonly string[]>();
  /** How many owners each group has. */
  readonly #counts = new Map<string, number>();

  constructor(ownersMax: number, perOwnerMax: number) {
    this.#ownersMax = ownersMax;
    this.#perOwnerMax = perOwnerMax;
  }

  has(group: string): boolean {
    return this.#counts.has(group);
  }

  entries(): Iterable<readonly [owner: string, groups: readonly string[]]> {
    return this.#byOwner;
  }

  /** Returns whether that is news. */
  handleProven(owner: string, group: string): boolean {
    const before = this.#byOwner.get(owner) ?? [];
    this.#remove(owner);
    const groups = [...before.filter((other) => other !== group), group].slice(-this.#perOwnerMax);
    this.#byOwner.set(owner, groups);
    for (const each of groups) this.#counts.set(each, (this.#counts.get(each) ?? 0) + 1);
    if (this.#byOwner.size > this.#ownersMax) this.#remove(this.#byOwner.keys().next().value!);
    return !before.includes(group);
  }

  #remove(owner: string): void {
    for (const group of this.#byOwner.get(owner) ?? []) {
      const count = this.#counts.get(group)! - 1;
      if (count > 0) this.#counts.set(group, count);
      else this.#counts.delete(group);
    }
    this.#byOwner.delete(owner);
  }
}
