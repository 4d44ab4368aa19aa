/** Connections of leased paths that have gone over to another route. Pure. */
import type { DoorEvent } from "../door/view.ts";

/** Switches for one reason since the process started: times until the first answer over the new route. */
export interface RouteSwitches {
  readonly count: number;
  readonly lastMs: number;
  readonly longestMs: number;
}

/** Adds the switches of events, by their reasons. */
export function countSwitches(switches: Map<string, RouteSwitches>, events: readonly DoorEvent[]): void {
  for (const event of events) {
    if (event.kind !== "switch") continue;
    const { count, longestMs } = switches.get(event.reason) ?? { count: 0, longestMs: 0 };
    const { recoveryMs: lastMs } = event;
    switches.set(event.reason, { count: count + 1, lastMs, longestMs: Math.max(longestMs, lastMs) });
  }
}
