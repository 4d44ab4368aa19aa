import { ROUND_TRIPS_MAX } from "../limits.ts";
import type { Way } from "../packets/packet-sender.ts";

/**
 * The round trips that were measured last, by connections that may be over. Ways that differ in their last label lead to services of one
 * vertex, and share theirs. Those that were measured longest ago make room for others.
 */
export class RoundTrips {
  readonly #known = new Map<string, number>();

  /** In milliseconds; undefined: none was measured. */
  of(way: Way): number | undefined {
    return this.#known.get(keyOf(way));
  }

  handleMeasured(way: Way, rttMs: number): void {
    const key = keyOf(way);
    this.#known.delete(key);
    this.#known.set(key, rttMs);
    if (this.#known.size > ROUND_TRIPS_MAX) this.#known.delete(this.#known.keys().next().value!);
  }
}

function keyOf({ outLink, words }: Way): string {
  return `${outLink} ${words.subarray(0, -1).join(" ")}`;
}
