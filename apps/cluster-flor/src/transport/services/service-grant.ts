/** Until when a service may be served that has one host at a time. Times are of the clock that goes on while the machine is suspended. */
export class ServiceGrant {
  readonly #bootNow: () => number;
  #isNeeded = false;
  #until = 0;
  /** The end was not handled yet. */
  #isOpen = false;

  constructor(bootNow: () => number) {
    this.#bootNow = bootNow;
  }

  /** Until when the service may be served; 0: it has no grant; undefined: it needs none. */
  get until(): number | undefined {
    return this.#isNeeded ? this.#until : undefined;
  }

  /** Whether the service may be served now. */
  get isInForce(): boolean {
    return !this.#isNeeded || this.#bootNow() < this.#until;
  }

  /** How long the service may still be served; null: it needs no grant. */
  get leftMs(): number | null {
    return this.#isNeeded ? Math.max(0, this.#until - this.#bootNow()) : null;
  }

  /** When an end has to be handled; Infinity: there is none. */
  get endsAt(): number {
    return this.#isNeeded && this.#isOpen ? this.#until : Infinity;
  }

  /** Says whether the service needs a grant, by its config. Streams that have begun without one end. */
  require(isNeeded: boolean): void {
    if (isNeeded && !this.#isNeeded) this.#isOpen = true;
    this.#isNeeded = isNeeded;
  }

  /** Returns whether that is news. */
  set(until: number): boolean {
    if (this.#until === until) return false;
    this.#until = until;
    this.#isOpen = true;
    return true;
  }

  /** The end is handled. */
  close(): void {
    this.#isOpen = false;
  }
}
