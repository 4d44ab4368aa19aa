import type { Episode } from "./chronicle.ts";
import type { Pause } from "./ledger.ts";
import { PROMISES } from "./promises.ts";
import type { Way } from "./terrain.ts";

/** The pauses of a connection that no fault explains: none was on its way, or only faults that let no connection wait. */
export function undisturbedPauses(pauses: readonly Pause[], way: Way, episodes: readonly Episode[]): Pause[] {
  return pauses.filter(({ from, to }) => {
    return !episodes.some(({ fault, beganAt, recoveredAt = Number.POSITIVE_INFINITY }) => {
      const wasGoing = beganAt <= to && recoveredAt >= from;
      return wasGoing && PROMISES[fault.kind].mayPause && fault.ways.includes(wayAt(way, beganAt, episodes));
    });
  });
}

/** The way of a workload at a time. With each `apply` the workloads of a change places. */
function wayAt(way: Way, time: number, episodes: readonly Episode[]): Way {
  if (way === "nat") return way;
  const applies = episodes.filter(({ fault, beganAt }) => fault.kind === "apply" && beganAt < time).length;
  if (applies % 2 === 0) return way;
  return way === "upper" ? "lower" : "upper";
}
