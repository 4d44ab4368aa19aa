import { createPrivateKey } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ResetTokens, RetryTokens } from "../src/index.ts";
import { writeStatelessResetPacket } from "../src/stateless-reset.ts";

const secret = new Uint8Array(32).fill(1);
const here = Uint8Array.of(192, 0, 2, 1, 1, 187);
const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe("a Retry token", () => {
  const tokens = new RetryTokens(secret);

  test("gives back the original ID at the same place, until it is too old", () => {
    const token = tokens.issue(id, here, 1000.5);
    expect(tokens.verify(token, here, 1000.5)).toEqual(id);
    expect(tokens.verify(token, here, 11_000)).toEqual(id);
    expect(tokens.verify(token, here, 11_001)).toBeUndefined();
  });

  test("is worth nothing elsewhere, or to another process", () => {
    const token = tokens.issue(id, here, 0);
    expect(tokens.verify(token, here.with(0, 193), 0)).toBeUndefined();
    expect(tokens.verify(token, new Uint8Array(0), 0)).toBeUndefined();
    expect(new RetryTokens(secret.with(0, 2)).verify(token, here, 0)).toBeUndefined();
  });

  test("holds IDs of any length, and survives long uptimes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array(),
        fc.nat({ max: 2 ** 46 }),
        (original, place, now) => {
          expect(tokens.verify(tokens.issue(original, place, now), place, now)).toEqual(original);
        },
      ),
    );
  });

  test("that was changed anywhere, cut or prolonged is refused", () => {
    const token = tokens.issue(id, here, 0);
    for (let i = 0; i < token.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        expect(tokens.verify(token.with(i, token[i]! ^ (1 << bit)), here, 0)).toBeUndefined();
      }
      expect(tokens.verify(token.subarray(0, i), here, 0)).toBeUndefined();
    }
    expect(tokens.verify(Buffer.concat([token, Buffer.of(0)]), here, 0)).toBeUndefined();
  });

  test("of no shape at all is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(tokens.verify(bytes, here, 0)).toBeUndefined();
      }),
    );
  });
});

describe("reset tokens", () => {
  const key = keyOf(0);

  // A process that was updated must still know the tokens that its predecessor gave out.
  test("do not change from version to version", () => {
    const token = new ResetTokens(key, "link").token(id);
    expect(Buffer.from(token).toString("hex")).toBe("adc23ba0cca1c6472f54d25ba543d17c");
  });

  test("differ by key, purpose and ID", () => {
    const all = [
      new ResetTokens(key, "link").token(id),
      new ResetTokens(keyOf(1), "link").token(id),
      new ResetTokens(key, "end to end").token(id),
      new ResetTokens(key, "link").token(id.with(0, 9)),
    ].map((token) => Buffer.from(token).toString("hex"));
    expect(new Set(all).size).toBe(4);
  });
});

/** An Ed25519 key (RFC 8410) whose bytes count up from `first`. */
function keyOf(first: number): string {
  const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => first + i));
  const key = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secret]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" }).toString();
}

describe("a stateless reset", () => {
  const token = new Uint8Array(16).fill(0xee);
  const random = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);

  test.each([
    { cause: 0, length: 0 },
    { cause: 21, length: 0 },
    { cause: 22, length: 21 },
    { cause: 30, length: 29 },
    { cause: 1200, length: 42 },
  ])("for a packet of $cause bytes has $length", ({ cause, length }) => {
    const out = new Uint8Array(1200);
    expect(writeStatelessResetPacket(token, cause, random, out)).toBe(length);
    if (length === 0) return;
    expect(out[0]).toBe(0x7f);
    expect(out.subarray(length - 16, length)).toEqual(token);
  });

  test("is not written into a buffer that is too small", () => {
    expect(writeStatelessResetPacket(token, 100, random, new Uint8Array(41))).toBe(0);
  });
});
