import { connectionLowOf, isMeshPacket, LINK_NONE, TrafficClass, trafficClassOf } from "@florenetes/labels";
import { QUEUE_FLOWS, QUEUE_GROUPS } from "../limits.ts";

/**
 * Where a packet waits: its class, then the link that it came by, then its connection. Links and connections share a fixed number of
 * places, so that neither costs anything: IDs are cheap to invent.
 *
 *     class × 512 + group × 16 + flow      group 0 is the vertex itself, and links share the others
 */
export type QueuePlace = number;

/** No place. */
export const NO_PLACE = -1;

/** The place of all that a link vertex itself sends beside the packets of others. */
export const PROBE_PLACE: QueuePlace = placeIn(TrafficClass.reliable, 0, 0);

/** The place of `packet[start, end)`, which may be anything, and came in on that link; LINK_NONE: it came from the cluster vertex. */
export function placeOf(packet: Uint8Array, start: number, end: number, inLink: number): QueuePlace {
  const group = inLink === LINK_NONE ? 0 : 1 + (inLink % (QUEUE_GROUPS - 1));
  const flow = isMeshPacket(packet, start, end) ? connectionLowOf(packet, start) % QUEUE_FLOWS : 0;
  return placeIn(trafficClassOf(packet, start, end), group, flow);
}

export function placeIn(trafficClass: TrafficClass, group: number, flow: number): QueuePlace {
  return (trafficClass * QUEUE_GROUPS + group) * QUEUE_FLOWS + flow;
}

export function classOfPlace(place: QueuePlace): TrafficClass {
  return Math.floor(place / (QUEUE_GROUPS * QUEUE_FLOWS)) as TrafficClass;
}

export function groupOf(place: QueuePlace): number {
  return Math.floor(place / QUEUE_FLOWS) % QUEUE_GROUPS;
}

export function flowOf(place: QueuePlace): number {
  return place % QUEUE_FLOWS;
}

/** Whether it came from the vertex itself. */
export function isOwn(place: QueuePlace): boolean {
  return groupOf(place) === 0;
}
