import type { QuicConfig } from "@florenetes/quic";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { HandshakeTerms } from "../connections/handshake-pace.ts";
import { roundTripOf } from "../connections/round-trip-of.ts";
import type { TransportLimits } from "../limits.ts";
import type { Way } from "../packets/packet-sender.ts";
import type { RoundTrips } from "../paths/round-trips.ts";

interface Host {
  readonly limits: Pick<TransportLimits, "handshakeMs">;
  readonly roundTrips: RoundTrips;
}

interface KnownWay {
  readonly handshake: HandshakeTerms;
  /** The part of QUIC's settings that follows. */
  readonly settings: Pick<QuicConfig, "initialRttMs">;
}

/** The things that handshakes before have told an acceptor of a way back. */
export function knownOf({ limits, roundTrips }: Host, way: Way): KnownWay {
  const rttMs = roundTrips.of(way);
  const handshake = { rttMs, firstSignMs: roundTrips.secondSignMs(way, limits.handshakeMs) };
  return { handshake, settings: rttMs === undefined ? {} : { initialRttMs: rttMs } };
}

/** A handshake has come to something, or to nothing: the next one that comes that way has the time for it. */
export function learnFrom({ quic, way }: EngineConnection, { roundTrips }: Host): void {
  // The first packet came before any answer.
  if (quic.authenticatedPackets() > 1) roundTrips.handleMeasured(way, roundTripOf(quic.stats()));
  else roundTrips.handleSilent(way);
}
