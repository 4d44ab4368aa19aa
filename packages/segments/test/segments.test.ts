import { openDataPlane } from "@florenetes/data-plane";
import { describe, expect, test } from "vitest";
import { PACKETS_MAX, Segments } from "../src/index.ts";

const LEAD = Uint8Array.of(0xab, 0xcd);
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
    const segments = Segments.open(LEAD)!;
    const cut = segments.cut(PIECE)!;
    expect([cut.count, [...cut.lengths.subarray(0, 3)]]).toEqual([3, [1_062, 1_062, 1_062]]);
    const packets = [0, 1, 2].map((number) => cut.bytes.slice(number * 1_062, (number + 1) * 1_062));
    expect(packets.map((packet) => packet.subarray(0, 2))).toEqual([LEAD, LEAD, LEAD]);
    const bytes = Uint8Array.from(packets.flatMap((packet) => [...packet.subarray(LEAD.length)]));
    const pieces: Uint8Array[] = [];
    const counts: number[] = [];
    const take = (all: Uint8Array, start: number, end: number, count: number): void => {
      pieces.push(all.slice(start, end));
      counts.push(count);
    };
    const lengths = new Uint32Array(PACKETS_MAX).fill(1_060);
    segments.join({ bytes, lengths, count: 3 }, take);
    segments.join({ bytes, lengths, count: 1 }, take);
    expect(pieces[0]).toEqual(PIECE);
    expect(counts).toEqual([3, 1]);
  });

  test("that are malformed, or too many, are told so", () => {
    const segments = Segments.open(LEAD)!;
    expect(segments.cut(PIECE.subarray(0, 9))).toBe(undefined);
    const many = PIECE.slice();
    many.set([1, 0], 4);
    expect(segments.cut(many)).toBe(undefined);
    expect(segments.cut(PIECE)?.count).toBe(3);
  });
});
