import {
  connectionLowOf,
  cursorOf,
  headerSize,
  isMeshPacket,
  LABEL_COUNT_MAX,
  shareOf,
  TRAFFIC_CLASS_NAMES,
  TrafficClass,
  trafficClassOf,
} from "@florenetes/forwarding";
import { QUEUE_FLOWS, QUEUE_SHARES } from "../limits.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;

/**
 * The place in which a packet waits: by the link that it came by, then by its class, then by its share, then by its connection. Connections have a
 * fixed number of flows: their IDs are cheap to invent, so each must cost nothing. A queue gives places to in-links (`InLinkPlaces`), and to the
 * shares of a class (`ShareTurns`).
 *
 *     ((group × 6 + class) × 16 + share) × 16 + flow      group 0 is the vertex itself; else 1 + the in-link's number, or the place that it has
 *                                                         share 0 has none, or the packet is in no queue; else the place that it has
 */
export type QueuePlace = number;

/** The place of packets without a share, which no share has. */
export const UNSHARED = 0;

/** No place. */
export const NO_PLACE = -1;

/** The place of packets that a link vertex makes itself: probes and their answers. */
export const PROBE_PLACE: QueuePlace = placeIn(TrafficClass.reliable, 0, UNSHARED, 0);

/** The place of `packet[start, end)`, which may hold anything, and came by the link `inLink`; LINK_NONE, which is -1: from the cluster vertex. */
export function placeOf(packet: Uint8Array, start: number, end: number, inLink: number): QueuePlace {
  const flow = isMeshPacket(packet, start, end) ? connectionLowOf(packet, start) % QUEUE_FLOWS : 0;
  return placeIn(trafficClassOf(packet, start, end), inLink + 1, UNSHARED, flow);
}

/** The share of `packet[start, end)`, which may hold anything and came by a link: 1 to 4,095; 0: it has none, or is no mesh packet. `pop` writes the
 *  share into the word before the cursor. */
export function shareBefore(packet: Uint8Array, start: number, end: number): number {
  if (!isMeshPacket(packet, start, end)) return 0;
  const cursor = cursorOf(packet, start);
  if (cursor === 0 || cursor >= LABEL_COUNT_MAX || start + headerSize(cursor) > end) return 0;
  return shareOf(packet, start, cursor - 1);
}

export function placeIn(trafficClass: TrafficClass, group: number, share: number, flow: number): QueuePlace {
  return ((group * CLASSES + trafficClass) * QUEUE_SHARES + share) * QUEUE_FLOWS + flow;
}

export function classOfPlace(place: QueuePlace): TrafficClass {
  return (Math.floor(place / (QUEUE_SHARES * QUEUE_FLOWS)) % CLASSES) as TrafficClass;
}

export function groupOf(place: QueuePlace): number {
  return Math.floor(place / (CLASSES * QUEUE_SHARES * QUEUE_FLOWS));
}

export function shareOfPlace(place: QueuePlace): number {
  return Math.floor(place / QUEUE_FLOWS) % QUEUE_SHARES;
}

export function flowOf(place: QueuePlace): number {
  return place % QUEUE_FLOWS;
}

/** Whether the packet came from the vertex itself. */
export function isOwn(place: QueuePlace): boolean {
  return groupOf(place) === 0;
}
