/** A heartbeat, and how often a port that repeats it by itself sends it. */
export interface PacedHeartbeat {
  readonly message: Uint8Array;
  readonly intervalMs: number;
}

/** The heartbeat of a vertex whose port repeats it by itself: the port is told of each one that differs from the last, or goes out at another pace. */
export class RepeatedHeartbeat {
  #told: PacedHeartbeat | undefined;
  #isUntold = false;

  /** Has the port told the next heartbeat, even if it is like the last one. */
  forget(): void {
    this.#told = undefined;
  }

  /** Sets the present heartbeat. */
  set(message: Uint8Array, intervalMs: number): void {
    const told = this.#told;
    if (told !== undefined && told.intervalMs === intervalMs && Buffer.compare(told.message, message) === 0) return;
    this.#told = { message, intervalMs };
    this.#isUntold = true;
  }

  /** The heartbeat that the port does not have yet, or undefined. */
  poll(): PacedHeartbeat | undefined {
    if (!this.#isUntold) return undefined;
    this.#isUntold = false;
    return this.#told;
  }
}
