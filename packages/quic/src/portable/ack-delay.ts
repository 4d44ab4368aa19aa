/**
 * How long an acknowledgement may wait for company, in milliseconds: less than the max_ack_delay of 25 ms that quiche
 * announces, and about what a program some nodes away needs to answer.
 */
export const ACK_DELAY_MS = 5;

/** So many received packets are acknowledged at once, at most. RFC 9000, 13.2.2 advises two, and allows more. */
export const ACK_PACKETS_MAX = 8;
const ACK_PACKETS_MIN = 2;

/** After so many acknowledgements that did not have to wait, an acknowledgement waits for one packet more. */
const FULL_ACKS_PER_STEP = 16;

/**
 * Decides when to ask the engine for packets (RFC 9000, 13.2.1). quiche acknowledges as soon as it is asked; where requests
 * and answers take turns, that is twice the packets, each of which costs every node on the way. So a connection that has
 * nothing of its own to say waits a little: the answer that a workload gives meanwhile takes the acknowledgement along.
 * It performs no I/O.
 *
 *            packet, read                  n packets, 5 ms, work
 *    quiet ───────────────▶ acknowledging ─────────────────────▶ due ── drained ──▶ quiet
 *
 * A sender with a window of fewer than n packets would wait 5 ms for each window; and a congestion control that goes by the
 * rate of delivery (BBR) would take that for the path's rate, and never open the window again. So n becomes what the sender
 * stopped at, and grows back to 8 while it does not stop.
 */
export class AckDelay {
  #packets = 0;
  /** n of the drawing. */
  #packetsMax = ACK_PACKETS_MAX;
  #fullAcks = 0;
  #hasWaited = false;
  #dueAt = Infinity;
  /** A connection begins with a handshake, in which nothing waits. */
  #hasWork = true;

  /** A packet came that may ask for an acknowledgement. */
  handlePacket(now: number): void {
    this.#packets++;
    this.handleRead(now);
  }

  /** Received bytes were taken, which may give the peer new credit. */
  handleRead(now: number): void {
    if (this.#dueAt === Infinity) this.#dueAt = now + ACK_DELAY_MS;
  }

  /** The engine has, or may have, something to send that shall not wait. */
  handleWork(): void {
    this.#hasWork = true;
  }

  /** A timer of the connection has fired: this one, or one of the engine's, which may have something to send then. */
  handleTimeout(now: number): void {
    this.#hasWaited = !this.#hasWork && now >= this.#dueAt;
    this.#hasWork = true;
  }

  /** The engine has nothing more to send. */
  handleDrained(): void {
    this.#learn();
    this.#packets = 0;
    this.#dueAt = Infinity;
    this.#hasWork = false;
  }

  isDue(now: number): boolean {
    return this.#hasWork || this.#packets >= this.#packetsMax || now >= this.#dueAt;
  }

  /** When an acknowledgement is due without any more events; Infinity while the driver has been told already to take packets. */
  nextTimeout(): number {
    return this.#hasWork ? Infinity : this.#dueAt;
  }

  #learn(): void {
    if (this.#packets >= this.#packetsMax) {
      this.#fullAcks++;
      if (this.#fullAcks === FULL_ACKS_PER_STEP) this.#expect(Math.min(this.#packetsMax + 1, ACK_PACKETS_MAX));
    } else if (this.#hasWaited && this.#packets >= ACK_PACKETS_MIN) {
      this.#expect(this.#packets);
    }
    this.#hasWaited = false;
  }

  #expect(packets: number): void {
    this.#packetsMax = packets;
    this.#fullAcks = 0;
  }
}
