/** A link's queue keeps its promises to each in-link, whatever the others send and however they mark it. */
import { LINK_NONE, TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LINK_MTU, QUEUE_GROUPS, QUEUE_PACKETS_MAX } from "../../../src/quic-link/limits.ts";
import { PacketQueue } from "../../../src/quic-link/queue/packet-queue.ts";
import { placeOf } from "../../../src/quic-link/queue/queue-place.ts";

const { bulk, control, dns, droppable, interactive, reliable } = TrafficClass;
/** Offset of the body of a packet, which holds its in-link and its number. */
const BODY = 12;

/** Marks of one sender, one for each packet, over and over. */
type Marks = readonly TrafficClass[];

/** A queue, with counts of the packets and bytes that were sent for each in-link. */
class Link {
  readonly queue = new PacketQueue();
  readonly sentBytes = new Map<number, number>();
  readonly waiting = new Map<number, number>();
  #number = 0;

  push(inLink: number, trafficClass: TrafficClass, length: number, now = 0): number {
    const packet = new Uint8Array(length);
    packet[0] = 0x10 | (trafficClass << 1);
    const view = new DataView(packet.buffer);
    view.setInt32(BODY, inLink);
    view.setUint32(BODY + 4, ++this.#number);
    const isTaken = this.queue.push(packet, 0, length, placeOf(packet, 0, length, inLink), now);
    if (isTaken) this.waiting.set(inLink, (this.waiting.get(inLink) ?? 0) + 1);
    return isTaken ? this.#number : 0;
  }

  poll(now = 0): { inLink: number; number: number; trafficClass: TrafficClass; length: number } | undefined {
    if (!this.queue.pollPacket(now)) return undefined;
    const { packet, start, end } = this.queue;
    const view = new DataView(packet.buffer, packet.byteOffset + start);
    const [inLink, number, length] = [view.getInt32(BODY), view.getUint32(BODY + 4), end - start];
    this.sentBytes.set(inLink, this.sent(inLink) + length);
    this.waiting.set(inLink, this.waiting.get(inLink)! - 1);
    return { inLink, number, trafficClass: ((view.getUint8(0) >> 1) & 7) as TrafficClass, length };
  }

  sent(inLink: number): number {
    return this.sentBytes.get(inLink) ?? 0;
  }
}

const marks = fc.array(fc.nat(TRAFFIC_CLASS_NAMES.length - 1), { minLength: 1, maxLength: 8 });
const lengths = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 20, max: 1_500 }) }, fc.integer({ min: 1_500, max: LINK_MTU })),
  { minLength: 1, maxLength: 8 },
);
const crowds = fc.array(fc.record({ marks, lengths }), { minLength: 2, maxLength: 8 });

test("in-links that always have something get equal shares, whatever they mark and however large their packets are", () => {
  fc.assert(
    fc.property(crowds, (crowd) => {
      const link = new Link();
      const pushed = crowd.map(() => 0);
      for (let polls = 0; polls < 600; polls++) {
        for (const [inLink, of] of crowd.entries()) {
          while ((link.waiting.get(inLink) ?? 0) < 3) {
            const number = pushed[inLink]!++;
            const trafficClass = of.marks[number % of.marks.length] as TrafficClass;
            expect(link.push(inLink, trafficClass, of.lengths[number % of.lengths.length]!)).not.toBe(0);
          }
        }
        link.poll();
        const sent = crowd.map((_, inLink) => link.sent(inLink));
        // No in-link is more than two packets ahead of another.
        expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(2 * LINK_MTU);
      }
    }),
    { numRuns: runs(100, 20) },
  );
});

test("a packet in a hurry of an in-link within its share waits for one packet of each other in-link at most", () => {
  const hurried = fc.constantFrom(control, dns, interactive);
  const calls = fc.array(fc.record({ trafficClass: hurried, length: fc.integer({ min: 20, max: 1_500 }) }), {
    minLength: 1,
    maxLength: 20,
  });
  const own = fc.option(fc.record({ marks: fc.array(fc.constantFrom(bulk, droppable), { minLength: 1 }), lengths }));
  fc.assert(
    fc.property(crowds, calls, own, (crowd, calls, own) => {
      const link = new Link();
      const pushed = new Map<number, number>();
      const fill = (inLink: number, of: { marks: Marks; lengths: readonly number[] }): void => {
        while ((link.waiting.get(inLink) ?? 0) < 3) {
          const number = pushed.get(inLink) ?? 0;
          pushed.set(inLink, number + 1);
          link.push(inLink, of.marks[number % of.marks.length]!, of.lengths[number % of.lengths.length]!);
        }
      };
      const fillAll = (): void => {
        for (const [inLink, of] of crowd.entries()) fill(inLink, of as { marks: Marks; lengths: number[] });
        if (own !== null) fill(LINK_NONE, own);
      };
      const sentOfAll = (): number[] =>
        [...crowd.keys(), ...(own === null ? [] : [LINK_NONE])].map((of) => link.sent(of));
      let before = sentOfAll();
      let owed = 0;
      for (const { trafficClass, length } of calls) {
        // The call keeps to its share: each in-link, its own other packets included, has sent as many bytes as the last packet in a hurry had.
        for (fillAll(); sentOfAll().some((bytes, of) => bytes - before[of]! < owed); fillAll()) link.poll();
        const number = link.push(LINK_NONE, trafficClass, length);
        const waitedFor = new Map<number, number>();
        for (let sent = link.poll()!; sent.number !== number; sent = link.poll()!) {
          waitedFor.set(sent.inLink, (waitedFor.get(sent.inLink) ?? 0) + 1);
          fillAll();
        }
        expect(waitedFor.get(LINK_NONE) ?? 0, "its own").toBe(0);
        expect(Math.max(0, ...waitedFor.values()), "of each other").toBeLessThanOrEqual(1);
        before = sentOfAll();
        owed = length;
      }
    }),
    { numRuns: runs(300, 60) },
  );
});

test("credit is not saved up: whoever sent nothing in a hurry for long gets no more than his share at once", () => {
  const link = new Link();
  for (let polls = 0; polls < 1_000; polls++) {
    for (const inLink of [1, 2]) while ((link.waiting.get(inLink) ?? 0) < 2) link.push(inLink, bulk, 1_000);
    link.poll();
  }
  const order = Array.from({ length: 20 }, () => {
    while ((link.waiting.get(1) ?? 0) < 4) link.push(1, interactive, 1_000);
    while ((link.waiting.get(2) ?? 0) < 4) link.push(2, reliable, 1_000);
    return link.poll()!.inLink;
  });
  expect(order.filter((inLink) => inLink === 2).length).toBeGreaterThanOrEqual(9);
});

describe("a flood drops its own packets alone", () => {
  test("where the queue is full, the in-link that holds most makes room", () => {
    fc.assert(
      fc.property(marks, marks, fc.integer({ min: 20, max: 3_000 }), (flood, honest, length) => {
        const link = new Link();
        for (let packets = 0; packets < 2 * QUEUE_PACKETS_MAX; packets++) {
          link.push(1, flood[packets % flood.length] as TrafficClass, length);
        }
        const taken = Array.from({ length: 40 }, (_, packets) =>
          link.push(2, honest[packets % honest.length] as TrafficClass, length),
        );
        expect(taken).not.toContain(0);
        for (let packets = 0; packets < QUEUE_PACKETS_MAX; packets++) {
          link.push(1, flood[packets % flood.length] as TrafficClass, length);
        }
        const sent = [];
        for (let packet = link.poll(); packet !== undefined; packet = link.poll()) sent.push(packet);
        expect(sent.filter(({ inLink }) => inLink === 2)).toHaveLength(40);
      }),
      { numRuns: runs(60, 20) },
    );
  });
});

describe("places of in-links", () => {
  test("are as many as there are, and an in-link leaves its place when it owes nothing any more", () => {
    const link = new Link();
    for (let inLink = 0; inLink < 500; inLink++) {
      // Two in-links at a time would have the same place; each gets a half.
      const other = inLink + QUEUE_GROUPS - 1;
      for (let packets = 0; packets < 12; packets++) link.push(inLink, interactive, 1_000);
      for (let packets = 0; packets < 4; packets++) link.push(other, reliable, 1_000);
      const first = Array.from({ length: 8 }, () => link.poll()!.inLink);
      expect(first.filter((of) => of === other)).toHaveLength(4);
      while (link.poll() !== undefined);
    }
  });

  test("are shared where more in-links send at a time, and the vertex itself shares its own with nobody", () => {
    const link = new Link();
    const many = 3 * (QUEUE_GROUPS - 1);
    for (let inLink = 0; inLink < many; inLink++)
      for (let packets = 0; packets < 4; packets++) link.push(inLink, dns, 500);
    for (let packets = 0; packets < 4; packets++) link.push(LINK_NONE, reliable, 500);
    const first = Array.from({ length: 4 * QUEUE_GROUPS }, () => link.poll()!.inLink);
    expect(first.filter((of) => of === LINK_NONE)).toHaveLength(4);
  });
});

describe("a link of 4 Mbit/s with a neighbour's flood of 12 Mbit/s", () => {
  const BYTES_PER_MS = 500;
  const PACKET = 1_250;
  const ROUND_TRIP_MS = 20;

  /** The rate, in Mbit/s, of an honest sender of one class that does as TCP does (RFC 5681), in ten seconds beside a flood with these marks. */
  function honestShare(of: TrafficClass, flood: Marks): number {
    const link = new Link();
    /** The sender's packets under way: when the answer to each comes, and whether the packet got there. */
    const answers: { at: number; isLost: boolean }[] = [];
    const waiting = new Set<number>();
    let [window, threshold, recoverAt, received, credit, floods] = [10, Infinity, 0, 0, 0, 0];
    for (let now = 0; now < 10_000; now++) {
      for (let packets = (now + 1) * 1.2; floods < packets; floods++)
        link.push(1, flood[floods % flood.length]!, PACKET, now);
      for (credit += BYTES_PER_MS; credit >= PACKET; credit -= PACKET) {
        const sent = link.poll(now);
        if (sent?.inLink !== 2) continue;
        received++;
        // Packets of a connection leave in their order: packets before the one that was sent are lost.
        for (const number of waiting) {
          if (number > sent.number) break;
          waiting.delete(number);
          answers.push({ at: now + ROUND_TRIP_MS, isLost: number < sent.number });
        }
      }
      for (; answers.length > 0 && answers[0]!.at <= now; answers.shift()) {
        if (answers[0]!.isLost) {
          if (now >= recoverAt) threshold = window = Math.max(2, window / 2);
          if (now >= recoverAt) recoverAt = now + 2 * ROUND_TRIP_MS;
        } else window += window < threshold ? 1 : 1 / window;
      }
      // A timeout: all packets are lost, or wait for packets that never come.
      if (waiting.size >= window && now % 300 === 299) {
        waiting.clear();
        threshold = window / 2;
        window = 2;
      }
      while (waiting.size + answers.length < window) {
        const number = link.push(2, of, PACKET, now);
        if (number === 0) break;
        waiting.add(number);
      }
    }
    return (received * PACKET * 8) / 10_000 / 1_000;
  }

  const mixes: readonly (readonly [string, Marks])[] = [
    ["all control", [control]],
    ["dns and interactive", [dns, interactive]],
    ["control, dns and interactive", [control, dns, interactive]],
    ["every class", [control, dns, interactive, reliable, bulk, droppable]],
    ["mostly droppable", [droppable, droppable, droppable, interactive]],
    ["bulk", [bulk]],
  ];

  test.each([reliable, bulk, interactive])("leaves class %i its share, however it is marked", (of) => {
    const beside = honestShare(of, [reliable]);
    expect(beside).toBeGreaterThan(1.6);
    for (const [name, flood] of mixes) expect(honestShare(of, flood) / beside, name).toBeGreaterThan(0.9);
  });
});
