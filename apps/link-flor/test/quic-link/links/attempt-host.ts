import { AttemptPlaces } from "../../../src/quic-link/links/attempt-places.ts";
import type { LinkHost } from "../../../src/quic-link/links/link.ts";

/** The surroundings of one link alone: numbers counted up from 1, handles from 101. Without `random` there is no jitter. */
export function attemptHost(random: () => number = () => 0.5): LinkHost {
  let [attempt, handle] = [0, 100];
  const places = new AttemptPlaces();
  return { random, places, newAttempt: () => ++attempt, newHandle: () => ++handle, onTurn: () => {} };
}
