import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkFrame,
  controlMessage,
  DataFrameWriter,
  FIRST_PACKET,
  frameHandle,
  FrameVerdict,
  nextPacket,
  packetBytes,
  packetCount,
  packetEnd,
  frameSource,
  readdressFrame,
  writeControlFrame,
} from "../src/frame.ts";
import { FRAME_SIZE_MAX, MESSAGE_SIZE_MAX, PACKET_SIZE_MAX } from "../src/limits.ts";
import { naiveDecode, naiveEncode, type NaiveFrame } from "./naive-codec.ts";

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly verdict: keyof typeof FrameVerdict;
  readonly handle?: number;
  readonly packets?: readonly string[];
  readonly message?: string;
  readonly canonical?: boolean;
}

const vectors = JSON.parse(readFileSync(new URL("../vectors/frames.json", import.meta.url), "utf8")) as {
  readonly frames: readonly Vector[];
};

/** Bytes as the vectors write them: `0a 61*3` is 0a616161. */
function fromHex(text: string): Uint8Array {
  const pieces = text.split(" ").map((piece) => piece.split("*"));
  return new Uint8Array(Buffer.from(pieces.map(([hex, times = "1"]) => hex!.repeat(Number(times))).join(""), "hex"));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Reads a frame with the accessors under test. */
function decode(frame: Uint8Array): NaiveFrame {
  const verdict = checkFrame(frame);
  if (verdict === FrameVerdict.control) return { kind: "control", message: controlMessage(frame).slice() };
  if (verdict !== FrameVerdict.data) {
    const kind = Object.entries(FrameVerdict).find(([, value]) => value === verdict)![0];
    return { kind: kind as "malformed" | "version" | "type" };
  }
  const packets: Uint8Array[] = [];
  for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
    packets.push(frame.slice(at, packetEnd(frame, at)));
  }
  expect(packetCount(frame)).toBe(packets.length);
  expect(packetBytes(frame, packets.length)).toBe(packets.reduce((sum, packet) => sum + packet.length, 0));
  return { kind: "data", handle: frameHandle(frame), packets };
}

function encode(handle: number, packets: readonly Uint8Array[]): Uint8Array {
  const writer = new DataFrameWriter();
  // The buffer is used again: nothing of its last frame may show.
  writer.reset(0xa5a5_a5a5);
  writer.append(new Uint8Array(PACKET_SIZE_MAX).fill(0xa5), 0, PACKET_SIZE_MAX);
  writer.reset(handle);
  for (const packet of packets) {
    const around = new Uint8Array(packet.length + 5).fill(0x5a);
    around.set(packet, 3);
    writer.append(around, 3, 3 + packet.length);
  }
  expect(writer.packets).toBe(packets.length);
  expect(writer.length).toBe(writer.bytes().length);
  return writer.bytes();
}

describe("golden vectors", () => {
  test.each(vectors.frames)("$name", ({ hex, verdict, handle, packets, message, canonical }) => {
    const frame = fromHex(hex);
    expect(checkFrame(frame)).toBe(FrameVerdict[verdict]);
    expect(naiveDecode(frame).kind).toBe(verdict);
    if (packets !== undefined) {
      expect(decode(frame)).toEqual({ kind: "data", handle, packets: packets.map(fromHex) });
      if (canonical) expect(toHex(encode(handle!, packets.map(fromHex)))).toBe(toHex(frame));
    }
    if (message !== undefined) {
      expect(toHex(controlMessage(frame))).toBe(toHex(fromHex(message)));
      const out = new Uint8Array(FRAME_SIZE_MAX).fill(0xa5);
      if (canonical) expect(toHex(out.subarray(0, writeControlFrame(out, fromHex(message))))).toBe(toHex(frame));
    }
  });
});

describe("sizes", () => {
  test("the largest packet fits alone, and leaves no room", () => {
    const frame = encode(1, [new Uint8Array(PACKET_SIZE_MAX).fill(1)]);
    expect(frame.length).toBe(FRAME_SIZE_MAX);
    expect(checkFrame(frame)).toBe(FrameVerdict.data);
    const writer = new DataFrameWriter();
    writer.reset(1);
    expect(writer.fits(PACKET_SIZE_MAX)).toBe(true);
    expect(writer.fits(PACKET_SIZE_MAX + 1)).toBe(false);
    writer.append(new Uint8Array(PACKET_SIZE_MAX - 3), 0, PACKET_SIZE_MAX - 3);
    expect(writer.fits(1)).toBe(true);
    expect(writer.fits(2)).toBe(false);
  });

  test("a frame of one byte more is malformed, of either type", () => {
    const data = naiveEncode(1, [new Uint8Array(PACKET_SIZE_MAX + 1)]);
    expect(data.length).toBe(FRAME_SIZE_MAX + 1);
    expect(checkFrame(data)).toBe(FrameVerdict.malformed);
    const control = new Uint8Array(FRAME_SIZE_MAX + 1);
    control.set([1, 2]);
    expect(checkFrame(control)).toBe(FrameVerdict.malformed);
    expect(checkFrame(control.subarray(0, FRAME_SIZE_MAX))).toBe(FrameVerdict.control);
    expect(MESSAGE_SIZE_MAX).toBe(FRAME_SIZE_MAX - 8);
  });
});

describe("properties", () => {
  const packet = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const packets = fc.array(packet, { minLength: 1, maxLength: 12 });
  const handle = fc.integer({ min: 1, max: 0xffff_ffff });

  test("what is written is read, and is what the naive twin writes", () => {
    fc.assert(
      fc.property(handle, packets, (handle, packets) => {
        const frame = encode(handle, packets);
        expect(toHex(frame)).toBe(toHex(naiveEncode(handle, packets)));
        expect(decode(frame)).toEqual({ kind: "data", handle, packets });
      }),
    );
  });

  test("a frame given to another link differs in its handle and source alone", () => {
    fc.assert(
      fc.property(handle, handle, fc.nat(0xffff), packets, (handle, other, source, packets) => {
        const frame = encode(handle, packets);
        readdressFrame(frame, other, source);
        expect(frameSource(frame)).toBe(source);
        expect(decode(frame)).toEqual({ kind: "data", handle: other, packets });
        readdressFrame(frame, other, 0);
        expect(toHex(frame)).toBe(toHex(naiveEncode(other, packets)));
      }),
    );
  });

  test("cut anywhere, changed anywhere or random: both codecs see the same", () => {
    const mangled = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 1, ...tail)),
      fc.tuple(handle, packets, fc.nat()).map(([handle, packets, at]) => {
        const frame = naiveEncode(handle, packets);
        return frame.slice(0, at % frame.length);
      }),
      fc.tuple(handle, packets, fc.nat(), fc.nat(255)).map(([handle, packets, at, value]) => {
        const frame = naiveEncode(handle, packets);
        frame[at % frame.length] = value;
        return frame;
      }),
    );
    fc.assert(
      fc.property(mangled, (frame) => {
        expect(decode(frame)).toEqual(naiveDecode(frame));
      }),
      { numRuns: 1_000 },
    );
  });
});
