/** Writes the connection's next packet into `out`; 0 when there is none. */
type Transmit = (out: Uint8Array) => number;

/** Sends the last packets of a connection that is closed. */
export class Farewell {
  /** The peer learns nothing, not even that this is the end. */
  isSilent = false;
  /** The packet that told the peer of the end, kept while the connection drains. */
  #closePacket: Uint8Array | undefined;
  #isCloseSent = false;
  #isCloseDue = false;
  #latePackets = 0;

  /** quiche says CONNECTION_CLOSE once. When it was lost, the peer goes on, and is told again here (RFC 9000, 10.2.1). */
  transmit(out: Uint8Array, transmit: Transmit): number {
    if (this.isSilent) return 0;
    if (!this.#isCloseSent) {
      const length = transmit(out);
      if (length > 0) this.#closePacket = out.slice(0, length);
      // Before it, nothing means "not yet": quiche waits for room in its window, which only its timer gives it now.
      else if (this.#closePacket !== undefined) this.#isCloseSent = true;
      return length;
    }
    const closePacket = this.#closePacket;
    if (!this.#isCloseDue || closePacket === undefined || closePacket.length > out.length) return 0;
    this.#isCloseDue = false;
    out.set(closePacket);
    return closePacket.length;
  }

  /** A packet after the end. Ever fewer of them are answered: the 1st, 2nd, 4th, 8th, … */
  handleLate(): void {
    this.#latePackets++;
    if ((this.#latePackets & (this.#latePackets - 1)) === 0) this.#isCloseDue = true;
  }

  /** The connection has drained: nothing is said any more. */
  handleOver(): void {
    this.#closePacket = undefined;
  }
}
