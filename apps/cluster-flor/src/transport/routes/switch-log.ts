import type { TrafficClass } from "@florenetes/forwarding";
import { SWITCHES_KEPT } from "../limits.ts";

/** Why connections left a route for another one (docs/protocol/transport.md). */
const SWITCH_REASONS = [
  "timeout",
  "peer_unavailable",
  "connection_refused",
  "connection_reset",
  "no_route",
  "capacity_limited",
  "fenced",
  "better_route",
] as const;
export type SwitchReason = (typeof SWITCH_REASONS)[number];

/** A switch that has ended: the far end has answered over the new route. */
export interface RouteSwitched {
  /** Names of the routes. */
  readonly from: string;
  readonly to: string;
  readonly reason: SwitchReason;
  readonly trafficClass: TrafficClass;
  /** When the far end answered, by the monotonic clock. */
  readonly at: number;
  /** The time without an answer: from the last one over the old route, or from when it was known to be lost, to the first one over the new route. */
  readonly recoveryMs: number;
}

/** Counts of the switches of a path for one reason. Times are in milliseconds. */
export interface SwitchFigures {
  readonly switches: number;
  readonly lastMs: number;
  readonly meanMs: number;
  readonly longestMs: number;
}

interface Counts {
  switches: number;
  lastMs: number;
  sumMs: number;
  longestMs: number;
}

/** The switches of a path: counts for each reason, and the last ones. */
export class SwitchLog {
  readonly #counts = new Map<SwitchReason, Counts>();
  readonly #last: RouteSwitched[] = [];

  add(switched: RouteSwitched): void {
    const { reason, recoveryMs } = switched;
    const counts = this.#counts.get(reason) ?? { switches: 0, lastMs: 0, sumMs: 0, longestMs: 0 };
    this.#counts.set(reason, counts);
    counts.switches++;
    counts.lastMs = recoveryMs;
    counts.sumMs += recoveryMs;
    counts.longestMs = Math.max(counts.longestMs, recoveryMs);
    this.#last.push(switched);
    if (this.#last.length > SWITCHES_KEPT) this.#last.shift();
  }

  /** The last switches, the oldest first. */
  get last(): readonly RouteSwitched[] {
    return this.#last;
  }

  /** Counts of the reasons that there were, in the order of `SWITCH_REASONS`. */
  *figures(): Generator<readonly [SwitchReason, SwitchFigures], void> {
    for (const reason of SWITCH_REASONS) {
      const counts = this.#counts.get(reason);
      if (counts === undefined) continue;
      const { switches, lastMs, sumMs, longestMs } = counts;
      yield [reason, { switches, lastMs, longestMs, meanMs: sumMs / switches }];
    }
  }
}
