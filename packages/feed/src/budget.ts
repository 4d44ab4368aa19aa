/** A token bucket that may be overdrawn once: who has a token may spend many, and waits until they are paid back. Pure. */
export class Budget {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  /** @param now Monotonic milliseconds; it is full then. */
  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Whether there is a token. */
  isOpen(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= 1;
  }

  charge(amount: number, now: number): void {
    this.#refill(now);
    this.#tokens -= amount;
  }

  /** When there is a token, if nothing more is spent. */
  opensAt(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? now : now + Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
