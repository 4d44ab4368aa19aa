import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prove } from "../../../src/quic-link/drivers/proof.ts";
import {
  isPathMessage,
  isProven,
  PATH_MESSAGE_SIZE,
  PathMessageKind,
  readPathMessage,
  writePathMessage,
} from "../../../src/quic-link/addresses/path-message.ts";

interface Vector {
  readonly name: string;
  readonly kind: keyof typeof PathMessageKind;
  readonly receiverId: string;
  readonly senderId: string;
  readonly nonce: string;
  readonly probeKey: string;
  readonly hex: string;
}
const vectors = JSON.parse(readFileSync(new URL("../../../vectors/path-messages.json", import.meta.url), "utf8")) as {
  readonly messages: readonly Vector[];
  readonly refused: readonly Pick<Vector, "name" | "hex">[];
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("messages about addresses", () => {
  test.each(vectors.messages)("$name", (vector) => {
    const out = new Uint8Array(1200);
    const key = bytesOf(vector.probeKey);
    const message = {
      kind: PathMessageKind[vector.kind],
      receiverId: bytesOf(vector.receiverId),
      senderId: bytesOf(vector.senderId),
      nonce: bytesOf(vector.nonce),
    };
    const written = out.subarray(0, writePathMessage(message, key, prove, out));
    expect(hexOf(written)).toBe(vector.hex);
    if (message.senderId.length === 8) expect(written.length).toBe(PATH_MESSAGE_SIZE);
    expect(isPathMessage(written)).toBe(true);
    const read = readPathMessage(written)!;
    expect({
      ...read,
      receiverId: hexOf(read.receiverId),
      senderId: hexOf(read.senderId),
      nonce: hexOf(read.nonce),
    }).toEqual({
      kind: message.kind,
      receiverId: vector.receiverId,
      senderId: vector.senderId,
      nonce: vector.nonce,
    });
    expect(isProven(written, key, prove)).toBe(true);
  });

  test.each(vectors.refused)("are not: $name", ({ hex }) => {
    expect(readPathMessage(bytesOf(hex))).toBeUndefined();
  });

  test("prove every bit of themselves", () => {
    const { hex, probeKey } = vectors.messages[0]!;
    fc.assert(
      fc.property(fc.nat(hex.length * 4 - 1), (bit) => {
        const changed = bytesOf(hex);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(isProven(changed, bytesOf(probeKey), prove)).toBe(false);
      }),
    );
  });

  test("are read from any bytes without a throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readPathMessage(bytes)));
  });
});
