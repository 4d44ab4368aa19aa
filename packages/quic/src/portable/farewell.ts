/** Writes the connection's next packet into `out`; 0 when there is none. */
type Transmit = (out: Uint8Array) => number;

/**
 * Sends the last packets of a connection that is closed.
 *
 *     telling ──CONNECTION_CLOSE has left──▶ told ──it has drained──▶ over
 *        └── the peer shall learn nothing, or no more than what has left ─▶┘
 */
export class Farewell {
  #state: "telling" | "told" | "over" = "telling";
  /** The packet that told the peer of the end, kept while the connection drains. */
  #closePacket: Uint8Array | undefined;
  /** Packets that say all there is to say, in place of quiche's; undefined: quiche's count. */
  #ownWords: Uint8Array[] | undefined;
  #isRepeatDue = false;
  #latePackets = 0;

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** quiche says CONNECTION_CLOSE once. When it was lost, the peer goes on, and is told again here (RFC 9000, 10.2.1). */
  transmit(out: Uint8Array, transmit: Transmit): number {
    if (this.#state === "over") return 0;
    if (this.#ownWords !== undefined) return this.#say(out, this.#ownWords);
    return this.#state === "telling" ? this.#tell(out, transmit) : this.#repeat(out);
  }

  /** A packet after the end. Ever fewer of them are answered: the 1st, 2nd, 4th, 8th, … */
  handleLate(): void {
    this.#latePackets++;
    if ((this.#latePackets & (this.#latePackets - 1)) === 0) this.#isRepeatDue = true;
  }

  /** Sends these packets, each once, and nothing else. */
  handleOwnWords(packets: readonly Uint8Array[]): void {
    if (packets.length === 0) return this.handleOver();
    this.#ownWords = [...packets];
  }

  /** Sends nothing any more. */
  handleOver(): void {
    this.#state = "over";
    this.#closePacket = undefined;
  }

  #say(out: Uint8Array, packets: Uint8Array[]): number {
    const packet = packets.shift()!;
    out.set(packet);
    if (packets.length === 0) this.handleOver();
    return packet.length;
  }

  #tell(out: Uint8Array, transmit: Transmit): number {
    const length = transmit(out);
    if (length > 0) this.#closePacket = out.slice(0, length);
    // Before it, nothing means "not yet": quiche waits for room in its window, which only its timer gives it now.
    else if (this.#closePacket !== undefined) this.#state = "told";
    return length;
  }

  #repeat(out: Uint8Array): number {
    const closePacket = this.#closePacket!;
    if (!this.#isRepeatDue || closePacket.length > out.length) return 0;
    this.#isRepeatDue = false;
    out.set(closePacket);
    return closePacket.length;
  }
}
