import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ControlReader,
  ControlType,
  decodeAccept,
  decodeHello,
  decodeReady,
  decodeUp,
  encodeAccept,
  encodeHello,
  encodeReady,
  encodeRenew,
  encodeUp,
  encodeVisit,
  type Hello,
} from "../../../src/quic-link/sessions/hello.ts";
import { CONTROL_BODY_MAX } from "../../../src/quic-link/limits.ts";

interface Vector {
  readonly name: string;
  readonly type: keyof typeof ControlType;
  readonly hex: string;
  readonly fields?: Record<string, unknown>;
}
type Vectors = Record<"valid" | "extended" | "broken", Vector[]>;
const vectors = JSON.parse(
  readFileSync(new URL("../../../vectors/control-messages.json", import.meta.url), "utf8"),
) as Vectors;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Reads the whole of one message through the stream's reader, one byte at a time. */
function read(vector: Vector): Record<string, unknown> | undefined {
  const reader = new ControlReader();
  const bytes = bytesOf(vector.hex);
  for (const [i, byte] of bytes.entries()) {
    expect(reader.pollMessage(), `a message before byte ${i}`).toBeUndefined();
    reader.room[0] = byte;
    reader.handleBytes(1);
  }
  const message = reader.pollMessage()!;
  expect(message.type).toBe(ControlType[vector.type]);
  if (vector.type === "hello") {
    const hello = decodeHello(message.body);
    return hello && { ...hello, probeKey: hexOf(hello.probeKey) };
  }
  if (vector.type === "accept") return decodeAccept(message.body) as Record<string, unknown> | undefined;
  if (vector.type === "renew" || vector.type === "visit") return {};
  if (vector.type === "ready") return decodeReady(message.body) as Record<string, unknown> | undefined;
  const payload = decodeUp(message.body);
  return payload === undefined ? undefined : { payload };
}

function encode(vector: Vector): Uint8Array {
  const fields = vector.fields!;
  if (vector.type === "hello") {
    return encodeHello({ ...(fields as unknown as Hello), probeKey: bytesOf(fields["probeKey"] as string) });
  }
  if (vector.type === "accept") return encodeAccept(fields as unknown as Parameters<typeof encodeAccept>[0]);
  if (vector.type === "renew") return encodeRenew();
  if (vector.type === "visit") return encodeVisit();
  const payload = fields["payload"] as number;
  if (vector.type === "up") return encodeUp(payload);
  return encodeReady(payload, fields["answerSpreadMs"] as number | undefined);
}

describe("golden vectors", () => {
  test.each(vectors.valid)("$name", (vector) => {
    expect(read(vector)).toEqual(vector.fields);
    expect(hexOf(encode(vector))).toBe(vector.hex.replaceAll(" ", ""));
  });
  test.each(vectors.extended)("$name", (vector) => expect(read(vector)).toEqual(vector.fields));
  test.each(vectors.broken)("refused: $name", (vector) => expect(read(vector)).toBeUndefined());
});

describe("the reader of the control stream", () => {
  test("cuts the same messages out of any pieces", () => {
    const stream = Uint8Array.from(vectors.valid.flatMap((vector) => [...bytesOf(vector.hex)]));
    const expected = vectors.valid.map((vector) => hexOf(bytesOf(vector.hex).subarray(3)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
        const reader = new ControlReader();
        const bodies: string[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const piece = stream.subarray(at, at + sizes[i % sizes.length]!);
          reader.room.set(piece);
          reader.handleBytes(piece.length);
          at += piece.length;
          for (let message = reader.pollMessage(); message !== undefined; message = reader.pollMessage()) {
            bodies.push(hexOf(message.body));
          }
        }
        expect(bodies).toEqual(expected);
      }),
    );
  });

  test("takes no message that is too long", () => {
    const reader = new ControlReader();
    reader.room.set([(CONTROL_BODY_MAX + 1) >> 8, (CONTROL_BODY_MAX + 1) & 0xff, 1]);
    reader.handleBytes(3);
    expect(reader.pollMessage()).toBeUndefined();
    expect(reader.isBroken).toBe(true);
  });

  test("has room for the longest message", () => {
    const reader = new ControlReader();
    const message = new Uint8Array(3 + CONTROL_BODY_MAX);
    message.set([CONTROL_BODY_MAX >> 8, CONTROL_BODY_MAX & 0xff, 99]);
    reader.room.set(message);
    reader.handleBytes(message.length);
    expect(reader.pollMessage()).toEqual({ type: 99, body: new Uint8Array(CONTROL_BODY_MAX) });
  });
});

test.each(["a\nb", "a\u202Eb", "a\u200Bb", "a\u00A0b", "a\u{E0041}", "\u0301a"])(
  "a tag that hides something is none: %j",
  (tag) => {
    const hello: Hello = {
      versionMin: 2,
      versionMax: 2,
      role: "originator",
      tag,
      instance: { startedAt: 1, id: "0123456789abcdef" },
      attempt: 1,
      probeKey: new Uint8Array(16),
      quietSeconds: 0,
    };
    expect(decodeHello(encodeHello(hello).subarray(3))).toBeUndefined();
    expect(decodeHello(encodeHello({ ...hello, tag: "Zürich" }).subarray(3))?.tag).toBe("Zürich");
  },
);

test("no bytes make a decoder throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (body) => {
      for (const decode of [decodeHello, decodeAccept, decodeReady, decodeUp]) expect(() => decode(body)).not.toThrow();
    }),
  );
});
