import { type FairPlace, FairPlaces, FairRate, KnownGroups } from "@florenetes/scheduling";
import { KNOWN_PRINCIPALS_MAX, KNOWN_WAYS_PER_PRINCIPAL, STRANGER_BURST_MS, type TransportLimits } from "../limits.ts";
import type { Way } from "../packets/packet-sender.ts";

export type HalfOpenLimits = Pick<
  TransportLimits,
  "halfOpenMax" | "halfOpenKnownMax" | "placePauseMs" | "retryThreshold" | "retriesPerSecond"
>;

/** The place of a connection that has not finished its handshake. */
export interface HalfOpenPlace {
  readonly place: FairPlace;
  /** The smallest of its groups: the whole reverse path. */
  readonly reversePath: string;
}

/**
 * Bounds the connections with unfinished handshakes, and the work on Retries for them, fairly by reverse paths. A reverse path
 * begins with the link that a packet came in on; the neighbour put its first word there, the next word is by a vertex that the
 * neighbour vouches for, and so on. So groups are reverse paths that begin alike, and a sender that invents words behind its own
 * only uses up places of its own group. Reverse paths of principals on an allow list have separate places. No I/O.
 */
export class HalfOpenLimiter {
  readonly #limits: HalfOpenLimits;
  readonly #places: FairPlaces;
  readonly #retries: FairRate;
  readonly #known = new KnownGroups(KNOWN_PRINCIPALS_MAX, KNOWN_WAYS_PER_PRINCIPAL);

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
    const { halfOpenMax, halfOpenKnownMax, placePauseMs } = limits;
    this.#places = new FairPlaces({ ofStrangers: halfOpenMax, ofKnown: halfOpenKnownMax, pauseMs: placePauseMs });
    this.#retries = new FairRate(limits.retriesPerSecond, STRANGER_BURST_MS);
  }

  get total(): number {
    return this.#places.taken;
  }

  /** Whether a first packet must prove by a Retry that answers reach its sender. */
  get isRetryNeeded(): boolean {
    return this.#places.taken >= this.#limits.retryThreshold;
  }

  /** Whether a principal of an allow list has come by that reverse path. */
  isKnown(way: Way): boolean {
    return this.#known.has(groupsOf(way).at(-1)!);
  }

  /** Whether a Retry may be made, or a token checked: both cost cryptography. */
  takeRetry(way: Way, now: number): boolean {
    const groups = groupsOf(way);
    return this.#retries.take(groups, this.#known.has(groups.at(-1)!), now);
  }

  /** Takes a place; undefined when none is left. `leave` returns it. */
  enter(way: Way, now: number): HalfOpenPlace | undefined {
    const groups = groupsOf(way);
    const reversePath = groups.at(-1)!;
    const place = this.#places.take(groups, this.#known.has(reversePath), now);
    return place && { place, reversePath };
  }

  /** @param principal Who has come and may use the service; undefined: nobody has. */
  leave({ place, reversePath }: HalfOpenPlace, principal: string | undefined, now: number): void {
    this.#places.release(place, principal !== undefined, now);
    if (principal !== undefined) this.#known.handleProven(principal, reversePath);
  }
}

/** The link, and the reverse path word by word. */
function groupsOf({ outLink, words }: Way): string[] {
  const groups = [`${outLink}`];
  for (const word of words) groups.push(`${groups.at(-1)} ${word}`);
  return groups;
}
