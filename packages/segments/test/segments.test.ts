import { openDataPlane } from "@florenetes/data-plane";
import { describe, expect, test } from "vitest";
import { PACKETS_MAX, Segments } from "../src/index.ts";

const LEADS = { packet: Uint8Array.of(0xab, 0xcd), shared: Uint8Array.of(0xef) };
/** The sum of the pseudo-header: of 16 words of addresses, of TCP's number and of its length. */
const PSEUDO_SUM = (16 * 0xfdfd + 6 + 3_020) % 0xffff;
/** Segments of one connection, as a device hands them out: 3,000 bytes over IPv6 by 1,000. Its checksum is the device's to make. */
const PIECE = Uint8Array.from(
  [
    [1, 4, 60, 0, 1_000 & 0xff, 1_000 >> 8, 40, 0, 16, 0],
    [0x60, 0, 0, 0, 3_020 >> 8, 3_020 & 0xff, 6, 64],
    Array.from({ length: 32 }, () => 0xfd),
    [16, 0, 1, 187, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 0, PSEUDO_SUM >> 8, PSEUDO_SUM & 0xff, 0, 0],
    Array.from({ length: 3_000 }, (_, at) => at % 251),
  ].flat(),
);

describe.skipIf(openDataPlane().kind === "absent")("segments of TCP (skipped where the add-on is not built)", () => {
  test("are cut behind a lead, and joined to the piece that they were", () => {
    const segments = Segments.open(LEADS)!;
    const cut = segments.cut(PIECE, 0)!;
    expect([cut.count, [...cut.lengths.subarray(0, 3)]]).toEqual([3, [1_062, 1_062, 1_062]]);
    const packets = [0, 1, 2].map((number) => cut.bytes.slice(number * 1_062, (number + 1) * 1_062));
    expect(packets.map((packet) => packet.subarray(0, 2))).toEqual([LEADS.packet, LEADS.packet, LEADS.packet]);
    const bytes = Uint8Array.from(packets.flatMap((packet) => [...packet.subarray(LEADS.packet.length)]));
    const pieces: Uint8Array[] = [];
    const counts: number[] = [];
    const take = (all: Uint8Array, start: number, end: number, count: number): void => {
      pieces.push(all.slice(start, end));
      counts.push(count);
    };
    const lengths = new Uint32Array(PACKETS_MAX).fill(1_060);
    segments.join({ bytes, lengths, segments: new Uint32Array(3), count: 3 }, take);
    segments.join({ bytes, lengths, segments: new Uint32Array(3), count: 1 }, take);
    expect(pieces[0]).toEqual(PIECE);
    expect(counts).toEqual([3, 1]);
  });

  test("share datagrams where they are allowed to", () => {
    const segments = Segments.open(LEADS)!;
    const cut = segments.cut(PIECE, 2_100)!;
    expect([cut.count, [...cut.lengths.subarray(0, 2)], [...cut.packets.subarray(0, 2)]]).toEqual([
      2,
      [2_063, 1_062],
      [2, 1],
    ]);
    expect([...cut.bytes.subarray(0, 4)]).toEqual([0xef, 1_000 >> 8, 1_000 & 0xff, 0x60]);
    const bytes = Uint8Array.from([...cut.bytes.subarray(3, 2_063), ...cut.bytes.subarray(2_065, 2_063 + 1_062)]);
    const run = { bytes, lengths: Uint32Array.of(2_060, 1_060), segments: Uint32Array.of(1_000, 0), count: 2 };
    const ends: number[] = [];
    segments.join(run, (_, start, end) => ends.push(end - start));
    expect(ends).toEqual([PIECE.length]);
  });

  test("that are malformed, or too many, are told so", () => {
    const segments = Segments.open(LEADS)!;
    expect(segments.cut(PIECE.subarray(0, 9), 0)).toBe(undefined);
    const many = PIECE.slice();
    many.set([1, 0], 4);
    expect(segments.cut(many, 0)).toBe(undefined);
    expect(segments.cut(PIECE, 0)?.count).toBe(3);
  });
});
