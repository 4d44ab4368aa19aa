import type { Episode } from "./chronicle.ts";
import type { Pause } from "./ledger.ts";
import { PROMISES } from "./promises.ts";
import type { Way } from "./terrain.ts";

/** The pauses of a connection that began on a way, in which nothing was struck that it went over, or only by what keeps nobody waiting. */
export function undisturbedPauses(pauses: readonly Pause[], way: Way, episodes: readonly Episode[]): Pause[] {
  return pauses.filter(({ from, to }) => {
    return !episodes.some(({ fault, beganAt, recoveredAt = Number.POSITIVE_INFINITY }) => {
      const wasGoing = beganAt <= to && recoveredAt >= from;
      return wasGoing && PROMISES[fault.kind].mayPause && fault.ways.includes(wayAt(way, beganAt, episodes));
    });
  });
}

/** The way on which a workload is at a time: those of a change places by each `apply`. */
function wayAt(way: Way, time: number, episodes: readonly Episode[]): Way {
  if (way === "nat") return way;
  const applies = episodes.filter(({ fault, beganAt }) => fault.kind === "apply" && beganAt < time).length;
  if (applies % 2 === 0) return way;
  return way === "upper" ? "lower" : "upper";
}
