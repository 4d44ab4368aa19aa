import { TrafficClass } from "@florenetes/forwarding";
import type { PacketClass } from "./traffic-classes.ts";

/** A flow of the data session that carries a part of the packets of one class. */
export interface Shard {
  readonly class: PacketClass;
  /** Its place among the shards of its class, from 0. */
  readonly number: number;
}

/**
 * Shards of each class. Packets of one flow stay in one shard, and so in order; several shards let flows pass each other where one of
 * them waits, and have queues of their own.
 */
const COUNTS: readonly (readonly [PacketClass, number])[] = [
  [TrafficClass.dns, 1],
  [TrafficClass.interactive, 2],
  [TrafficClass.reliable, 4],
  [TrafficClass.bulk, 4],
  [TrafficClass.droppable, 1],
];

/** All shards; the index of each is its number in the session, which both ends count alike. */
export const SHARDS: readonly Shard[] = COUNTS.flatMap(([trafficClass, count]) =>
  Array.from({ length: count }, (_, number) => ({ class: trafficClass, number })),
);

/** By class: its shards, and the index of the first of them. */
const COUNT_BY_CLASS = new Uint8Array(Object.keys(TrafficClass).length);
const FIRST_BY_CLASS = new Uint8Array(COUNT_BY_CLASS.length);
for (const [trafficClass, count] of COUNTS) {
  COUNT_BY_CLASS[trafficClass] = count;
  FIRST_BY_CLASS[trafficClass] = SHARDS.findIndex((shard) => shard.class === trafficClass);
}

/**
 * The index in `SHARDS` of the shard that carries a packet.
 *
 * @param hash That of the packet's flow, 32 bits, unsigned
 */
export function shardOf(trafficClass: PacketClass, hash: number): number {
  return FIRST_BY_CLASS[trafficClass]! + (hash % COUNT_BY_CLASS[trafficClass]!);
}
