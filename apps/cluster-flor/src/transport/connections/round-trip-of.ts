import type { QuicStats } from "@florenetes/quic";
import { ROUND_TRIP_MS_MAX, ROUND_TRIP_SPREAD_MAX } from "../limits.ts";

/**
 * How long a connection's round trip is taken for where something is repeated, or waited for. A packet that was repeated as it is seems to
 * have been under way since it first left: after an outage of seconds the smoothed round trip of a fast path is one of seconds, and the
 * shortest one is not.
 */
export function roundTripOf({ rttMs, minRttMs }: Pick<QuicStats, "rttMs" | "minRttMs">): number {
  return Math.min(rttMs, ROUND_TRIP_SPREAD_MAX * minRttMs, ROUND_TRIP_MS_MAX);
}
