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

/** The things that handshakes before have told an acceptor of a reverse path. */
export function knownOf({ limits, roundTrips }: Host, way: Way): HandshakeTerms {
  return { rttMs: roundTrips.of(way), firstSignMs: roundTrips.secondSignMs(way, limits.handshakeMs) };
}

/** Learns from a handshake that has succeeded or failed: the next one by the same reverse path gets enough time. */
export function learnFrom({ quic, way }: EngineConnection, { roundTrips }: Host): void {
  // The first packet came before any answer, and tells no round trip.
  if (quic.authenticatedPackets() > 1) roundTrips.handleMeasured(way, roundTripOf(quic.stats()));
  else roundTrips.handleSilent(way);
}
