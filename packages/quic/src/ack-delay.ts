/**
 * How long an acknowledgement may wait for company, in milliseconds: less than the max_ack_delay of 25 ms that quiche
 * announces, and about what a program some nodes away needs to answer.
 */
export const ackDelayMs = 5;

/** So many received packets are acknowledged at once. RFC 9000, 13.2.2 advises two, and allows more. */
export const ackPacketsMax = 8;

/**
 * Decides when to ask the engine for packets (RFC 9000, 13.2.1). quiche acknowledges as soon as it is asked; where requests
 * and answers take turns, that is twice the packets, each of which costs every node on the way. So a connection that has
 * nothing of its own to say waits a little: the answer that a workload gives meanwhile takes the acknowledgement along.
 * It performs no I/O.
 *
 *            packet, read                  8 packets, 5 ms, work
 *    quiet ───────────────▶ acknowledging ─────────────────────▶ due ── drained ──▶ quiet
 */
export class AckDelay {
  #packets = 0;
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
    if (this.#dueAt === Infinity) this.#dueAt = now + ackDelayMs;
  }

  /** There is, or may be, something to send that shall not wait. */
  handleWork(): void {
    this.#hasWork = true;
  }

  /** The engine has nothing more to send. */
  handleDrained(): void {
    this.#packets = 0;
    this.#dueAt = Infinity;
    this.#hasWork = false;
  }

  isDue(now: number): boolean {
    return this.#hasWork || this.#packets >= ackPacketsMax || now >= this.#dueAt;
  }

  /** When it is due without any more events. */
  nextTimeout(): number {
    return this.#dueAt;
  }
}
