/** So many places, for which whoever comes beyond waits in the order of coming. */
export class WaitingPlaces {
  readonly #max: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Waits for a place. Returns how it is given back, once. @throws what `signal` says, where it ends the waiting */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#max) await this.#wait(signal);
    else this.#taken++;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const [next] = this.#waiting;
      // The place goes to whoever waits, and stays taken.
      if (next === undefined) this.#taken--;
      else next();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((done, fail) => {
      const leave = (): void => {
        this.#waiting.delete(go);
        fail(signal.reason as Error);
      };
      const go = (): void => {
        this.#waiting.delete(go);
        signal.removeEventListener("abort", leave);
        done();
      };
      this.#waiting.add(go);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
