/** A class that is full holds back its own sources, and no others. */
import { LINK_NONE, TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { CONGESTED_AT_PACKETS, QUEUE_CLASS_PARTS, RELIEVED_AT_PACKETS } from "../../../src/quic-link/limits.ts";
import { PacketQueue } from "../../../src/quic-link/queue/packet-queue.ts";
import { placeOf } from "../../../src/quic-link/queue/queue-place.ts";

const { bulk, interactive } = TrafficClass;

function push(queue: PacketQueue, trafficClass: TrafficClass, packets: number): void {
  const packet = new Uint8Array(100);
  packet[0] = 0x10 | (trafficClass << 1);
  const place = placeOf(packet, 0, packet.length, LINK_NONE);
  for (let left = packets; left > 0; left--) queue.push(packet, 0, packet.length, place, 0);
}

const setOf = (...classes: TrafficClass[]): number => classes.reduce<number>((set, each) => set | (1 << each), 0);

test("each class is congested at half of what it may hold, and relieved at an eighth", () => {
  const queue = new PacketQueue();
  push(queue, bulk, CONGESTED_AT_PACKETS - 1);
  expect(queue.congestedClasses).toBe(0);
  push(queue, bulk, 1);
  expect(queue.congestedClasses).toBe(setOf(bulk));
  const part = QUEUE_CLASS_PARTS[interactive]!;
  push(queue, interactive, CONGESTED_AT_PACKETS / part - 1);
  expect(queue.congestedClasses).toBe(setOf(bulk));
  push(queue, interactive, 1);
  expect(queue.congestedClasses).toBe(setOf(bulk, interactive));
  const sent = (): number => queue.counts[interactive]!.packetsSent;
  while (sent() < (CONGESTED_AT_PACKETS - RELIEVED_AT_PACKETS) / part) expect(queue.pollPacket(0)).toBe(true);
  expect(queue.congestedClasses).toBe(setOf(bulk));
  queue.clear();
  expect(queue.congestedClasses).toBe(0);
});
