import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONGESTED_AT_BYTES,
  LINK_MTU,
  QUEUE_BYTES_MAX,
  QUEUE_DELAY_MAX_MS,
  QUEUE_PACKETS_MAX,
  QUEUE_TARGET_MS,
  RELIEVED_AT_BYTES,
} from "../../../src/quic-link/limits.ts";
import { PacketQueue } from "../../../src/quic-link/queue/packet-queue.ts";
import { PROBE_PLACE } from "../../../src/quic-link/queue/queue-place.ts";

function packet(number: number, length = 1_000): Uint8Array {
  const bytes = new Uint8Array(length).fill(number & 0xff);
  bytes[0] = number >>> 8;
  bytes[1] = number;
  return bytes;
}

function push(queue: PacketQueue, number: number, now: number, length?: number): boolean {
  const bytes = packet(number, length);
  return queue.push(bytes, 0, bytes.length, PROBE_PLACE, now);
}

function poll(queue: PacketQueue, now: number): number | undefined {
  if (!queue.pollPacket(now)) return undefined;
  return (queue.packet[queue.start]! << 8) | queue.packet[queue.start + 1]!;
}

describe("a link's queue", () => {
  test("gives back what it took, in order and whole", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 2, max: LINK_MTU }), fc.constant("poll" as const)), {
          maxLength: 300,
        }),
        (steps) => {
          const queue = new PacketQueue();
          const expected: Uint8Array[] = [];
          for (const [i, step] of steps.entries()) {
            if (step === "poll") {
              const next = expected.shift();
              expect(queue.pollPacket(0)).toBe(next !== undefined);
              if (next !== undefined) expect(queue.packet.slice(queue.start, queue.end)).toEqual(next);
            } else {
              const bytes = packet(i, step);
              expect(queue.push(bytes, 0, bytes.length, PROBE_PLACE, 0)).toBe(true);
              expected.push(bytes);
            }
            expect(queue.length).toBe(expected.length);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("counts how long packets have waited, and nothing for one that came after the turn in which it is sent began", () => {
    const queue = new PacketQueue();
    push(queue, 1, 10);
    push(queue, 2, 20);
    expect([poll(queue, 14), poll(queue, 14)]).toEqual([1, 2]);
    expect(queue.counts.map(({ packetsSent, delayMs }) => [packetsSent, delayMs])).toContainEqual([2, 4]);
  });

  test("drops at the tail when it is full, and counts it", () => {
    const queue = new PacketQueue();
    for (let i = 0; i < QUEUE_PACKETS_MAX; i++) expect(push(queue, i, 0)).toBe(true);
    expect(push(queue, 9_999, 0)).toBe(false);
    expect(queue.counts[0]!.droppedFull).toBe(1);
    expect(poll(queue, 0)).toBe(0);
  });

  test("keeps a held packet where it is, whatever comes and goes meanwhile", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 2, max: LINK_MTU }) },
      { weight: 2, arbitrary: fc.constantFrom("poll" as const, "hold" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const queue = new PacketQueue();
        const expected: Uint8Array[] = [];
        let held: Uint8Array | undefined;
        for (const [i, step] of steps.entries()) {
          if (typeof step === "number") {
            const bytes = packet(i, step);
            if (queue.push(bytes, 0, bytes.length, PROBE_PLACE, 0)) expected.push(bytes);
          } else {
            if (step === "hold") queue.release();
            const next = expected.shift();
            expect(queue.pollPacket(0)).toBe(next !== undefined);
            if (next !== undefined) expect(Buffer.compare(queue.packet.subarray(queue.start, queue.end), next)).toBe(0);
            if (step === "hold" && next !== undefined) queue.hold();
            if (step === "hold") held = next;
          }
          if (held === undefined) continue;
          const kept = queue.packet.subarray(queue.heldStart, queue.heldStart + held.length);
          expect(Buffer.compare(kept, held)).toBe(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("is bounded in bytes, and says that it is congested at half of them", () => {
    const queue = new PacketQueue();
    const whole = QUEUE_BYTES_MAX / LINK_MTU;
    for (let i = 0; i < whole; i++) {
      expect(queue.congestedClasses !== 0).toBe(i >= CONGESTED_AT_BYTES / LINK_MTU);
      expect(push(queue, i, 0, LINK_MTU)).toBe(true);
    }
    expect(push(queue, 0, 0, 2)).toBe(false);
    expect(queue.counts[0]!.droppedFull).toBe(1);
    for (let i = 0; i < whole; i++) {
      expect(queue.congestedClasses !== 0).toBe(queue.length > RELIEVED_AT_BYTES / LINK_MTU);
      expect(poll(queue, 0)).toBe(i);
    }
    expect(queue.congestedClasses !== 0).toBe(false);
  });

  test("gives out nothing that has waited for longer than the limit", () => {
    const queue = new PacketQueue();
    push(queue, 1, 0);
    push(queue, 2, 0);
    push(queue, 3, QUEUE_DELAY_MAX_MS);
    expect(poll(queue, QUEUE_DELAY_MAX_MS)).toBe(3);
    expect(queue.counts[0]!.droppedLate).toBe(2);
  });

  test("keeps a burst, but not a standing queue", () => {
    // A burst of 100 packets at once, sent at one per millisecond: longer than the target, shorter than an interval.
    const burst = new PacketQueue();
    for (let i = 0; i < 100; i++) push(burst, i, 0);
    for (let now = 0; now < 100; now++) expect(poll(burst, now)).toBe(now);
    expect(burst.counts[0]!.droppedLate).toBe(0);
  });

  test("brings a source that does not listen down to the speed of the link by drops, and the delay with it", () => {
    const queue = new PacketQueue();
    const delays: number[] = [];
    const arrivals = new Map<number, number>();
    let number = 0;
    // The link sends one packet in a millisecond. The source sends 5 % more, and lowers its rate by each drop that it sees.
    let rate = 1.05;
    let credit = 0;
    let drops = 0;
    for (let now = 0; now < 20_000; now++) {
      credit += rate;
      for (; credit >= 1; credit--) {
        arrivals.set(number, now);
        push(queue, number++ & 0xffff, now);
      }
      const sent = poll(queue, now);
      if (sent !== undefined && now > 10_000) delays.push(now - (arrivals.get(sent) ?? now));
      if (queue.counts[0]!.droppedLate > drops) rate = Math.max(0.9, rate * 0.98);
      else rate = Math.min(1.05, rate + 0.0002);
      drops = queue.counts[0]!.droppedLate;
    }
    delays.sort((a, b) => a - b);
    expect(queue.counts[0]!.droppedFull).toBe(0);
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThanOrEqual(4 * QUEUE_TARGET_MS);
    expect(delays.at(-1)).toBeLessThan(QUEUE_DELAY_MAX_MS);
  });

  test("says that it is congested at half its size, and takes it back only when nearly empty", () => {
    const queue = new PacketQueue();
    for (let i = 0; i < QUEUE_PACKETS_MAX / 2 - 1; i++) push(queue, i, 0);
    expect(queue.congestedClasses !== 0).toBe(false);
    push(queue, 0, 0);
    expect(queue.congestedClasses !== 0).toBe(true);
    while (queue.length > QUEUE_PACKETS_MAX / 8 + 1) poll(queue, 1);
    expect(queue.congestedClasses !== 0).toBe(true);
    poll(queue, 1);
    expect(queue.congestedClasses !== 0).toBe(false);
  });

  test("says so too when few packets wait for long", () => {
    const queue = new PacketQueue();
    push(queue, 1, 0);
    push(queue, 2, 60);
    expect(queue.congestedClasses !== 0).toBe(true);
    poll(queue, 61);
    expect(queue.congestedClasses !== 0).toBe(true);
    poll(queue, 120);
    expect(queue.congestedClasses !== 0, "an empty queue").toBe(false);
  });

  test("takes memory only while it is in use", () => {
    const queue = new PacketQueue();
    expect(queue.memory).toBe(0);
    for (let i = 0; i < 20; i++) push(queue, i, 0, LINK_MTU);
    const full = queue.memory;
    expect(full).toBeGreaterThanOrEqual(20 * LINK_MTU);
    queue.trim();
    queue.trim();
    expect(queue.memory, "packets wait").toBe(full);
    for (let i = 0; i < 20; i++) expect(poll(queue, 0)).toBe(i);
    queue.hold();
    queue.trim();
    expect(queue.memory, "one is held").toBe(full);
    queue.release();
    queue.trim();
    expect(queue.memory).toBe(0);
    push(queue, 7, 0, LINK_MTU);
    expect(queue.memory).toBeLessThan(full);
    expect(poll(queue, 0)).toBe(7);
    queue.trim();
    expect(queue.memory, "used since the last time").toBeGreaterThan(0);
  });

  test("forgets everything when the link goes down", () => {
    const queue = new PacketQueue();
    for (let i = 0; i < QUEUE_PACKETS_MAX; i++) push(queue, i, 0);
    queue.clear();
    expect(queue.length).toBe(0);
    expect(queue.congestedClasses !== 0).toBe(false);
    expect(queue.pollPacket(0)).toBe(false);
  });
});
