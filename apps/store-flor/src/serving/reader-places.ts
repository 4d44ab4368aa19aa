/** Places for those who read. Pure. */

/** Counts places by principals: so many in all, and so many for one of them. */
export class ReaderPlaces {
  readonly #all: number;
  readonly #ofOne: number;
  readonly #taken = new Map<string, number>();
  #size = 0;

  constructor(all: number, ofOne: number) {
    this.#all = all;
    this.#ofOne = ofOne;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes a place. Returns how it is given back, once; undefined: there is none. */
  take(principal: string): (() => void) | undefined {
    const own = this.#taken.get(principal) ?? 0;
    if (this.#size >= this.#all || own >= this.#ofOne) return undefined;
    this.#size++;
    this.#taken.set(principal, own + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#size--;
      const left = this.#taken.get(principal)! - 1;
      if (left === 0) this.#taken.delete(principal);
      else this.#taken.set(principal, left);
    };
  }
}
