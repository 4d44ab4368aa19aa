import type { LinkStats } from "@florenetes/portal-api";

/** Figures that the link vertex reports of a link that is up; rates and ratios are of the last ten seconds. */
export interface LinkFigures {
  readonly rttMs: number;
  /** Packets of the link protocol that were lost on the way since the link came up, as the link vertex has found out. */
  readonly packetsLost: number;
  /** The share of the packets sent that was lost, from 0 to 1; null: none were sent. */
  readonly lossRatio: number | null;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  /** Packets that wait in the link vertex, and packets that it has dropped since the link came up. */
  readonly queueLength: number;
  readonly packetsDropped: number;
  /** The address at which the peer is seen, in the form of an endpoint; null: the link vertex does not tell. */
  readonly peerAddress: string | null;
  /** The age of these figures. */
  readonly toldMsAgo: number;
}

/** Reports come once a second. */
const REPORTS_MAX = 11;

/** The part of a link's figures that the control agent is shown. */
export interface LinkMeasures {
  readonly roundTripMs: number;
  /** The mean difference between a round trip and the one that was told before. */
  readonly jitterMs: number;
  /** The share of the packets sent that was lost, from 0 to 1. */
  readonly loss: number;
  /** The rate to which this end holds the link, in kbit/s; null: it has no limit, and nothing tells its capacity. */
  readonly rate: number | null;
  /** The share of traffic classes whose sources should hold back, from 0 to 1. */
  readonly queue: number;
  /** Octets of the largest mesh packet. */
  readonly mtu: number;
  /** How often the link went down within the last hour. */
  readonly breaks: number;
}

interface Report {
  readonly stats: LinkStats;
  readonly at: number;
}

/** The last reports of one link, from which its rates follow; their number is bounded. */
export class LinkHistory {
  #reports: Report[] = [];

  handleStats(stats: LinkStats, now: number): void {
    const last = this.#reports.at(-1);
    // Another session counts from 0 again.
    if (last !== undefined && isBefore(stats, last.stats)) this.#reports = [];
    this.#reports.push({ stats, at: now });
    if (this.#reports.length > REPORTS_MAX) this.#reports.shift();
  }

  /** The link is not up: its next session has no reports yet. */
  clear(): void {
    this.#reports = [];
  }

  /** The address at which the peer is seen; null: nothing tells. */
  get peerAddress(): string | null {
    return this.#reports.at(-1)?.stats.peerAddress ?? null;
  }

  /** The mean difference between a reported round trip and the one before, in milliseconds. */
  get jitterMs(): number {
    const trips = this.#reports.map(({ stats }) => stats.rttMs);
    const steps = trips.slice(1).map((rttMs, at) => Math.abs(rttMs - trips[at]!));
    return steps.length === 0 ? 0 : steps.reduce((sum, step) => sum + step, 0) / steps.length;
  }

  /** Null: no report has come since the link came up. */
  figures(now: number): LinkFigures | null {
    const first = this.#reports[0];
    const last = this.#reports.at(-1);
    if (first === undefined || last === undefined) return null;
    const { rttMs, packetsLost, packetsDropped, queueLength } = last.stats;
    const seconds = (last.at - first.at) / 1_000;
    const rate = (count: number): number => (seconds > 0 ? Math.round((count * 8) / seconds) : 0);
    const sent = last.stats.packetsSent - first.stats.packetsSent;
    const lost = packetsLost - first.stats.packetsLost;
    return {
      rttMs,
      packetsLost,
      lossRatio: sent > 0 ? Math.min(1, lost / sent) : null,
      sentBitsPerSecond: rate(last.stats.bytesSent - first.stats.bytesSent),
      receivedBitsPerSecond: rate(last.stats.bytesReceived - first.stats.bytesReceived),
      queueLength,
      packetsDropped,
      peerAddress: this.peerAddress,
      toldMsAgo: Math.round(now - last.at),
    };
  }
}

function isBefore(stats: LinkStats, former: LinkStats): boolean {
  return (
    stats.packetsSent < former.packetsSent ||
    stats.packetsReceived < former.packetsReceived ||
    stats.bytesSent < former.bytesSent ||
    stats.bytesReceived < former.bytesReceived ||
    stats.packetsLost < former.packetsLost
  );
}
