import { handshakeBytesMax } from "./limits.ts";
import { weigh } from "./native-weight.ts";

/** More than handshakes have as a rule. */
const bytesUsual = 8_192;
const weight = 1 << 20;

/**
 * How much of a handshake a connection hears. quiche keeps pieces of CRYPTO streams without a bound, in 25 times the memory
 * that they take on the wire, and V8, which does not see it, would let thousands of connections that have ended lie. So one
 * that has heard a lot weighs something for V8 from then on, and one that has heard too much hears no more.
 */
export class HandshakeBudget {
  #bytes = 0;

  get isSpent(): boolean {
    return this.#bytes > handshakeBytesMax;
  }

  /** A datagram with packets that were genuine. */
  handleHeard(bytes: number): void {
    const wasUsual = this.#bytes <= bytesUsual;
    this.#bytes += bytes;
    if (wasUsual && this.#bytes > bytesUsual) weigh(this, weight);
  }
}
