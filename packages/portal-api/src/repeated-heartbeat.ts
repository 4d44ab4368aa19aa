/** The heartbeat of a vertex whose port repeats it by itself: the port is told of each heartbeat that differs from the last. */
export class RepeatedHeartbeat {
  #told: Uint8Array | undefined;
  #isUntold = false;

  /** Has the port told the next heartbeat, even if it is like the last one. */
  forget(): void {
    this.#told = undefined;
  }

  /** Sets the present heartbeat. */
  set(message: Uint8Array): void {
    if (this.#told !== undefined && Buffer.compare(this.#told, message) === 0) return;
    this.#told = message;
    this.#isUntold = true;
  }

  /** The heartbeat that the port does not have yet, or undefined. */
  poll(): Uint8Array | undefined {
    if (!this.#isUntold) return undefined;
    this.#isUntold = false;
    return this.#told;
  }
}
