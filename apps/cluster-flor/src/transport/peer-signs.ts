import type { QuicConnection } from "@florenetes/quic";

/** What the engine's counters tell of the peer since the last look: each costs as much as a packet, so they are asked seldom. */
export class PeerSigns {
  readonly #quic: QuicConnection;
  #authenticated = 0;
  #reckoning = "";

  constructor(quic: QuicConnection) {
    this.#quic = quic;
  }

  /** Whether authentic packets have come. */
  takeHeard(): boolean {
    const before = this.#authenticated;
    this.#authenticated = this.#quic.authenticatedPackets();
    return this.#authenticated > before;
  }

  /** Whether the peer has acknowledged something. No counter tells, but each acknowledgement leaves a mark on one of these. */
  takeAnswered(): boolean {
    const { rttMs, congestionWindow, packetsLost } = this.#quic.stats();
    const before = this.#reckoning;
    this.#reckoning = `${rttMs} ${congestionWindow} ${packetsLost}`;
    return this.#reckoning !== before;
  }
}
