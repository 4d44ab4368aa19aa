import { readFileSync } from "node:fs";
import { quiche } from "@matrixai/quic/native/index.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePacketHeader, writeVersionNegotiationPacket } from "../src/packet-header.ts";

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly idLength: number;
}
interface ValidVector extends Vector {
  readonly header: { type: string; version: number; destinationId: string; sourceId: string; token: string };
}
const vectors = JSON.parse(readFileSync(new URL("vectors/packet-headers.json", import.meta.url), "utf8")) as {
  valid: ValidVector[];
  invalid: Vector[];
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("parsePacketHeader", () => {
  test.each(vectors.valid)("reads: $name", ({ hex, idLength, header }) => {
    const parsed = parsePacketHeader(Buffer.from(hex, "hex"), idLength);
    expect(parsed && textOf(parsed)).toEqual(header);
  });

  test.each(vectors.invalid)("refuses: $name", ({ hex, idLength }) => {
    expect(parsePacketHeader(Buffer.from(hex, "hex"), idLength)).toBeUndefined();
  });

  test("every cut of a valid header is refused or read without an error", () => {
    for (const { hex, idLength } of vectors.valid) {
      const bytes = Buffer.from(hex, "hex");
      for (let length = 0; length < bytes.length; length++) parsePacketHeader(bytes.subarray(0, length), idLength);
    }
  });

  test("what quiche reads of version 1, it reads alike", () => {
    const longHeader = fc
      .tuple(fc.integer({ min: 0xc0, max: 0xef }), fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }))
      .chain(([first, destination, source]) =>
        fc
          .uint8Array({ minLength: 1, maxLength: 63 })
          .map((rest) =>
            Uint8Array.from([first, 0, 0, 0, 1, destination.length, ...destination, source.length, ...source, ...rest]),
          ),
      );
    const shortHeader = fc
      .uint8Array({ minLength: 9, maxLength: 40 })
      .map((bytes) => bytes.with(0, 0x40 | (bytes[0]! & 0x3f)));
    fc.assert(
      fc.property(fc.oneof(longHeader, shortHeader), (bytes) => {
        const ours = parsePacketHeader(bytes, 8);
        let theirs: ReturnType<typeof quiche.Header.fromSlice>;
        try {
          theirs = quiche.Header.fromSlice(bytes, 8);
        } catch {
          expect(ours).toBeUndefined();
          return;
        }
        expect(ours).toBeDefined();
        expect(hexOf(ours!.destinationId)).toBe(hexOf(theirs.dcid));
        expect(hexOf(ours!.sourceId)).toBe(hexOf(theirs.scid));
        if (ours!.type === "initial") expect(hexOf(ours!.token)).toBe(hexOf(theirs.token ?? new Uint8Array(0)));
        expect(ours!.type === "initial").toBe(theirs.ty === quiche.Type.Initial);
        expect(ours!.type === "short").toBe(theirs.ty === quiche.Type.Short);
      }),
    );
  });

  test("no bytes make it throw, and its views lie within them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 20 }), (bytes, idLength) => {
        const header = parsePacketHeader(bytes, idLength);
        if (header === undefined) return;
        const { destinationId, sourceId, token } = header;
        expect(destinationId.length + sourceId.length + token.length).toBeLessThan(bytes.length);
      }),
    );
  });
});

describe("writeVersionNegotiationPacket", () => {
  test("answers with the IDs exchanged and the one version", () => {
    const asked = parsePacketHeader(Buffer.from("c01a2a3a4a02aabb01cc00", "hex"), 0)!;
    const out = new Uint8Array(100);
    const length = writeVersionNegotiationPacket(asked, 0xff, out);
    expect(hexOf(out.subarray(0, length))).toBe("ff0000000001cc02aabb00000001");
    expect(writeVersionNegotiationPacket(asked, 0, new Uint8Array(length - 1))).toBe(0);
  });
});

function textOf(header: NonNullable<ReturnType<typeof parsePacketHeader>>): ValidVector["header"] {
  return {
    type: header.type,
    version: header.version,
    destinationId: hexOf(header.destinationId),
    sourceId: hexOf(header.sourceId),
    token: hexOf(header.token),
  };
}
