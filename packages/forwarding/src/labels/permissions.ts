import type { Allowance } from "./allowance.ts";
import { PairMap } from "./pair-map.ts";

const NONE = -1;

/** A permission for adjacency labels to lead from a link to another. */
export interface Permission {
  /** The number of that way among all pairs. */
  readonly pair: number;
  /** The limits of what may pass; undefined: everything may. */
  readonly allowance: Allowance | undefined;
}

/** The permissions of one label table, found without making a key. */
export class Permissions {
  readonly #numbers: PairMap;
  readonly #all: (Permission | undefined)[] = [];
  readonly #free: number[] = [];

  /** @param capacity Permissions that it takes without being laid out anew. */
  constructor(capacity: number) {
    this.#numbers = new PairMap(capacity);
  }

  get(inLink: number, outLink: number): Permission | undefined {
    const number = this.#numbers.get(inLink, outLink);
    return number === NONE ? undefined : this.#all[number];
  }

  /** Overwrites the one that was there. */
  set(inLink: number, outLink: number, permission: Permission): void {
    let number = this.#numbers.get(inLink, outLink);
    if (number === NONE) {
      number = this.#free.pop() ?? this.#all.length;
      this.#numbers.set(inLink, outLink, number);
    }
    this.#all[number] = permission;
  }

  delete(inLink: number, outLink: number): void {
    const number = this.#numbers.delete(inLink, outLink);
    if (number === NONE) return;
    this.#all[number] = undefined;
    this.#free.push(number);
  }

  /** The numbers of the pairs that they are for. */
  pairs(): number[] {
    return this.#all.flatMap((permission) => permission?.pair ?? []);
  }
}
