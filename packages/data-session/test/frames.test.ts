import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sessionCodeName, Violation } from "../src/codes.ts";
import { FrameReader } from "../src/frame-reader.ts";
import { FrameType, frameRule } from "../src/frame-types.ts";
import { writeFrame } from "../src/frame-writer.ts";
import { TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import { LIMIT_NUMBERS } from "../src/session-limits.ts";
import { type FrameVector, frameOf, frameVectors, fromHex, inHex, toHex } from "./vectors.ts";

type Found = Pick<FrameVector, "frame" | "skipped" | "incomplete" | "code">;

/** Reads the beginning of a stream that arrives in pieces: the first frame. */
function readFirst(pieces: readonly Uint8Array[]): Found {
  const reader = new FrameReader();
  reader.lengthMax = 2_048;
  try {
    for (const piece of pieces) {
      reader.feed(piece);
      const frame = reader.next();
      if (frame === "skipped") return { skipped: true };
      if (frame !== undefined) return { frame: inHex(frame) };
    }
  } catch (error) {
    if (error instanceof Violation) return { code: sessionCodeName(error.code)! };
    throw error;
  }
  return { incomplete: true };
}

describe("golden vectors", () => {
  test.each(frameVectors)("$name", ({ hex, frame, skipped, incomplete, code, canonical }) => {
    const bytes = fromHex(hex);
    const expected = JSON.parse(JSON.stringify({ frame, skipped, incomplete, code })) as Found;
    expect(readFirst([bytes])).toEqual(expected);
    expect(readFirst([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
    if (canonical !== true) return;
    const out = new Uint8Array(TRANSMIT_SIZE_MIN).fill(0xa5);
    expect(toHex(out.subarray(3, writeFrame(out, 3, frameOf(frame!))))).toBe(hex);
  });

  test("every type, flag and limit has one", () => {
    const good = frameVectors.filter(({ frame }) => frame !== undefined).map(({ hex }) => fromHex(hex));
    for (const type of Object.values(FrameType)) {
      expect(good.some((frame) => frame[0] === type)).toBe(true);
      const { flags } = frameRule(type)!;
      expect(good.some((frame) => frame[0] === type && (frame[1]! & flags) === flags)).toBe(true);
    }
    const ready = frameVectors.find(({ name }) => name === "SESSION_READY")!.frame!;
    expect(Object.keys(ready["limits"] as object)).toEqual([...LIMIT_NUMBERS.keys()]);
  });
});

describe("frames", () => {
  const described = frameVectors.filter(({ canonical }) => canonical).map(({ frame }) => frameOf(frame!));
  const wholes = frameVectors.filter(({ frame, skipped }) => frame !== undefined || skipped).map(({ hex }) => hex);

  test("any split of a stream gives what the whole gives", () => {
    const stream = fc.array(fc.constantFrom(...wholes), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { minLength: 1, maxLength: 40 }), (hexes, cuts) => {
        const bytes = fromHex(hexes.join(""));
        const whole = readAll([bytes]);
        expect(whole).toHaveLength(hexes.length);
        expect(readAll(splitAt(bytes, cuts))).toEqual(whole);
      }),
    );
  });

  test("the beginning of a frame that another reader takes is whole again when it is read before the rest, unless it is skipped", () => {
    for (const hex of wholes) {
      const bytes = fromHex(hex);
      const whole = readAll([bytes]);
      for (let cut = 0; cut < bytes.length; cut++) {
        const reader = new FrameReader();
        reader.lengthMax = 65_535;
        reader.feed(bytes.subarray(0, cut));
        const isSkipped = reader.next() === "skipped";
        const rest = reader.takeRest();
        expect(rest === undefined).toBe(isSkipped);
        if (rest === undefined) continue;
        reader.feed(Buffer.concat([rest, bytes.subarray(cut)]));
        const frame = reader.next();
        expect([frame === "skipped" ? frame : inHex(frame!)]).toEqual(whole);
      }
    }
  });

  test("what was written is read", () => {
    const out = new Uint8Array(TRANSMIT_SIZE_MIN);
    for (const frame of described) {
      expect(readAll([out.slice(0, writeFrame(out, 0, frame))])).toEqual([inHex(frame)]);
    }
  });
});

function readAll(pieces: readonly Uint8Array[]): unknown[] {
  const reader = new FrameReader();
  reader.lengthMax = 65_535;
  const found: unknown[] = [];
  for (const piece of pieces) {
    reader.feed(piece);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      found.push(frame === "skipped" ? frame : inHex(frame));
    }
    expect(reader.taken).toBe(piece.length);
  }
  return found;
}

/** Pieces whose lengths are those of `cuts`, in turns. */
function splitAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = Math.min(bytes.length, at + Math.max(1, cuts[turn % cuts.length]!));
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}
