import { HANDSHAKE_MS_MAX, ROUND_TRIPS_MAX } from "../limits.ts";
import type { Way } from "../packets/packet-sender.ts";

interface Known {
  readonly rttMs: number | undefined;
  /** Handshakes at the acceptor that the originator did not continue, since the last one that it did. */
  readonly silences: number;
}

/**
 * The last measured round trips, for connections that may be over. Ways that differ only in their last label, or in shares, lead to services of
 * one vertex, or back to one originator, and have one round trip. The least recently used ones make room for others.
 */
export class RoundTrips {
  readonly #known = new Map<string, Known>();

  /** In milliseconds; undefined when none was measured. */
  of(way: Way): number | undefined {
    return this.#known.get(keyOf(way))?.rttMs;
  }

  /** How long an acceptor waits for the originator's second packet: twice as long after each handshake without one. */
  secondSignMs(way: Way, handshakeMs: number): number {
    return Math.min(HANDSHAKE_MS_MAX, handshakeMs * 2 ** (this.#known.get(keyOf(way))?.silences ?? 0));
  }

  handleMeasured(way: Way, rttMs: number): void {
    this.#learn(way, { rttMs, silences: 0 });
  }

  handleSilent(way: Way): void {
    const { rttMs, silences = 0 } = this.#known.get(keyOf(way)) ?? {};
    this.#learn(way, { rttMs, silences: silences + 1 });
  }

  #learn(way: Way, known: Known): void {
    const key = keyOf(way);
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > ROUND_TRIPS_MAX) this.#known.delete(this.#known.keys().next().value!);
  }
}

function keyOf({ outLink, words }: Way): string {
  return `${outLink} ${words
    .subarray(0, -1)
    .map((word) => word >>> 12)
    .join(" ")}`;
}
