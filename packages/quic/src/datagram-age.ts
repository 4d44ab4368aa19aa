import type { QuicStats } from "./engine.ts";

/** A round trip that is more times as long as the shortest one counts as so long: an outage makes it so. */
const ROUND_TRIP_SPREAD_MAX = 4;

/** Milliseconds that a datagram waits in an engine at most; on a slow path, whose window opens once in a round trip, it is `datagramAgeMaxMs`. */
export const DATAGRAM_AGE_MIN_MS = 250;

/** How long a datagram may wait in an engine for a window to open. */
export function datagramAgeMaxMs({ rttMs, minRttMs }: Pick<QuicStats, "rttMs" | "minRttMs">): number {
  const roundTripMs = minRttMs > 0 ? Math.min(rttMs, ROUND_TRIP_SPREAD_MAX * minRttMs) : rttMs;
  return Math.max(DATAGRAM_AGE_MIN_MS, 2 * roundTripMs);
}
