import type { NativeConnection } from "./native-connection.ts";

/** When quiche wants to be called. Asking quiche costs as much as half a packet, so that it is asked once after each change. */
export class NativeDeadline {
  #at = Infinity;
  #isKnown = false;

  /** Packets, time or the application may have moved the deadline. */
  handleChange(): void {
    this.#isKnown = false;
  }

  at(native: NativeConnection, now: number): number {
    if (!this.#isKnown) {
      const wait = native.timeout();
      // The binding rounds down to a millisecond; a timer that is called too early does nothing.
      this.#at = wait === null ? Infinity : now + wait + 1;
      this.#isKnown = true;
    }
    return this.#at;
  }
}
