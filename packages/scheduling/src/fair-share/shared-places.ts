/** Somebody who may have a place. */
export interface PlaceHolder {
  /** The names of all groups that he is of, from the largest to the smallest. Each group is within the one before. */
  readonly groups: readonly string[];
}

/** A group of holders, and those of its groups that have any. */
interface Group<Holder> {
  count: number;
  readonly groups: Map<string, Group<Holder>>;
  /** The holders that are of no smaller group, the newest last; undefined: a holder that has left. */
  readonly holders: (Holder | undefined)[];
}

/**
 * A bounded number of places, shared by groups and by the groups within them. One group alone may have all; when others come, the largest
 * gives up places for them until all have as many. (`FairShare` takes nothing from those who are there, and so keeps places free.) Pure.
 *
 * The law: *where all places are taken, who comes gets one of the largest group if his own has fewer even with him; if it has not, the same
 * holds among the groups within his own.* The newest holder goes: what has lasted is worth more. A look takes as long as there are groups, and
 * those are bounded by a config: allow lists, sockets, sessions.
 */
export class SharedPlaces<Holder extends PlaceHolder> {
  readonly #capacity: number;
  readonly #all: Group<Holder> = emptyGroup();
  /** The place of each holder among those of its smallest group. */
  readonly #placeOf = new Map<Holder, number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get taken(): number {
    return this.#placeOf.size;
  }

  /**
   * Takes a place, which `release` gives back. "full": there is none for this one. A holder: it has given up its own for this one, and is none
   * any more.
   */
  take(holder: Holder): Holder | "free" | "full" {
    if (this.taken < this.#capacity) {
      this.#add(holder);
      return "free";
    }
    const surplus = this.#surplusFor(holder);
    if (surplus === undefined) return "full";
    this.release(surplus);
    this.#add(holder);
    return surplus;
  }

  /** Does nothing where it has no place any more. */
  release(holder: Holder): void {
    const at = this.#placeOf.get(holder);
    if (at === undefined) return;
    this.#placeOf.delete(holder);
    const path = this.#pathOf(holder);
    const { holders } = path.at(-1)!;
    holders[at] = undefined;
    while (holders.length > 0 && holders.at(-1) === undefined) holders.pop();
    for (const group of path) group.count--;
    if (holders.length > 2 * path.at(-1)!.count + SLACK) this.#compact(holders);
    for (let depth = path.length - 1; depth > 0 && path[depth]!.count === 0; depth--) {
      path[depth - 1]!.groups.delete(holder.groups[depth - 1]!);
    }
  }

  #add(holder: Holder): void {
    const path = this.#pathOf(holder);
    for (const group of path) group.count++;
    this.#placeOf.set(holder, path.at(-1)!.holders.push(holder) - 1);
  }

  /** All groups that it is of, which are made where they are not there; the first is of everybody. */
  #pathOf({ groups: names }: Holder): Group<Holder>[] {
    const path = [this.#all];
    for (const name of names) {
      const { groups } = path.at(-1)!;
      const group = groups.get(name) ?? emptyGroup<Holder>();
      groups.set(name, group);
      path.push(group);
    }
    return path;
  }

  /** Whoever has to go for it; undefined: nobody. */
  #surplusFor({ groups: names }: Holder): Holder | undefined {
    let within = this.#all;
    for (const name of names) {
      const own = within.groups.get(name);
      const largest = largestOf(within);
      if (largest === undefined) return undefined;
      // With one more it would still be the smaller one of the two.
      if ((own?.count ?? 0) + 1 < largest.count) return newestOf(largest);
      if (own === undefined) return undefined;
      within = own;
    }
    return undefined;
  }

  /** Lets go of the gaps. */
  #compact(holders: (Holder | undefined)[]): void {
    const left = holders.filter((holder) => holder !== undefined);
    holders.length = 0;
    for (const holder of left) this.#placeOf.set(holder, holders.push(holder) - 1);
  }
}

/** Gaps that any group may have. */
const SLACK = 16;

function emptyGroup<Holder>(): Group<Holder> {
  return { count: 0, groups: new Map(), holders: [] };
}

function largestOf<Holder>({ groups }: Group<Holder>): Group<Holder> | undefined {
  let largest: Group<Holder> | undefined;
  for (const group of groups.values()) if (largest === undefined || group.count > largest.count) largest = group;
  return largest;
}

/** The newest holder of the largest of its groups, and of the largest within that. */
function newestOf<Holder>(group: Group<Holder>): Holder | undefined {
  let within = group;
  for (let largest = largestOf(within); largest !== undefined; largest = largestOf(within)) within = largest;
  return within.holders.at(-1);
}
