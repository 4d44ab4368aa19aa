/** How long an end-to-end connection over a quiet link is left in peace. */
import { TrafficClass } from "@florenetes/forwarding";
import { QUIET_SECONDS_MAX } from "../limits.ts";

/** A connection of class control to a neighbour is asked so many times more rarely than its link: the link itself tells whether the machine is there. */
const NEIGHBOUR_QUIETS = 4;

/**
 * The quiet of a connection, in seconds.
 *
 * @param linkSeconds The quiet of its first link; 0: it is not quiet
 * @param labels How many labels its path has: one leads to a service of the neighbour
 */
export function quietOf(linkSeconds: number, labels: number, trafficClass: TrafficClass): number {
  const isNeighbour = labels === 1 && trafficClass === TrafficClass.control;
  return isNeighbour ? Math.min(NEIGHBOUR_QUIETS * linkSeconds, QUIET_SECONDS_MAX) : linkSeconds;
}
