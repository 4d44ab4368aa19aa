import type { CloseFrame, Transmitter } from "./transmitter.ts";

/** So many probe timeouts pass until a connection that has ended is forgotten (RFC 9000, 10.2). */
const DRAIN_PROBE_TIMEOUTS = 3;

export type EndState = "closing" | "draining" | "over";

/**
 * The end of a connection (RFC 9000, 10.2).
 *
 *     closing ──3 probe timeouts──▶ over        we closed: the peer is told, and told again when it goes on. The time
 *                                               begins when the first packet that tells it has left
 *     draining ─3 probe timeouts──▶ over        the peer closed: nothing is said any more
 */
export class Closing {
  #state: EndState;
  readonly #drainMs: number;
  #overAt: number;
  /** The frame that tells the peer of the end. */
  readonly #frame: CloseFrame;
  /** The packet that told the peer. */
  #packet: Uint8Array | undefined;
  #isRepeatDue = false;
  #latePackets = 0;

  constructor(state: EndState, frame: CloseFrame, probeTimeout: number, now: number) {
    this.#state = state;
    this.#frame = frame;
    this.#drainMs = DRAIN_PROBE_TIMEOUTS * probeTimeout;
    this.#overAt = state === "over" ? Infinity : now + this.#drainMs;
  }

  /** The peer is still to be told. */
  get isUntold(): boolean {
    return this.#state === "closing" && this.#packet === undefined;
  }

  /** A packet of the peer. Ever fewer of them are answered: the 1st, 2nd, 4th, 8th, … */
  handleLate(): void {
    if (this.#packet === undefined) return;
    this.#latePackets++;
    if ((this.#latePackets & (this.#latePackets - 1)) === 0) this.#isRepeatDue = true;
  }

  handleTimeout(now: number): void {
    if (now < this.#overAt) return;
    if (this.isUntold) {
      this.#overAt = now + this.#drainMs;
      return;
    }
    this.#state = "over";
    this.#overAt = Infinity;
  }

  /** Writes a packet that tells the peer, or tells it again; returns its length, or 0. */
  pollTransmit(out: Uint8Array, transmitter: Transmitter, isEstablished: boolean, now: number): number {
    if (this.#state !== "closing") return 0;
    if (this.#packet === undefined) {
      const length = transmitter.pollClose(this.#frame, out, isEstablished, now);
      if (length > 0) {
        this.#packet = new Uint8Array(out.subarray(0, length));
        this.#overAt = now + this.#drainMs;
      }
      return length;
    }
    if (!this.#isRepeatDue || this.#packet.length > out.length) return 0;
    this.#isRepeatDue = false;
    out.set(this.#packet);
    return this.#packet.length;
  }

  nextTimeout(): number {
    return this.#overAt;
  }
}
