import { isMeshPacket } from "./header.ts";

/**
 * The kind of traffic that a packet is of, by its number on the wire: three bits of the flags. Links order their queues by it; nobody on the
 * way changes it.
 */
export const TrafficClass = {
  /** All that says nothing else. */
  reliable: 0,
  /** Messages among vertices: goes first, but little of it. */
  control: 1,
  dns: 2,
  interactive: 3,
  bulk: 4,
  /** Goes last, and is the first to be thrown away. */
  droppable: 5,
} as const;
export type TrafficClass = (typeof TrafficClass)[keyof typeof TrafficClass];
export type TrafficClassName = keyof typeof TrafficClass;

/** Stable names of the classes, for status and metrics; the index is the number on the wire. */
export const TRAFFIC_CLASS_NAMES = Object.keys(TrafficClass) as readonly TrafficClassName[];

/**
 * The class of `packet[start, end)`, which may be anything: what is no mesh packet, or has a number that means nothing, is
 * `reliable`, so that it gains nothing.
 */
export function trafficClassOf(packet: Uint8Array, start: number, end: number): TrafficClass {
  if (!isMeshPacket(packet, start, end)) return TrafficClass.reliable;
  const number = (packet[start]! >> 1) & 0b111;
  return number < TRAFFIC_CLASS_NAMES.length ? (number as TrafficClass) : TrafficClass.reliable;
}
