import {
  connectionLowOf,
  isMeshPacket,
  TRAFFIC_CLASS_NAMES,
  TrafficClass,
  trafficClassOf,
} from "@florenetes/forwarding";
import { QUEUE_FLOWS } from "../limits.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;

/**
 * The place in which a packet waits: by the link that it came by, then by its class, then by its connection. Connections share a fixed number
 * of flows: their IDs are cheap to invent, so each must cost nothing. In-links have places of their own, which a queue gives them (`InLinkPlaces`).
 *
 *     (group × 6 + class) × 16 + flow      group 0 is the vertex itself; else 1 + the in-link's number, or the place that it has
 */
export type QueuePlace = number;

/** No place. */
export const NO_PLACE = -1;

/** The place of packets that a link vertex makes itself: probes and their answers. */
export const PROBE_PLACE: QueuePlace = placeIn(TrafficClass.reliable, 0, 0);

/** The place of `packet[start, end)`, which may hold anything, and came by the link `inLink`; LINK_NONE, which is -1: from the cluster vertex. */
export function placeOf(packet: Uint8Array, start: number, end: number, inLink: number): QueuePlace {
  const flow = isMeshPacket(packet, start, end) ? connectionLowOf(packet, start) % QUEUE_FLOWS : 0;
  return placeIn(trafficClassOf(packet, start, end), inLink + 1, flow);
}

export function placeIn(trafficClass: TrafficClass, group: number, flow: number): QueuePlace {
  return (group * CLASSES + trafficClass) * QUEUE_FLOWS + flow;
}

export function classOfPlace(place: QueuePlace): TrafficClass {
  return (Math.floor(place / QUEUE_FLOWS) % CLASSES) as TrafficClass;
}

export function groupOf(place: QueuePlace): number {
  return Math.floor(place / (CLASSES * QUEUE_FLOWS));
}

export function flowOf(place: QueuePlace): number {
  return place % QUEUE_FLOWS;
}

/** Whether the packet came from the vertex itself. */
export function isOwn(place: QueuePlace): boolean {
  return groupOf(place) === 0;
}
