import type { QuicConnection } from "@florenetes/quic";
import { HANDSHAKE_MS_MAX, HANDSHAKE_ROUND_TRIPS, type TransportLimits } from "../limits.ts";
import { roundTripOf } from "./round-trip-of.ts";

/** The round trip that an engine assumes before it has measured one (RFC 9002, 6.2.2). */
const ROUND_TRIP_MS_GUESS = 333;

/** An end's knowledge of a path before a handshake. */
export interface HandshakeTerms {
  /** The round trip that was measured on the path last; undefined: none was. */
  readonly rttMs: number | undefined;
  /** How long the end waits for the far end's first answer. */
  readonly firstSignMs: number;
}

/** How long a handshake may take, and how often its acceptor repeats its flight: on a slow line both times are longer. */
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

  /** When the handshake should be complete, or after that when the hello should be here, by what is known now. */
  endsAt(quic: Pick<QuicConnection, "authenticatedPackets" | "stats">, isHandshaking: boolean): number {
    // The first packet of an originator is no answer.
    const isHeard = quic.authenticatedPackets() > (this.#isAcceptor ? 1 : 0);
    const { rttMs: knownMs = 0, firstSignMs = 0 } = (!isHeard && this.#terms) || {};
    const slowMs = Math.max(0, Math.max(knownMs, roundTripOf(quic.stats())) - ROUND_TRIP_MS_GUESS);
    const longerMs = Math.max(firstSignMs, this.#handshakeMs + HANDSHAKE_ROUND_TRIPS * slowMs);
    const limitMs = Math.max(this.#handshakeMs, Math.min(HANDSHAKE_MS_MAX, longerMs));
    return this.#startedAt + (isHandshaking ? limitMs : 2 * limitMs);
  }

  /** The originator has repeated its packet. True: it is answered with a copy of the flight, which may be on its way already. */
  takeRepeat(now: number): boolean {
    if (now < this.#repeatAt) return false;
    this.#repeatMs *= 2;
    this.#repeatAt = now + this.#repeatMs;
    return true;
  }
}
