import { HANDSHAKE_BYTES_MAX } from "./limits.ts";

/** More than handshakes have as a rule. */
const BYTES_USUAL = 8_192;

/**
 * How much of a handshake a connection hears. quiche keeps pieces of CRYPTO streams without a bound, in 25 times the memory
 * that they take on the wire, and V8, which does not see it, would let thousands of connections that have ended lie. So one
 * that has heard a lot weighs something for V8 from then on, and one that has heard too much hears no more.
 */
export class HandshakeBudget {
  #bytes = 0;

  get isSpent(): boolean {
    return this.#bytes > HANDSHAKE_BYTES_MAX;
  }

  /** A datagram with packets that were genuine. @returns true once: that was more than is usual */
  handleHeard(bytes: number): boolean {
    const wasUsual = this.#bytes <= BYTES_USUAL;
    this.#bytes += bytes;
    return wasUsual && this.#bytes > BYTES_USUAL;
  }
}
