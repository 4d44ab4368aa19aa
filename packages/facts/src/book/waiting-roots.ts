/**
 * Root descriptors that recovery keys have signed. Each of them waits until the node has run for three days with it: so those who hold the root's keys
 * see it in time, and end it by a regular version. Only running time counts, which no clock that is set can make shorter.
 */
import { RECOVERY_MS } from "../limits.ts";
import { compareFacts } from "../slots.ts";
import type { HeldFact } from "./held-fact.ts";
import { WAITING_MAX } from "./limits.ts";

export interface WaitingRoot {
  readonly fact: HeldFact;
  /** Milliseconds that the node has to run on. */
  readonly leftMs: number;
}

export class WaitingRoots {
  readonly #facts = new Map<string, HeldFact>();
  /** How long the node has run with them, and with those of them that were taken, by their ids. */
  readonly #ran: Map<string, number>;

  /** @param ran The times before a restart, in milliseconds */
  constructor(ran: ReadonlyMap<string, number>) {
    this.#ran = new Map(ran);
  }

  get all(): readonly WaitingRoot[] {
    return [...this.#facts.values()].map((fact) => ({ fact, leftMs: this.#leftOf(fact) }));
  }

  /** How long the node has run with each, by their ids: to be kept over a restart, also of those that were taken. */
  get ran(): ReadonlyMap<string, number> {
    return this.#ran;
  }

  get(id: string): HeldFact | undefined {
    return this.#facts.get(id);
  }

  /** Whether a root has waited for long enough before a restart. */
  isOver(id: string): boolean {
    return (this.#ran.get(id) ?? 0) >= RECOVERY_MS;
  }

  /** False: as many wait as there may be. */
  add(fact: HeldFact): boolean {
    if (this.#facts.size >= WAITING_MAX) return false;
    this.#facts.set(fact.id, fact);
    this.#ran.set(fact.id, this.#ran.get(fact.id) ?? 0);
    return true;
  }

  /** Counts time for which the node has run; returns the root whose time is over. */
  handleRan(ms: number): HeldFact | undefined {
    const over: HeldFact[] = [];
    for (const fact of this.#facts.values()) {
      this.#ran.set(fact.id, Math.min(RECOVERY_MS, (this.#ran.get(fact.id) ?? 0) + ms));
      if (this.isOver(fact.id)) over.push(fact);
    }
    return over.toSorted((a, b) => compareFacts(b, a))[0];
  }

  /** Another version is taken, or one of these: returns those that are not. */
  end(taken: string): readonly HeldFact[] {
    const gone = [...this.#facts.values()].filter(({ id }) => id !== taken);
    this.#facts.clear();
    for (const { id } of gone) this.#ran.delete(id);
    return gone;
  }

  #leftOf({ id }: HeldFact): number {
    return RECOVERY_MS - (this.#ran.get(id) ?? 0);
  }
}
