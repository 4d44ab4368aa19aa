import { readFileSync } from "node:fs";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JoinBuffers, Joiner } from "../../../src/quic-link/packets/joiner.ts";
import { JOIN_NUMBERS_MAX, JOIN_SLOTS_MAX, JOIN_TIMEOUT_MS, LINK_MTU } from "../../../src/quic-link/limits.ts";
import { pieceCount, writePieceHeader } from "../../../src/quic-link/packets/pieces.ts";
import { split } from "./split.ts";

function makeJoiner(): Joiner {
  return new Joiner(new JoinBuffers());
}

/** The packet that a piece completes. */
function join(joiner: Joiner, datagram: Uint8Array, now = 0): Uint8Array | undefined {
  const length = joiner.handlePiece(datagram, datagram.length, now);
  return length === 0 ? undefined : joiner.packet.slice(0, length);
}

function piece(pieces: number, index: number, number: number, length: number): Uint8Array {
  const datagram = new Uint8Array(3 + length).fill(index + 1, 3);
  writePieceHeader(datagram, 0, pieces, index, number);
  return datagram;
}

function packetOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + seed) & 0xff);
}

interface Vectors {
  readonly split: readonly {
    readonly name: string;
    readonly datagramMax: number;
    readonly number: number;
    readonly packet: string;
    readonly datagrams: readonly string[];
  }[];
  readonly joined: readonly {
    readonly name: string;
    readonly packet: string;
    readonly datagrams: readonly string[];
  }[];
  readonly refused: readonly {
    readonly name: string;
    readonly datagrams: readonly string[];
    readonly refused: number;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL("../../../vectors/pieces.json", import.meta.url), "utf8")) as Vectors;
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function expectToJoin(packet: string, datagrams: readonly string[]): void {
  const joiner = makeJoiner();
  const joined = datagrams.map((datagram) => join(joiner, bytes(datagram)));
  expect(joined.slice(0, -1).every((none) => none === undefined)).toBe(true);
  expect(hex(joined.at(-1)!)).toBe(hex(bytes(packet)));
}

describe("golden vectors", () => {
  test.each(vectors.split)("$name", ({ packet, number, datagramMax, datagrams }) => {
    const expected = datagrams.map((text) => hex(bytes(text)));
    expect(split(bytes(packet), number, datagramMax).map(hex)).toEqual(expected);
    if (expected.length > 1) expectToJoin(packet, datagrams);
  });

  test.each(vectors.joined)("joined: $name", ({ packet, datagrams }) => expectToJoin(packet, datagrams));

  test.each(vectors.refused)("refused: $name", ({ datagrams, refused }) => {
    const joiner = makeJoiner();
    for (const datagram of datagrams) expect(join(joiner, bytes(datagram))).toBeUndefined();
    expect(joiner.piecesRefused).toBe(refused);
  });
});

test.each([
  [1, 1_420, 1],
  [1_419, 1_420, 1],
  [1_420, 1_420, 2],
  [2_834, 1_420, 2],
  [2_835, 1_420, 3],
  [16_384, 1_420, 12],
  [16_384, 1_360, 13],
  [16_384, 1_280, 13],
  [16_384, 16_351, 2],
  [16_350, 16_351, 1],
])("a packet of %i bytes in datagrams of %i has %i pieces", (length, datagramMax, pieces) => {
  expect(pieceCount(length, datagramMax)).toBe(pieces);
});

describe("pieces of large packets", () => {
  test("are joined in whatever order they come, several packets at a time", () => {
    const packets = fc.array(
      fc.record({
        length: fc.integer({ min: 1_278, max: LINK_MTU }),
        datagramMax: fc.integer({ min: 1_280, max: 1_420 }),
      }),
      { minLength: 1, maxLength: JOIN_SLOTS_MAX },
    );
    fc.assert(
      fc.property(packets, fc.nat(0xffff), fc.infiniteStream(fc.nat()), (made, first, order) => {
        const joiner = makeJoiner();
        const sent = made.map(({ length }, i) => packetOf(length, i));
        const pieces = sent.flatMap((packet, i) => split(packet, (first + i) & 0xffff, made[i]!.datagramMax));
        const shuffled = pieces
          .filter(({ [0]: header }) => header! >= 0x10)
          .sort(() => (order.next().value! & 1) - 0.5);
        const joined = shuffled.flatMap((datagram) => join(joiner, datagram) ?? []);
        const expected = sent.filter((packet, i) => pieceCount(packet.length, made[i]!.datagramMax) > 1);
        expect(joined.map(hex).sort().join() === expected.map(hex).sort().join()).toBe(true);
        expect([joiner.incomplete, joiner.givenUp, joiner.piecesRefused]).toEqual([0, 0, 0]);
      }),
      { numRuns: runs(100, 40) },
    );
  });

  test("make their packet or nothing: losses and doubles change no byte, and others come through", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(99)), fc.nat(0xffff), (chance, first) => {
        const joiner = makeJoiner();
        const joined = new Map<number, string>();
        const whole: number[] = [];
        for (let i = 0; i < 40; i++) {
          const packet = packetOf(4_000 + 300 * i, i);
          let isWhole = true;
          for (const datagram of split(packet, (first + i) & 0xffff, 1_420)) {
            if (chance.next().value! < 10) {
              isWhole = false;
              continue;
            }
            for (let times = chance.next().value! < 10 ? 2 : 1; times > 0; times--) {
              const result = join(joiner, datagram);
              if (result === undefined) continue;
              expect(joined.has(i)).toBe(false);
              joined.set(i, hex(result));
              expect(hex(result) === hex(packet)).toBe(true);
            }
          }
          if (isWhole) whole.push(i);
          expect(joiner.incomplete).toBeLessThanOrEqual(JOIN_SLOTS_MAX);
        }
        expect([...joined.keys()]).toEqual(whole);
      }),
      { numRuns: runs(50, 20) },
    );
  });

  test("of a hostile peer cost no more than their slots, and nothing longer than a packet comes of them", () => {
    const header = fc.record({
      pieces: fc.integer({ min: 1, max: 16 }),
      index: fc.nat(15),
      number: fc.nat(20),
      length: fc.oneof(fc.nat(3), fc.integer({ min: 900, max: 1_420 }), fc.integer({ min: 5_000, max: 16_400 })),
    });
    fc.assert(
      fc.property(fc.array(header, { maxLength: 400 }), (headers) => {
        const buffers = new JoinBuffers();
        let taken = 0;
        const take = buffers.take.bind(buffers);
        const give = buffers.give.bind(buffers);
        buffers.take = () => (taken++, take());
        buffers.give = (buffer) => (taken--, give(buffer));
        const joiner = new Joiner(buffers);
        for (const [now, { pieces, index, number, length }] of headers.entries()) {
          const joined = join(joiner, piece(pieces, index, number, length), now);
          if (joined !== undefined) expect(joined.length).toBeLessThanOrEqual(LINK_MTU);
          expect(taken).toBe(joiner.incomplete);
          expect(taken).toBeLessThanOrEqual(JOIN_SLOTS_MAX);
        }
        joiner.handleTimeout(headers.length + JOIN_TIMEOUT_MS);
        expect([taken, joiner.nextTimeout()]).toEqual([0, Infinity]);
      }),
      { numRuns: runs(200, 70) },
    );
  });

  test("are given up after a while, and when packets of much later numbers begin", () => {
    const joiner = makeJoiner();
    join(joiner, piece(3, 0, 0xffff, 1_000), 100);
    expect(joiner.nextTimeout()).toBe(100 + JOIN_TIMEOUT_MS);
    joiner.handleTimeout(99 + JOIN_TIMEOUT_MS);
    expect(joiner.givenUp).toBe(0);
    joiner.handleTimeout(100 + JOIN_TIMEOUT_MS);
    expect([joiner.givenUp, joiner.incomplete]).toEqual([1, 0]);
    join(joiner, piece(3, 0, 0xffff, 1_000), 2_000);
    join(joiner, piece(3, 0, JOIN_NUMBERS_MAX - 1, 1_000), 2_000);
    expect(joiner.givenUp).toBe(1);
    join(joiner, piece(3, 0, JOIN_NUMBERS_MAX, 1_000), 2_000);
    expect([joiner.givenUp, joiner.incomplete]).toEqual([2, 2]);
  });

  test("say how long a packet takes on the medium, whatever holds two of them up", () => {
    const joiner = makeJoiner();
    const pieces = split(packetOf(LINK_MTU, 1), 1, 1_420);
    // 0.58 ms for each at 20 Mbit/s.
    for (const [i, datagram] of pieces.entries()) join(joiner, datagram, 0.58 * i);
    expect(joiner.spreadMs).toBeCloseTo(11 * 0.58);
    for (const [i, datagram] of pieces.entries())
      join(joiner, datagram, 0.58 * i + (i > 4 ? 200 : 0) + (i > 8 ? 200 : 0));
    expect(joiner.spreadMs).toBeCloseTo(11 * 0.58);
    for (const datagram of pieces) join(joiner, datagram, 5);
    expect(joiner.spreadMs).toBe(0);
  });
});
