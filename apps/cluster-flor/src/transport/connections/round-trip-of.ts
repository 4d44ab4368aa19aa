import type { QuicStats } from "@florenetes/quic";
import { ROUND_TRIP_MS_MAX, ROUND_TRIP_SPREAD_MAX } from "../limits.ts";

/**
 * The round trip by which repeats and waits are timed. A packet that was repeated unchanged seems to have been under way since it first
 * left: so after an outage of seconds the smoothed round trip of a fast path is seconds long, and the shortest one is not.
 */
export function roundTripOf({ rttMs, minRttMs }: Pick<QuicStats, "rttMs" | "minRttMs">): number {
  return Math.min(rttMs, ROUND_TRIP_SPREAD_MAX * minRttMs, ROUND_TRIP_MS_MAX);
}
