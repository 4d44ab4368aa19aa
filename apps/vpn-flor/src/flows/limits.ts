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

/**
 * Bytes of datagrams that wait for the cluster vertex in all flows of a session. A flow takes no more than is free behind it, so that a full
 * one leaves as much to the others: one alone has what any flow of a data session may have, and each of twelve full ones a thirteenth of these bytes.
 */
export const SESSION_WAITING_MAX = 1_572_864;
/** Bytes that wait in the flows of all sessions over one data session. A session takes no more than is free behind it, likewise. */
export const ALL_WAITING_MAX = 67_108_864;

/** How long nothing is opened for a class after a flow of it was refused, in milliseconds. */
export const REFUSED_PAUSE_MS = 10_000;
