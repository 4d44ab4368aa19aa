/** What every path carries (RFC 9000, 14): a driver's buffer has at least that. */
const flightSize = 1_200;
/** Packets of a client's last flight: a chain of certificates at most. */
const flightMax = 16;

/** Writes the connection's next packet into `out`; 0 when there is none. */
type Transmit = (out: Uint8Array) => number;

/** The packets that a connection still has to send when it is closed. */
export class Farewell {
  /** What had not left before the end. */
  readonly #flight: Uint8Array[] = [];
  /** The packet that told the peer of the end, kept while the connection drains. */
  #closePacket: Uint8Array | undefined;
  #isCloseSent = false;
  #isCloseDue = false;
  #latePackets = 0;

  /**
   * Takes what a client has to send, right before it closes: a closing quiche says no more of the handshake, and a server
   * that lacks the end of it cannot read why it was closed.
   */
  keepFlight(transmit: Transmit): void {
    const out = new Uint8Array(flightSize);
    for (let i = 0; i < flightMax; i++) {
      const length = transmit(out);
      if (length === 0) return;
      this.#flight.push(out.slice(0, length));
    }
  }

  /** quiche says CONNECTION_CLOSE once. When it was lost, the peer goes on, and is told again here (RFC 9000, 10.2.1). */
  transmit(out: Uint8Array, transmit: Transmit): number {
    const packet = this.#flight.shift();
    if (packet !== undefined) return copy(packet, out);
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
    return copy(closePacket, out);
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

function copy(packet: Uint8Array, out: Uint8Array): number {
  out.set(packet);
  return packet.length;
}
