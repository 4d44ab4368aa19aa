/** The targets that a cache keeps, within its budget. Pure. */

interface Kept {
  readonly octets: number;
  /** How many read it, or fetch it, now. */
  users: number;
}

/** The outcome of a wish for room: the targets that have to go first; or why there is none. */
export type Room = { readonly going: readonly string[] } | "too-large" | "in-use";

/** Targets by their paths, the one that was used last at the end. The least recently used ones go where room is short, and none that is used now. */
export class Shelf {
  readonly #kept = new Map<string, Kept>();
  #budget: number;
  #octets = 0;

  /** @param budget octets in all */
  constructor(budget: number) {
    this.#budget = budget;
  }

  get octets(): number {
    return this.#octets;
  }

  get size(): number {
    return this.#kept.size;
  }

  get budget(): number {
    return this.#budget;
  }

  /** Takes another budget. Returns the targets that have to go. */
  handleBudget(budget: number): readonly string[] {
    this.#budget = budget;
    return this.#makeRoom(0);
  }

  /** Takes what another life of the process has left. Returns the targets that have to go. */
  handleFound(path: string, octets: number): readonly string[] {
    this.forget(path);
    this.#kept.set(path, { octets, users: 0 });
    this.#octets += octets;
    return this.#makeRoom(0);
  }

  /** Makes room for a target that is not kept, which is in use from now on. What has to go is off the shelf already. */
  take(path: string, octets: number): Room {
    if (octets > this.#budget) return "too-large";
    let used = 0;
    for (const kept of this.#kept.values()) if (kept.users > 0) used += kept.octets;
    if (used + octets > this.#budget) return "in-use";
    const going = this.#makeRoom(octets);
    this.#kept.set(path, { octets, users: 1 });
    this.#octets += octets;
    return { going };
  }

  /** Uses a target that is kept. False: it is not. */
  use(path: string): boolean {
    const kept = this.#kept.get(path);
    if (kept === undefined) return false;
    kept.users++;
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    return true;
  }

  /** A use is over. Returns the targets that have to go, where the budget has become smaller meanwhile. */
  release(path: string): readonly string[] {
    const kept = this.#kept.get(path);
    if (kept !== undefined && kept.users > 0) kept.users--;
    return this.#makeRoom(0);
  }

  /** The target is not there any more. */
  forget(path: string): void {
    const kept = this.#kept.get(path);
    if (kept === undefined) return;
    this.#kept.delete(path);
    this.#octets -= kept.octets;
  }

  #makeRoom(octets: number): readonly string[] {
    const going: string[] = [];
    for (const [path, kept] of this.#kept) {
      if (this.#octets + octets <= this.#budget) break;
      if (kept.users > 0) continue;
      going.push(path);
      this.forget(path);
    }
    return going;
  }
}
