import { type TrafficClass, TrafficClass as Class } from "@florenetes/forwarding";

/**
 * Flows of a session by class: the *shards* over which connections inside of the tunnel are spread. Each has a queue of its own all the
 * way, so that a download fills its own alone.
 */
export const SHARDS: ReadonlyMap<TrafficClass, number> = new Map([
  [Class.reliable, 4],
  [Class.dns, 1],
  [Class.interactive, 2],
  [Class.bulk, 4],
  [Class.droppable, 1],
]);

/** How long nothing is opened for a class after a flow of it was refused, in milliseconds. */
export const REFUSED_PAUSE_MS = 10_000;
