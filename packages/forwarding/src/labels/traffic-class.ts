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

/** A class that a workload's connections may have: `control` is for what vertices tell each other. */
export type WorkloadClassName = Exclude<TrafficClassName, "control">;
export const WORKLOAD_CLASS_NAMES: readonly WorkloadClassName[] = TRAFFIC_CLASS_NAMES.filter(
  (name) => name !== "control",
);

/** A set of classes has the bit of each; here all are in it. */
export const ALL_CLASSES: number = (1 << TRAFFIC_CLASS_NAMES.length) - 1;

/** Whether a class is in a set. */
export function isInClasses(classes: number, trafficClass: TrafficClass): boolean {
  return ((classes >> trafficClass) & 1) === 1;
}

/** The class of a number that a peer says. One that means nothing is `reliable`. */
export function trafficClassNumbered(number: number): TrafficClass {
  return number < TRAFFIC_CLASS_NAMES.length ? (number as TrafficClass) : TrafficClass.reliable;
}

/** Says of a packet at `at`, whose header has just been written, what kind of traffic it is of. */
export function setTrafficClass(packet: Uint8Array, at: number, trafficClass: TrafficClass): void {
  packet[at]! |= trafficClass << 1;
}

/** The class of a packet at `at` whose header is sound. A number that means nothing is `reliable`. */
export function trafficClassAt(packet: Uint8Array, at: number): TrafficClass {
  return trafficClassNumbered((packet[at]! >> 1) & 0b111);
}

/**
 * The class of `packet[start, end)`, which may be anything: what is no mesh packet, or has a number that means nothing, is
 * `reliable`, so that it gains nothing.
 */
export function trafficClassOf(packet: Uint8Array, start: number, end: number): TrafficClass {
  if (!isMeshPacket(packet, start, end)) return TrafficClass.reliable;
  return trafficClassAt(packet, start);
}
