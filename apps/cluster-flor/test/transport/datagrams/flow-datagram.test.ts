import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FLOW_HEAD_SIZE_MAX,
  type FlowDatagram,
  flowHeadSize,
  readFlowDatagram,
  writeFlowHead,
} from "../../../src/transport/datagrams/flow-datagram.ts";

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly value: { flow: number; form: string; number?: number; index?: number; last?: number; bytes: string };
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../../../vectors/flow-datagrams.json"), "utf8")) as {
  datagrams: Vector[];
  alsoRead: Vector[];
  malformed: Omit<Vector, "value">[];
};

describe("golden vectors", () => {
  test.each(vectors.datagrams)("$name is read, and written again", ({ hex, value }) => {
    const datagram = datagramOf(value);
    expect(readFlowDatagram(Buffer.from(hex, "hex"))).toEqual(datagram);
    expect(write(datagram).toString("hex")).toBe(hex);
  });

  test.each(vectors.alsoRead)("$name is read", ({ hex, value }) => {
    expect(readFlowDatagram(Buffer.from(hex, "hex"))).toEqual(datagramOf(value));
  });

  test.each(vectors.malformed)("$name is no datagram", ({ hex }) => {
    expect(readFlowDatagram(Buffer.from(hex, "hex"))).toBeUndefined();
  });
});

test("what is written is read again", () => {
  const place = fc
    .record({ number: fc.nat(65_535), index: fc.nat(255), last: fc.integer({ min: 1, max: 255 }) })
    .filter(({ index, last }) => index <= last);
  const datagram = fc.record({
    flow: fc.maxSafeNat(),
    piece: fc.option(place, { nil: undefined }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  });
  fc.assert(
    fc.property(datagram, (datagram) => {
      const written = write(datagram);
      expect(written).toHaveLength(flowHeadSize(datagram.flow, datagram.piece !== undefined) + datagram.bytes.length);
      expect(readFlowDatagram(written)).toEqual({ ...datagram, bytes: Buffer.from(datagram.bytes) });
    }),
  );
});

test("whatever comes is read as something that can be, or not at all", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (payload) => {
      const read = readFlowDatagram(payload);
      if (read === undefined) return;
      expect(read.flow).toBeGreaterThanOrEqual(0);
      if (read.piece !== undefined) expect(read.piece.index).toBeLessThanOrEqual(read.piece.last);
      expect(read.bytes.length).toBeLessThanOrEqual(payload.length);
    }),
  );
});

function write({ flow, piece, bytes }: FlowDatagram): Buffer {
  const out = new Uint8Array(FLOW_HEAD_SIZE_MAX + bytes.length);
  const length = writeFlowHead(out, flow, piece);
  out.set(bytes, length);
  return Buffer.from(out.subarray(0, length + bytes.length));
}

function datagramOf({ flow, form, number, index, last, bytes }: Vector["value"]): FlowDatagram {
  const piece = form === "whole" ? undefined : { number: number!, index: index!, last: last! };
  return { flow, piece, bytes: Buffer.from(bytes, "hex") };
}
