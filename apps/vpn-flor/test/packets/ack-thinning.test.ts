import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AckThinning, type PacketBatch } from "../../src/packets/ack-thinning.ts";
import { BARE_ACK, segmentBytes, type TestSegment, timestamps } from "./ack-packets.ts";
import { bytesOf, GOLDEN } from "./golden-packets.ts";

const PACKETS_MAX = 64;
const HEADER_SIZE = 10;

function batchOf(packets: readonly Uint8Array[]): PacketBatch {
  const pieces = packets.map((packet) => [...new Uint8Array(HEADER_SIZE).fill(0xee), ...packet]);
  return { slab: Uint8Array.from(pieces.flat()), lengths: Uint32Array.from(pieces.map(({ length }) => length)) };
}

/** The numbers of the packets that are left out. */
function thinned(packets: readonly Uint8Array[], thinning = new AckThinning(HEADER_SIZE, PACKETS_MAX)): number[] {
  const before = thinning.thinnedAcks;
  thinning.handleBatch(batchOf(packets), packets.length);
  const numbers = packets.flatMap((_, number) => (thinning.isSuperseded(number) ? [number] : []));
  expect(thinning.thinnedAcks - before).toBe(numbers.length);
  return numbers;
}

const ack = (changes: Partial<TestSegment> = {}): Uint8Array => segmentBytes({ ...BARE_ACK, ...changes });
const v6 = (changes: Partial<TestSegment> = {}): Uint8Array => ack({ version: 6, ...changes });
const udp = bytesOf(GOLDEN.udp4);

describe("an acknowledgement is left out", () => {
  test.each([
    ["before one of more bytes", [ack(), ack({ ack: 2_000 })], [0]],
    ["over IPv6", [v6(), v6({ ack: 2_000 })], [0]],
    ["with timestamps", [ack({ options: timestamps(5, 9) }), ack({ ack: 2_000, options: timestamps(5, 9) })], [0]],
    ["each of a row but the last", [ack(), ack({ ack: 1_001 }), ack({ ack: 1_002 }), ack({ ack: 1_003 })], [0, 1, 2]],
    ["past the end of the numbers", [ack({ ack: 0xfffffff0 }), ack({ ack: 10 })], [0]],
    [
      "whose timestamps pass the end of theirs",
      [ack({ options: timestamps(0xfffffff0, 0xfffffff0) }), ack({ ack: 2_000, options: timestamps(3, 3) })],
      [0],
    ],
    ["of another identification and checksum", [ack(), ack({ ack: 2_000, identification: 77 })], [0]],
    [
      "past UDP and other connections",
      [ack(), udp, ack({ host: 9, payload: 900 }), v6({ host: 3 }), ack({ ack: 2_000 })],
      [0],
    ],
    [
      "of each of several connections",
      [ack(), v6(), ack({ port: 81 }), ack({ ack: 1_001 }), v6({ ack: 1_001 }), ack({ port: 81, ack: 1_001 })],
      [0, 1, 2],
    ],
    ["whose window ends where that of the later one does", [ack(), ack({ ack: 1_005, window: 495 })], [0]],
  ])("%s", (_, packets, expected) => expect(thinned(packets)).toEqual(expected));
});

describe("acknowledgements stay", () => {
  const dsack = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2];
  const later = { ack: 2_000 };
  test.each([
    ["alone", [ack()]],
    ["as duplicates", [ack(), ack(), ack()]],
    ["as duplicates before one of more bytes", [ack(), ack(), ack(), ack(later)]],
    ["as duplicates that differ in the sequence number", [ack({ sequence: 6 }), ack(), ack(later)]],
    ["before one of fewer bytes", [ack(later), ack()]],
    ["before one that is half the numbers away", [ack({ ack: 0 }), ack({ ack: 0x80000000 })]],
    ["around a segment with bytes", [ack(), ack({ payload: 5 }), ack(later)]],
    ["around a segment that ends the connection", [ack(), ack({ flags: 0x11 }), ack(later)]],
    ["around one that is selective", [ack(), ack({ options: dsack, ack: 1_500 }), ack(later)]],
    ["around a later fragment", [ack(), bytesOf(GOLDEN.laterFragment4).fill(6, 9, 10), ack(later)]],
    ["around TCP with options of IPv4", [ack(), bytesOf(GOLDEN.tcp4WithOptions), ack(later)]],
    ["around extension headers", [v6(), bytesOf(GOLDEN.extensions6), v6(later)]],
    ["around what is no packet", [ack(), Uint8Array.of(1, 2, 3), ack(later)]],
    ["before another of these marks", [ack(), ack({ ...later, marks: 3 })]],
    ["before another mark of IPv6", [v6(), v6({ ...later, marks: 1 })]],
    ["before another flow label", [v6(), v6({ ...later, label: 5 })]],
    ["before another hop limit", [ack(), ack({ ...later, hopLimit: 1 })]],
    ["before another sequence number, as a forged one has", [ack(), ack({ ...later, sequence: 8 })]],
    ["before one of another host", [ack(), ack({ ...later, host: 2 })]],
    ["before one of another port", [ack(), ack({ ...later, port: 81 })]],
    ["of a window that the later one takes back", [ack(), ack({ ack: 1_005, window: 494 })]],
    ["before a closed window", [ack(), ack({ ack: 1_499, window: 0 })]],
    ["before older timestamps", [ack({ options: timestamps(5, 9) }), ack({ ...later, options: timestamps(4, 9) })]],
    ["before older echoes", [ack({ options: timestamps(5, 9) }), ack({ ...later, options: timestamps(5, 8) })]],
    ["before one without timestamps", [ack({ options: timestamps(5, 9) }), ack(later)]],
    [
      "with the option of multipath TCP",
      [ack({ options: [30, 12, ...new Uint8Array(10)] }), ack({ ...later, options: [30, 12, ...new Uint8Array(10)] })],
    ],
    ["with a reserved bit", [0, 1].map((number) => ack({ ack: 1_000 + number }).fill(0x51, 32, 33))],
    ["whose header says more than came", [0, 1].map((number) => ack({ ack: 1_000 + number }).fill(41, 3, 4))],
    ...[0x11, 0x12, 0x14, 0x18, 0x30, 0x50, 0x90, 0x00].map((flags): [string, Uint8Array[]] => [
      `with the flags 0x${flags.toString(16)}`,
      [ack({ flags }), ack({ ...later, flags })],
    ]),
  ])("%s", (_, packets) => expect(thinned(packets)).toEqual([]));

  test("in the next batch, which knows nothing of the one before", () => {
    const thinning = new AckThinning(HEADER_SIZE, PACKETS_MAX);
    expect(thinned([ack(), ack({ ack: 1_001 })], thinning)).toEqual([0]);
    expect(thinned([ack({ ack: 1_002 }), udp], thinning)).toEqual([]);
    expect(thinned([ack({ ack: 1_003 })], thinning)).toEqual([]);
  });
});

/** Few values, so that most segments are of a few connections and have much in common. */
const someSegment: fc.Arbitrary<TestSegment> = fc.record({
  version: fc.constantFrom(4 as const, 6 as const),
  host: fc.constantFrom(1, 2),
  port: fc.constantFrom(80, 81),
  ack: fc.oneof(
    fc.integer({ min: 0xffffff00, max: 0xffffffff }),
    fc.nat(300),
    fc.constantFrom(0, 100, 40_000, 2 ** 31, 2 ** 31 + 100),
  ),
  sequence: fc.oneof({ arbitrary: fc.constant(7), weight: 8 }, { arbitrary: fc.nat(9), weight: 1 }),
  window: fc.constantFrom(0, 500, 500, 500, 501, 65_535),
  flags: fc.oneof({ arbitrary: fc.constant(0x10), weight: 9 }, { arbitrary: fc.nat(255), weight: 1 }),
  payload: fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, { arbitrary: fc.nat(40), weight: 1 }),
  marks: fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, { arbitrary: fc.nat(3), weight: 1 }),
  label: fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, { arbitrary: fc.nat(3), weight: 1 }),
  hopLimit: fc.constant(64),
  identification: fc.nat(0xffff),
  options: fc.oneof(
    fc.constant([]),
    fc.tuple(fc.nat(3), fc.nat(3)).map(([value, echo]) => [...timestamps(value, echo)]),
  ),
});
const someBatch = fc.array(someSegment, { maxLength: PACKETS_MAX });
const nameOf = ({ version, host, port }: TestSegment): string => `${version} ${host} ${port}`;
const advanceOf = (from: number, to: number): number => (to - from) | 0;

/**
 * A sender's knowledge of its receiver by bare acknowledgements that come in order: how far it is acknowledged, its window as the last word has it (RFC 9293,
 * 3.10.7.4), and the furthest edge that it was ever offered, in bytes from the first acknowledgement on.
 */
function senderAfter(acks: readonly TestSegment[], scale: number): { una: number; window: number; edge: number } {
  const first = acks[0]!.ack;
  let [una, window, edge] = [0, 0, 0];
  for (const segment of acks) {
    const acknowledged = (segment.ack - first) >>> 0;
    if (acknowledged < una) continue;
    una = acknowledged;
    window = segment.window * 2 ** scale;
    edge = Math.max(edge, una + window);
  }
  return { una, window, edge };
}

describe("in any batch", () => {
  let thinnedAtAll = 0;

  test("what is left out is superseded by a later one, with nothing of the connection between them", () => {
    fc.assert(
      fc.property(someBatch, (segments) => {
        for (const number of thinned(segments.map(segmentBytes))) {
          thinnedAtAll++;
          const left = segments[number]!;
          const next = segments.slice(number + 1).find((segment) => nameOf(segment) === nameOf(left))!;
          expect(next).toMatchObject({ flags: 0x10, payload: 0, marks: left.marks, sequence: left.sequence });
          expect(left).toMatchObject({ flags: 0x10, payload: 0 });
          expect(advanceOf(left.ack, next.ack)).toBeGreaterThan(0);
          expect(next.options).toHaveLength(left.options.length);
        }
      }),
      { numRuns: 400, examples: [[[BARE_ACK, { ...BARE_ACK, ack: 1_001 }]]] },
    );
    expect(thinnedAtAll).toBeGreaterThan(0);
  });

  const steps = fc.array(fc.record({ advance: fc.nat(40_000), more: fc.nat(40) }), { minLength: 1, maxLength: 64 });
  const begin = fc.record({ ack: fc.nat(0xffffffff), window: fc.nat(60_000), scale: fc.nat(14) });

  test("a sender comes to the same acknowledgement, window and furthest edge, where the receiver takes back nothing, at any scale", () => {
    let thinnedAcks = 0;
    fc.assert(
      fc.property(steps, begin, (some, { ack: number, window, scale }) => {
        let at = 0;
        let edge = window * 2 ** scale;
        const acks = some.map(({ advance, more }) => {
          at += advance;
          const fields = { ack: (number + at) >>> 0, window: Math.ceil(Math.max(0, edge - at) / 2 ** scale) + more };
          edge = at + fields.window * 2 ** scale;
          return { ...BARE_ACK, ...fields };
        });
        const out = new Set(thinned(acks.map(segmentBytes)));
        thinnedAcks += out.size;
        const left = acks.filter((_, index) => !out.has(index));
        // Bytes are counted from the first acknowledgement, which may be among those that are left out.
        expect(senderAfter([{ ...acks[0]!, window: 0 }, ...left], scale)).toEqual(senderAfter(acks, scale));
      }),
      { numRuns: 400 },
    );
    expect(thinnedAcks).toBeGreaterThan(1_000);
  });

  test("a sender comes to the same acknowledgement and window, whatever windows the receiver says", () => {
    const words = fc.array(fc.tuple(fc.nat(4_000), fc.nat(65_535)), { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(words, fc.nat(0xffffffff), (said, number) => {
        let at = number;
        const acks = said.map(([advance, window]) => ({ ...BARE_ACK, ack: (at = (at + advance) >>> 0), window }));
        const out = new Set(thinned(acks.map(segmentBytes)));
        const left = acks.filter((_, index) => !out.has(index));
        const { una, window } = senderAfter(acks, 0);
        expect(senderAfter([{ ...acks[0]!, window: 0 }, ...left], 0)).toMatchObject({ una, window });
      }),
      { numRuns: 400 },
    );
  });

  test("equal acknowledgements of a connection that follow each other all stay", () => {
    fc.assert(
      fc.property(someBatch, (segments) => {
        const out = new Set(thinned(segments.map(segmentBytes)));
        for (const [number, segment] of segments.entries()) {
          const before = segments.slice(0, number).findLast((each) => nameOf(each) === nameOf(segment));
          const isPair =
            before !== undefined && [before, segment].every(({ flags, payload }) => flags === 0x10 && payload === 0);
          if (isPair && before.ack === segment.ack)
            expect([out.has(number), out.has(segments.indexOf(before))]).toEqual([false, false]);
        }
      }),
      { numRuns: 400, examples: [[[BARE_ACK, BARE_ACK, { ...BARE_ACK, ack: 2_000 }]]] },
    );
  });

  test("garbage throws nothing, and is left alone unless it is a whole acknowledgement", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 90 }),
      fc.tuple(someSegment, fc.nat(200), fc.nat(255)).map(([segment, at, value]) => {
        const bytes = segmentBytes(segment);
        bytes[at % bytes.length] = value;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: PACKETS_MAX }), (packets) => {
        for (const number of thinned(packets)) expect([40, 52, 60, 72]).toContain(packets[number]!.length);
      }),
      { numRuns: 400 },
    );
    // A length that is less than the header before the packet.
    const thinning = new AckThinning(HEADER_SIZE, PACKETS_MAX);
    const { slab } = batchOf([ack(), ack({ ack: 2_000 })]);
    expect(() => thinning.handleBatch({ slab, lengths: Uint32Array.of(0, 50, 50, 3, 0xffffffff) }, 5)).not.toThrow();
  });

  test("connections of one place drive each other out, and then all stay", () => {
    const ports = Array.from({ length: 60_000 }, (_, port) => port);
    const meets = (port: number): boolean => thinned([ack(), ack({ port }), ack({ ack: 2_000 })]).length === 0;
    const other = ports.find((port) => port !== BARE_ACK.port && meets(port))!;
    expect(other).toBeDefined();
    expect(thinned([ack(), ack({ port: other }), ack({ ack: 2_000 }), ack({ port: other, ack: 2_000 })])).toEqual([]);
  });
});
