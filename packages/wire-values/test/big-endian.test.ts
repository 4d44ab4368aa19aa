import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readUint16, readUint32, readUint64, writeUint16, writeUint32, writeUint64 } from "../src/index.ts";

const edges = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x100, max - 1, max), fc.integer({ min: 0, max }));

const SIZES = [
  { bits: 16, max: 0xffff, read: readUint16, write: writeUint16 },
  { bits: 32, max: 0xffff_ffff, read: readUint32, write: writeUint32 },
  { bits: 64, max: Number.MAX_SAFE_INTEGER, read: readUint64, write: writeUint64 },
] as const;

describe.each(SIZES)("a number of $bits bits", ({ bits, max, read, write }) => {
  test("is written as a DataView writes it, and read back, with its neighbours untouched", () => {
    fc.assert(
      fc.property(edges(max), fc.nat(5), (value, at) => {
        const bytes = new Uint8Array(16).fill(0xa5);
        const expected = new Uint8Array(16).fill(0xa5);
        const view = new DataView(expected.buffer);
        if (bits === 64) view.setBigUint64(at, BigInt(value));
        else view[`setUint${bits}`](at, value);
        write(bytes, at, value);
        expect(bytes).toEqual(expected);
        expect(read(bytes, at)).toBe(value);
      }),
    );
  });
});

test("a number that is not exact is seen to be none", () => {
  expect(Number.isSafeInteger(readUint64(new Uint8Array(8).fill(0xff), 0))).toBe(false);
});
