import type { QuicConnection } from "@florenetes/quic";
import type { Pulse } from "./pulse.ts";
import { roundTripOf } from "./round-trip-of.ts";

/** Reads signs of life of the peer from the engine's counters. A look at them costs as much as a packet, so that it is taken
 *  seldom. */
export class PeerSigns {
  /** Datagrams come in before anybody knows whether they are authentic: that costs as much as a packet to find out, and
   *  is found out when it matters. */
  datagramAt: number = Number.NEGATIVE_INFINITY;
  /** The shortest of the smoothed round trips that were looked at; 0 before any. */
  shortestRttMs = 0;
  readonly #quic: QuicConnection;
  #authenticated = 0;
  #marks = "";
  #rttMs = 0;

  constructor(quic: QuicConnection) {
    this.#quic = quic;
  }

  /** Lets the pulse know what has come since it last heard. */
  tell(pulse: Pulse): void {
    if (this.datagramAt <= pulse.heardAt) return;
    if (!this.takeHeard()) return;
    pulse.handleHeard(this.datagramAt, this.takeAnswered());
    pulse.handleRoundTrip(this.#rttMs);
  }

  /**
   * Whether the answer to something should have come, and nothing has. Datagrams stay where they grow old then: so the packets of an outage, which are repeated
   * until it ends, hold none.
   */
  isOverdue(pulse: Pulse, now: number): boolean {
    return pulse.isOverdue(now) && this.told(pulse).isOverdue(now);
  }

  /** Lets the pulse know it, and gives it back. */
  told(pulse: Pulse): Pulse {
    this.tell(pulse);
    return pulse;
  }

  /** Whether authentic packets have come. */
  takeHeard(): boolean {
    const before = this.#authenticated;
    this.#authenticated = this.#quic.authenticatedPackets();
    return this.#authenticated > before;
  }

  /** Whether the peer has acknowledged something. No counter tells, but each acknowledgement leaves a mark on one of these. */
  takeAnswered(): boolean {
    const { rttMs, minRttMs, congestionWindow, packetsLost } = this.#quic.stats();
    const isFirst = this.#marks === "";
    this.shortestRttMs = isFirst ? rttMs : Math.min(this.shortestRttMs, rttMs);
    // quiche tells the smoothed one alone.
    this.#rttMs = roundTripOf({ rttMs, minRttMs: Math.min(minRttMs, this.shortestRttMs) });
    const before = this.#marks;
    this.#marks = `${rttMs} ${congestionWindow} ${packetsLost}`;
    return this.#marks !== before;
  }
}
