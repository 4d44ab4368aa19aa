import type { QuicConnection } from "@florenetes/quic";
import { HANDSHAKE_MS_MAX, HANDSHAKE_ROUND_TRIPS, type TransportLimits } from "../limits.ts";
import { roundTripOf } from "./round-trip-of.ts";

/** An engine takes a round trip for so long before it has measured one (RFC 9002, 6.2.2). */
const ROUND_TRIP_MS_GUESS = 333;

/** The things that an end knows of a path before a handshake. */
export interface HandshakeTerms {
  /** The round trip that was measured there last; undefined: none was. */
  readonly rttMs: number | undefined;
  /** How long it waits for the far end to answer. */
  readonly firstSignMs: number;
}

/** How long a handshake may take, and how often its acceptor says the same again: on a slow line both take longer. */
export class HandshakePace {
  readonly #handshakeMs: number;
  readonly #startedAt: number;
  readonly #isAcceptor: boolean;
  readonly #terms: HandshakeTerms | undefined;
  #repeatMs: number;
  #repeatAt: number;

  constructor(
    { handshakeMs, repeatAfterMs }: Pick<TransportLimits, "handshakeMs" | "repeatAfterMs">,
    terms: HandshakeTerms | undefined,
    isAcceptor: boolean,
    now: number,
  ) {
    this.#isAcceptor = isAcceptor;
    this.#handshakeMs = handshakeMs;
    this.#terms = terms;
    this.#startedAt = now;
    this.#repeatMs = repeatAfterMs;
    this.#repeatAt = now + repeatAfterMs;
  }

  /** When it should be complete, or, once that is, its hello here: as it looks now. */
  endsAt(quic: Pick<QuicConnection, "authenticatedPackets" | "stats">, isHandshaking: boolean): number {
    // The first packet of an originator answers nothing.
    const isHeard = quic.authenticatedPackets() > (this.#isAcceptor ? 1 : 0);
    const { rttMs: knownMs = 0, firstSignMs = 0 } = (!isHeard && this.#terms) || {};
    const slowMs = Math.max(0, Math.max(knownMs, roundTripOf(quic.stats())) - ROUND_TRIP_MS_GUESS);
    const longerMs = Math.max(firstSignMs, this.#handshakeMs + HANDSHAKE_ROUND_TRIPS * slowMs);
    const limitMs = Math.max(this.#handshakeMs, Math.min(HANDSHAKE_MS_MAX, longerMs));
    return this.#startedAt + (isHandshaking ? limitMs : 2 * limitMs);
  }

  /** The originator has repeated its packet. True: it is answered by a copy of the flight, which may be what is on its way already. */
  takeRepeat(now: number): boolean {
    if (now < this.#repeatAt) return false;
    this.#repeatMs *= 2;
    this.#repeatAt = now + this.#repeatMs;
    return true;
  }
}
