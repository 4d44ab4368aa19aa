import { LOSSY_AT, LOSS_HALF_LIFE_MS, LOSS_PACKETS_MIN, LOSS_SETTLE_MS, NOT_LOSSY_AT } from "../limits.ts";
import type { Route } from "./route-table.ts";

/** Packets of a connection since it began, by its QUIC engine: both directions of its way. */
export interface PacketCounts {
  readonly packetsSent: number;
  /** Sent packets that were declared lost. */
  readonly packetsLost: number;
  /** Authenticated ones, each counted once. */
  readonly packetsReceived: number;
  /** The highest packet number that came; -1 before any. A peer numbers its packets without gaps, but for very few. */
  readonly newestPacket: number;
}

interface Seen {
  readonly route: Route;
  readonly counts: PacketCounts;
  /** Packets of the route before may still be declared lost until then. */
  readonly countsFrom: number;
}

/** Sums of which half is forgotten each `LOSS_HALF_LIFE_MS`. */
interface Sums {
  sent: number;
  lost: number;
  /** Packets that the peer has sent, by their numbers, and those of them that did not come. */
  expected: number;
  missing: number;
  at: number;
  /** The share that was lost until the counts before the last ones. */
  before: number;
  isLossy: boolean;
}

/**
 * The packets that are lost on each route from end to end, out of what the connections on it count anyway. Losses of one direction are those that the congestion
 * controller finds; in the other one they are gaps in the packet numbers of the peer. No I/O.
 */
export class RouteLoss {
  readonly #seen = new WeakMap<object, Seen>();
  readonly #sums = new WeakMap<Route, Sums>();

  /**
   * Takes the counts of a connection that uses a route, about once a second.
   *
   * @returns Whether the route has begun to lose much, or has ceased to
   */
  handleCounts(connection: object, route: Route, counts: PacketCounts, now: number): boolean {
    const before = this.#seen.get(connection);
    const isSame = before?.route === route;
    const countsFrom = isSame ? before.countsFrom : before === undefined ? now : now + LOSS_SETTLE_MS;
    this.#seen.set(connection, { route, counts, countsFrom });
    if (!isSame || now < countsFrom) return false;
    const isNext = now > (this.#sums.get(route)?.at ?? now);
    const sums = this.#sumsOf(route, now);
    if (isNext) sums.before = lossOf(sums);
    sums.sent += counts.packetsSent - before.counts.packetsSent;
    sums.lost += counts.packetsLost - before.counts.packetsLost;
    const expected = counts.newestPacket - before.counts.newestPacket;
    sums.expected += expected;
    sums.missing += expected - (counts.packetsReceived - before.counts.packetsReceived);
    const loss = steadyLossOf(sums);
    const isLossy = sums.isLossy ? loss >= NOT_LOSSY_AT : loss >= LOSSY_AT;
    const isNews = isLossy !== sums.isLossy;
    sums.isLossy = isLossy;
    return isNews;
  }

  /** The share of packets that a route has lost of late, from 0 to 1: that of the worse direction. 0 also where too few have passed to tell. */
  of(route: Route, now: number): number {
    return this.#sums.has(route) ? steadyLossOf(this.#sumsOf(route, now)) : 0;
  }

  #sumsOf(route: Route, now: number): Sums {
    const sums = this.#sums.get(route) ?? newSums(now);
    this.#sums.set(route, sums);
    const left = 0.5 ** ((now - sums.at) / LOSS_HALF_LIFE_MS);
    for (const name of ["sent", "lost", "expected", "missing"] as const) sums[name] *= left;
    sums.at = now;
    return sums;
  }
}

/** The loss as it was at two counts in a row: a transfer loses packets in its first second by its own beginning, and its rate is not known by then. */
function steadyLossOf(sums: Sums): number {
  return Math.min(sums.before, lossOf(sums));
}

function newSums(at: number): Sums {
  return { sent: 0, lost: 0, expected: 0, missing: 0, at, before: 0, isLossy: false };
}

function lossOf({ sent, lost, expected, missing }: Sums): number {
  return Math.max(shareOf(lost, sent), shareOf(missing, expected));
}

function shareOf(part: number, whole: number): number {
  return whole < LOSS_PACKETS_MIN ? 0 : Math.min(1, Math.max(0, part / whole));
}
