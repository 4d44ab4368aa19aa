import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DatagramDrops } from "../../../src/transport/datagrams/flow-account.ts";
import { flowHeadSize, readFlowDatagram } from "../../../src/transport/datagrams/flow-datagram.ts";
import {
  DATAGRAM_COST,
  DATAGRAM_SIZE_MAX,
  QUEUED_BYTES_MAX,
  QUEUED_BYTES_OF_ALL_MAX,
  QUEUED_MAX,
  QUEUED_MS_MAX,
} from "../../../src/transport/datagrams/limits.ts";
import { PieceJoiner } from "../../../src/transport/datagrams/piece-joiner.ts";
import { SendingQueue } from "../../../src/transport/datagrams/sending-queue.ts";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";

const packet = 1_200;

function scene(memoryMax = Infinity): { queue: SendingQueue; budget: MemoryBudget; drops: DatagramDrops } {
  const budget = new MemoryBudget(memoryMax);
  return { queue: new SendingQueue(budget), budget, drops: new DatagramDrops() };
}

/** The flow of the next frame and the length of its bytes; undefined: no frame. */
function next(queue: SendingQueue, now = 0, sizeMax = packet, left = sizeMax): [number, number] | undefined {
  const out = new Uint8Array(sizeMax);
  const size = queue.next(out, { max: sizeMax, left, isUncut: false }, now);
  if (size === 0) return undefined;
  const { flow, bytes } = readFlowDatagram(out.subarray(0, size))!;
  return [flow, bytes.length];
}

test("what may not be cut is dropped where no packet has room for it", () => {
  const { queue, drops } = scene();
  const head = flowHeadSize(1, false);
  for (const size of [packet - head + 1, packet - head, 65_507, 0]) queue.add(1, new Uint8Array(size), drops, 0);
  const sizes = { max: packet, left: packet, isUncut: true };
  const sent = Array.from({ length: 3 }, () => queue.next(new Uint8Array(packet), sizes, 0));
  expect(sent).toEqual([packet, head, 0]);
  expect(drops).toMatchObject({ tooLarge: 2, queue: 0 });
  expect(queue.held).toBe(0);
});

test("a flow is in order, and flows take turns by bytes", () => {
  const { queue, drops } = scene();
  for (let i = 0; i < 9; i++) queue.add(1, new Uint8Array(1_000), drops, 0);
  for (let i = 0; i < 9; i++) queue.add(2, new Uint8Array(100 + i), drops, 0);
  const sent = Array.from({ length: 12 }, () => next(queue)!);
  expect(sent.filter(([flow]) => flow === 2).map(([, size]) => size)).toEqual([
    100, 101, 102, 103, 104, 105, 106, 107, 108,
  ]);
  expect(sent.filter(([flow]) => flow === 1)).toHaveLength(3);
});

test("a datagram that does not fit is cut into pieces of one length, of which the last may be shorter", () => {
  const { queue, drops, budget } = scene();
  queue.add(1, new Uint8Array(4_000), drops, 0);
  const sizes = [0, 1, 2, 3, 4].map(() => next(queue)?.[1]);
  expect(sizes).toEqual([1_000, 1_000, 1_000, 1_000, undefined]);
  expect(budget.held).toBe(0);
});

test("what does not fit beside others waits for the next packet, and is not cut for it", () => {
  const { queue, drops } = scene();
  queue.add(1, new Uint8Array(1_000), drops, 0);
  expect(next(queue, 0, packet, 900)).toBeUndefined();
  expect(next(queue)).toEqual([1, 1_000]);
});

test("above its bounds a flow loses its oldest", () => {
  const { queue, drops } = scene();
  for (let i = 0; i <= QUEUED_MAX; i++) queue.add(1, new Uint8Array(i), drops, 0);
  expect(drops.queue).toBe(1);
  expect(next(queue)).toEqual([1, 1]);
  const large = scene();
  const most = Math.floor(QUEUED_BYTES_MAX / (DATAGRAM_SIZE_MAX + DATAGRAM_COST));
  for (let i = 0; i < most + 2; i++) large.queue.add(1, new Uint8Array(DATAGRAM_SIZE_MAX), large.drops, 0);
  expect(large.drops.queue).toBe(2);
  expect(large.queue.held).toBeLessThanOrEqual(QUEUED_BYTES_MAX);
});

test("above the bound of all the flow that holds most loses its oldest, and no other anything", () => {
  const { queue, drops } = scene();
  const others = new DatagramDrops();
  for (let i = 0; i < 3; i++) queue.add(1, new Uint8Array(60_000), drops, 0);
  for (let flow = 2; queue.held + 30_000 <= QUEUED_BYTES_OF_ALL_MAX; flow++)
    queue.add(flow, new Uint8Array(29_000), others, 0);
  queue.add(100, new Uint8Array(40_000), others, 0);
  expect([drops.queue, others.queue]).toEqual([1, 0]);
});

test("what has waited for too long is not sent, but what has begun is", () => {
  const { queue, drops } = scene();
  queue.add(1, new Uint8Array(2_000), drops, 0);
  queue.add(1, new Uint8Array(2_000), drops, 0);
  queue.add(1, new Uint8Array(10), drops, 200);
  expect(next(queue)).toEqual([1, 1_000]);
  expect(next(queue, QUEUED_MS_MAX + 1)).toEqual([1, 1_000]);
  expect(next(queue, QUEUED_MS_MAX + 1)).toEqual([1, 10]);
  expect(drops.late).toBe(1);
});

test("where packets become smaller, a datagram whose pieces do not fit any more is lost, and the next one is not", () => {
  const { queue, drops } = scene();
  queue.add(1, new Uint8Array(4_000), drops, 0);
  queue.add(1, new Uint8Array(700), drops, 0);
  expect(next(queue)).toEqual([1, 1_000]);
  expect(next(queue, 0, 800)).toEqual([1, 700]);
  expect(drops.queue).toBe(1);
});

test("where memory is spent nothing waits", () => {
  const { queue, drops } = scene(0);
  queue.add(1, new Uint8Array(10), drops, 0);
  expect([queue.held, drops.noRoom]).toEqual([0, 1]);
});

test("whatever is added, bounds hold, all is counted, and what arrives is what was sent, in the order of its flow", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ flow: fc.nat(5), size: fc.oneof(fc.nat(2_000), fc.nat(DATAGRAM_SIZE_MAX)) }) },
    { weight: 3, arbitrary: fc.record({ frames: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ over: fc.nat(5) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 600, max: 9_000 }), (steps, sizeMax) => {
      const { queue, budget, drops } = scene();
      const joining = new MemoryBudget(Infinity);
      const joiner = new PieceJoiner(joining);
      const lost = new DatagramDrops();
      const out = new Uint8Array(sizeMax);
      const arrived = new Map<number, number[]>();
      let added = 0;
      let number = 0;
      const send = (): boolean => {
        const size = queue.next(out, { max: sizeMax, left: sizeMax, isUncut: false }, 0);
        if (size === 0) return false;
        expect(size).toBeLessThanOrEqual(sizeMax);
        const { flow, piece, bytes } = readFlowDatagram(out.slice(0, size))!;
        const datagram = piece === undefined ? bytes : joiner.add(flow, piece, bytes, lost, 0);
        if (datagram !== undefined)
          arrived.set(flow, [...(arrived.get(flow) ?? []), Buffer.from(datagram).readUInt32LE()]);
        return true;
      };
      for (const each of steps) {
        if ("size" in each) {
          const bytes = Buffer.alloc(Math.max(4, each.size));
          bytes.writeUInt32LE(number++);
          queue.add(each.flow, bytes, drops, 0);
          added++;
        } else if ("over" in each) {
          // The next flow of that stream's number begins to count its pieces anew.
          queue.remove(each.over);
          joiner.remove(each.over);
        } else for (let i = 0; i < each.frames && send(); i++);
        expect(queue.held).toBeLessThanOrEqual(QUEUED_BYTES_OF_ALL_MAX);
        expect(budget.held).toBe(queue.held);
      }
      for (let i = 0; i < 10_000 && send(); i++);
      expect(queue.held).toBe(0);
      joiner.clear();
      expect(joining.held).toBe(0);
      const all = [...arrived.values()];
      for (const numbers of all) expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
      expect(all.flat().length + drops.queue).toBe(added);
    }),
    { numRuns: 60 },
  );
});

test("an empty datagram costs something, too", () => {
  const { queue, drops } = scene();
  queue.add(1, new Uint8Array(0), drops, 0);
  expect(queue.held).toBe(DATAGRAM_COST);
  expect(next(queue)).toEqual([1, 0]);
});
