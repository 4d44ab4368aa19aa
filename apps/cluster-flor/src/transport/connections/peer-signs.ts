import type { QuicConnection } from "@florenetes/quic";
import type { Pulse } from "./pulse.ts";
import { roundTripOf } from "./round-trip-of.ts";

/** Reads signs of life of the peer from the engine's counters. Reading them costs as much as a packet, so that it
 *  is done seldom. */
export class PeerSigns {
  /** When the last datagram came. Whether it is authentic costs as much as a packet to find out, and is found out only when
   *  it matters. */
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
   * Whether an answer is overdue, and nothing at all has come. Datagrams are not sent then, but stay queued, where they grow too old: so packets that
   * are repeated until an outage ends hold none.
   */
  isOverdue(pulse: Pulse, now: number): boolean {
    return pulse.isOverdue(now) && this.told(pulse).isOverdue(now);
  }

  /** Tells the pulse what has come, and returns the pulse. */
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

  /** Whether the peer has acknowledged something. No counter tells that directly, but each acknowledgement changes one of these figures. */
  takeAnswered(): boolean {
    const { rttMs, minRttMs, congestionWindow, packetsLost } = this.#quic.stats();
    const isFirst = this.#marks === "";
    this.shortestRttMs = isFirst ? rttMs : Math.min(this.shortestRttMs, rttMs);
    // quiche tells the smoothed round trip alone.
    this.#rttMs = roundTripOf({ rttMs, minRttMs: Math.min(minRttMs, this.shortestRttMs) });
    const before = this.#marks;
    this.#marks = `${rttMs} ${congestionWindow} ${packetsLost}`;
    return this.#marks !== before;
  }
}
