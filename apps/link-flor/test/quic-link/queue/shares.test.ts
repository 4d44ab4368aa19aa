/** The shares of a class of an in-link in a link's queue: whose share a packet has, equal parts, and what invented shares are worth. */
import assert from "node:assert";
import { LINK_NONE, TrafficClass, writeHeader } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  LINK_MTU,
  QUEUE_CLASS_PARTS,
  QUEUE_FLOWS,
  QUEUE_PACKETS_MAX,
  QUEUE_RING_MAX,
  QUEUE_SHARES,
  QUEUE_GROUPS,
} from "../../../src/quic-link/limits.ts";
import { PacketQueue } from "../../../src/quic-link/queue/packet-queue.ts";
import { placeOf, shareBefore } from "../../../src/quic-link/queue/queue-place.ts";

const { bulk, control, droppable, interactive, reliable } = TrafficClass;
const BODY = 20;
const PACKET = 1_000;

interface Sender {
  readonly share: number;
  readonly connection?: number;
  readonly class?: TrafficClass;
  readonly inLink?: number;
  readonly length?: number;
}

/** A packet whose first of two words has been read, with a number in its body. */
function packetOf({ share, connection = 0, class: of = bulk, length = PACKET }: Sender, number: number): Uint8Array {
  const packet = new Uint8Array(Math.max(length, BODY + 4)).fill(number);
  writeHeader(packet, 0, 0, connection, Uint32Array.of((77 << 12) | share, 88 << 12));
  packet[0]! |= of << 1;
  packet[3] = 1;
  new DataView(packet.buffer).setUint32(BODY, number);
  return packet;
}

class Link {
  readonly queue = new PacketQueue();
  now = 0;
  readonly #senders: Sender[] = [];

  push(of: Sender): boolean {
    const packet = packetOf(of, this.#senders.push(of) - 1);
    const place = placeOf(packet, 0, packet.length, of.inLink ?? 1);
    return this.queue.push(packet, 0, packet.length, place, this.now);
  }

  poll(): Sender | undefined {
    if (!this.queue.pollPacket(this.now)) return undefined;
    const { packet, start } = this.queue;
    return this.#senders[new DataView(packet.buffer, packet.byteOffset + start).getUint32(BODY)];
  }

  drain(): Sender[] {
    return Array.from({ length: this.queue.length }, () => this.poll()!);
  }

  /** Keeps packets of each sender in the queue while `packets` of all are sent; returns the bytes that were sent of each. */
  share(among: readonly Sender[], packets: number, waitingOfEach = 2): number[] {
    const sent = among.map(() => 0);
    const waiting = among.map(() => 0);
    for (let turn = 0; turn < packets; turn++) {
      for (const [index, of] of among.entries()) {
        for (; waiting[index]! < waitingOfEach; waiting[index]!++) assert(this.push(of), "there is room");
      }
      const of = this.poll()!;
      sent[among.indexOf(of)]! += Math.max(of.length ?? PACKET, BODY + 4);
      waiting[among.indexOf(of)]!--;
    }
    return sent;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
const many = (share: number, connections: number, more: Partial<Sender> = {}): Sender[] =>
  Array.from({ length: connections }, (_, connection) => ({ share, connection, ...more }));

describe("the share of a packet", () => {
  const packet = packetOf({ share: 0xabc }, 0);
  const changed = (change: (packet: Uint8Array) => void): Uint8Array => {
    const copy = packet.slice();
    change(copy);
    return copy;
  };
  test.each([
    ["is in the word before the cursor", packet, 0xabc],
    ["has nothing of the label", changed((p) => p.fill(0xff, 12, 14).fill(0xfa, 14, 15)), 0xabc],
    ["is none at cursor 0", changed((p) => (p[3] = 0)), 0],
    ["is that of the second word at cursor 2", changed((p) => p.fill(0x12, 16, 20).fill(2, 3, 4)), 0x212],
    ["is none before cursor 16", changed((p) => (p[3] = 16)), 0],
    ["is none before the largest cursor", changed((p) => (p[3] = 255)), 0],
    ["is none where the word is cut off", packet.subarray(0, 15), 0],
    ["is there where nothing else is", packet.subarray(0, 16), 0xabc],
    ["is none in what is no mesh packet", changed((p) => (p[0] = 0x20)), 0],
    ["is none in a byte", packet.subarray(0, 1), 0],
  ])("%s", (_, bytes, share) => {
    const buffer = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(80, 0xff)]);
    expect(shareBefore(buffer, 5, 5 + bytes.length)).toBe(share);
  });
});

describe("shares within a class of an in-link", () => {
  test.each([bulk, reliable, interactive, droppable])(
    "have equal parts, with 100 connections or with 1 (class %i)",
    (of) => {
      const sent = new Link().share([{ share: 7, class: of }, ...many(8, 100, { class: of })], 2_000, 1);
      expect(sent[0]! / (sum(sent) / 2)).toBeGreaterThan(0.99);
      expect(sent[0]! / (sum(sent) / 2)).toBeLessThan(1.01);
    },
  );

  test("have equal parts by bytes, whatever they send", () => {
    const size = fc.integer({ min: 24, max: 8_000 });
    const senders = fc.uniqueArray(
      fc.record({ share: fc.nat(4_095), connections: fc.integer({ min: 1, max: 12 }), length: size }),
      {
        selector: ({ share }) => (share === 0 ? 0 : 1 + ((share - 1) % (QUEUE_SHARES - 1))),
        minLength: 2,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(senders, (senders) => {
        const among = senders.flatMap(({ share, connections, length }) => many(share, connections, { length }));
        const bytes = new Link().share(among, 1_000);
        const ofShares = senders.map(({ share }) => sum(bytes.filter((_, index) => among[index]!.share === share)));
        expect(Math.max(...ofShares) - Math.min(...ofShares)).toBeLessThanOrEqual(2 * 8_000);
      }),
      { numRuns: runs(60, 15) },
    );
  });

  test("lend what they do not use", () => {
    const link = new Link();
    const sent = link.share([{ share: 1 }, { share: 2, length: 24 }], 100, 1);
    while (link.poll() !== undefined);
    expect(sent[0]! - sent[1]!).toBeLessThanOrEqual(2 * PACKET);
    expect(sum(link.share([{ share: 1 }], 100))).toBe(100 * PACKET);
  });

  test("have their turn at once when they come back, and have saved up nothing", () => {
    const link = new Link();
    const [busy, back]: Sender[] = [{ share: 1 }, { share: 2 }];
    link.share([back!], 10);
    while (link.poll() !== undefined);
    link.share([busy!], 1_000);
    for (let packets = 0; packets < 100; packets++) link.push(busy!);
    for (let packets = 0; packets < 100; packets++) link.push(back!);
    const order = Array.from({ length: 100 }, () => link.poll()!);
    expect(order.indexOf(back!)).toBeLessThanOrEqual(1);
    expect(Math.abs(order.filter((of) => of === back).length - 50)).toBeLessThanOrEqual(1);
  });

  test("do not take from other classes", () => {
    const shares = many(1, 10).map((_, index) => ({ share: index + 1 }));
    const sent = new Link().share([{ share: 0, class: reliable }, ...shares], 2_000);
    expect(sent[0]! / sum(sent)).toBeCloseTo(4 / 5, 2);
  });

  test("are of packets of in-links alone: those of the vertex itself are told apart by their connections", () => {
    const own = [{ share: 1, inLink: LINK_NONE }, ...many(2, 4, { inLink: LINK_NONE }).slice(1)];
    const sent = new Link().share(own, 400);
    expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(2 * PACKET);
  });

  test("make room by what they hold: who fills the queue drops its own packets", () => {
    const link = new Link();
    const crowd = many(1, 16);
    for (let packets = 0; packets < 2 * QUEUE_PACKETS_MAX; packets++) link.push(crowd[packets % 16]!);
    const [other, unshared]: Sender[] = [{ share: 2 }, { share: 0 }];
    for (let packets = 0; packets < 100; packets++) {
      expect(link.push(other!)).toBe(true);
      expect(link.push(unshared!)).toBe(true);
    }
    const left = link.drain();
    expect(left).toHaveLength(QUEUE_PACKETS_MAX);
    expect(left.filter((of) => of === other || of === unshared)).toHaveLength(200);
  });

  test("have the room of a class together: none is refused while another one holds more", () => {
    const link = new Link();
    const of = { class: interactive };
    for (let packets = 0; packets < QUEUE_PACKETS_MAX; packets++) link.push({ share: 1, ...of });
    const part = QUEUE_PACKETS_MAX / QUEUE_CLASS_PARTS[interactive]!;
    expect(link.queue.length).toBe(part);
    for (let packets = 0; packets < part / 2; packets++) expect(link.push({ share: 2, ...of })).toBe(true);
    expect(link.drain().filter(({ share }) => share === 2)).toHaveLength(part / 2);
  });
});

describe("whoever invents shares", () => {
  /** Senders of up to 40 invented shares and as many connections as they like. */
  const invented = fc.array(fc.record({ share: fc.nat(4_095), connection: fc.nat(255) }), {
    minLength: 1,
    maxLength: 40,
  });
  // All places of shares but that of packets without one, and all of these with all connections.
  const all = Array.from({ length: 32 }, (_, index) => ({ share: 1 + index, connection: index }));

  /** The part of the bytes that an honest sender has, beside 40 senders that came first. */
  function part(honest: Sender, flood: readonly Sender[]): number {
    const sent = new Link().share([...flood, honest], 3_000);
    return sent.at(-1)! / sum(sent);
  }

  test("leaves packets without a share one part in as many as there are places", () => {
    fc.assert(
      fc.property(invented, (flood) => {
        const others = flood.filter(({ share }) => share > 0);
        expect(part({ share: 0 }, others)).toBeGreaterThan(0.98 / QUEUE_SHARES);
      }),
      { numRuns: runs(60, 15), examples: [[all]] },
    );
  });

  test("leaves a sender as much as whoever invents as many ConnectionIds does", () => {
    const ids = many(0, 32).slice(1, QUEUE_FLOWS);
    const honest = { share: 0, connection: 0 };
    expect(part(honest, all) / part(honest, ids)).toBeGreaterThan(0.98);
  });

  test("leaves a share as much, while there are no more than places", () => {
    const flood = all.slice(0, QUEUE_SHARES - 2);
    expect(part({ share: 4_000 }, [...flood, { share: 0 }])).toBeGreaterThan(0.98 / QUEUE_SHARES);
  });

  test("leaves a share that has no place a part of one, by its connections", () => {
    expect(part({ share: 4_000, connection: 99 }, all)).toBeGreaterThan(0.98 / QUEUE_SHARES / 4);
  });

  test("takes nothing from another in-link", () => {
    fc.assert(
      fc.property(invented, fc.nat(4_095), (flood, share) => {
        const honest = part({ share, inLink: 2 }, flood);
        expect(honest).toBeGreaterThan(0.49);
        expect(honest).toBeLessThan(0.51);
      }),
      { numRuns: runs(60, 15), examples: [[all, 0]] },
    );
  });

  test("keeps a place no longer than its packets are due, so that a share that comes then has its own", () => {
    const link = new Link();
    for (let round = 0; round < 100; round++) {
      // All places are taken, and left.
      for (let share = 1; share < QUEUE_SHARES; share++) link.push({ share: 1 + ((round * 17 + share) % 4_095) });
      while (link.poll() !== undefined);
      // The first place that both ask for is the same.
      const sent = link.share([{ share: 1 }, ...many(QUEUE_SHARES, 9)], 40);
      expect(Math.abs(sent[0]! - 20 * PACKET)).toBeLessThanOrEqual(2 * PACKET);
      while (link.poll() !== undefined);
    }
  });

  test("keeps a connection's packets in their order, also where its share finds a place of its own meanwhile", () => {
    const link = new Link();
    const owner = { share: 1 };
    const [first, second] = [{ share: QUEUE_SHARES }, { share: QUEUE_SHARES }];
    for (let packets = 0; packets < 3; packets++) link.push(owner);
    for (let share = 2; share < QUEUE_SHARES; share++) link.push({ share });
    link.push(first);
    // All places but the owner's are free then.
    for (let packets = 0; packets < QUEUE_SHARES; packets++) link.poll();
    link.push(second);
    const left = link.drain();
    expect(left).toHaveLength(3);
    expect(left.indexOf(first)).toBeLessThan(left.indexOf(second));
  });

  test("has no more control ahead for it", () => {
    const link = new Link();
    for (let packets = 0; packets < 100; packets++) link.push({ share: 1 + packets, class: control });
    for (let packets = 0; packets < 20; packets++) link.push({ share: 0, class: reliable });
    expect(link.drain().findIndex((of) => of.class === reliable)).toBeLessThanOrEqual(16 + QUEUE_SHARES);
  });
});

test("packets with whatever shares come out as they went in, once, those of a connection in their order, and leave no memory", () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        share: fc.oneof(fc.nat(4_095), fc.nat(40)),
        connection: fc.nat(40),
        class: fc.constantFrom(...Object.values(TrafficClass).filter((of) => of !== control)),
        // Each in-link has a place of its own: who comes to share one may overtake what waits of it elsewhere.
        inLink: fc.integer({ min: -1, max: QUEUE_GROUPS - 2 }),
        length: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 24, max: 300 }) }, fc.constant(LINK_MTU)),
      }),
    },
    { weight: 2, arbitrary: fc.constant("poll" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 2_000, size: "max" }), (steps) => {
      const queue = new PacketQueue();
      const pushed = new Map<number, Uint8Array>();
      const last = new Map<string, number>();
      const poll = (): boolean => {
        if (!queue.pollPacket(0)) return false;
        const bytes = queue.packet.subarray(queue.start, queue.end);
        const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(BODY);
        expect(Buffer.compare(bytes, pushed.get(number)!)).toBe(0);
        pushed.delete(number);
        const of = steps[number] as Required<Sender>;
        // Packets of the vertex itself have no share, and keep the order of their connection whatever is written in them.
        const flow = [of.inLink, of.class, of.inLink < 0 ? 0 : of.share, of.connection].join(" ");
        expect(number).toBeGreaterThan(last.get(flow) ?? -1);
        last.set(flow, number);
        return true;
      };
      for (const [number, of] of steps.entries()) {
        if (of === "poll") poll();
        else {
          const packet = packetOf(of, number);
          pushed.set(number, packet);
          queue.push(packet, 0, packet.length, placeOf(packet, 0, packet.length, of.inLink), 0);
        }
        expect(queue.length).toBeLessThanOrEqual(QUEUE_PACKETS_MAX);
        expect(queue.memory).toBeLessThanOrEqual(QUEUE_RING_MAX);
      }
      while (poll());
      const dropped = sum(queue.counts.map(({ droppedFull, droppedLate }) => droppedFull + droppedLate));
      expect(pushed.size, "packets that were dropped, and counted").toBe(dropped);
      queue.trim();
      queue.trim();
      expect(queue.memory).toBe(0);
    }),
    { numRuns: runs(40, 12) },
  );
});
