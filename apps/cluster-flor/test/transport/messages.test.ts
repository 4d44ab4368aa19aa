import { readFileSync } from "node:fs";
import { TrafficClass } from "@florenetes/forwarding";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Code, codeName, codeText } from "../../src/transport/codes.ts";
import { MESSAGE_SIZE_MAX, SESSION_LIMITS_MAX } from "../../src/transport/limits.ts";
import {
  MessageReader,
  ReadState,
  decodeAnswer,
  decodeFinish,
  decodeHello,
  decodeOpen,
  decodeRenew,
  decodeSize,
  decodeStop,
  decodeTaken,
  encodeAnswer,
  encodeFinish,
  encodeHello,
  encodeOpen,
  encodeRenew,
  encodeSize,
  encodeStop,
  encodeTaken,
} from "../../src/transport/messages.ts";
import {
  decodeGoaway,
  decodePressure,
  decodeRouteUpdate,
  decodeSessionReady,
  encodePressure,
  encodeRouteUpdate,
  encodeSessionReady,
} from "../../src/transport/vertex-messages.ts";
import { decodeProbe, encodeProbe, isBesideQuic } from "../../src/transport/paths/probe-message.ts";

interface Vector {
  readonly name: string;
  readonly kind:
    | "open"
    | "answer"
    | "hello"
    | "stop"
    | "taken"
    | "renew"
    | "size"
    | "finish"
    | "pressure"
    | "goaway"
    | "sessionReady"
    | "routeUpdate";
  readonly hex: string;
  readonly value: never;
}

interface ProbeVector {
  readonly name: string;
  /** Bytes of the mesh packet. */
  readonly packetSize: number;
  readonly hex: string;
  readonly readOnly?: boolean;
  readonly value: { type: number; isMarked: boolean; size: number; nonce: string } | null;
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/transport-messages.json", import.meta.url), "utf8")) as {
  messages: Vector[];
  read: Vector[];
  unsupported: string[];
  probes: ProbeVector[];
};
const encode = {
  open: encodeOpen,
  answer: encodeAnswer,
  hello: encodeHello,
  stop: encodeStop,
  taken: encodeTaken,
  renew: encodeRenew,
  size: encodeSize,
  finish: encodeFinish,
  pressure: encodePressure,
  sessionReady: encodeSessionReady,
  routeUpdate: encodeRouteUpdate,
  goaway: () => expect.unreachable("nothing here says it"),
};
const decode = {
  open: decodeOpen,
  answer: decodeAnswer,
  hello: decodeHello,
  stop: decodeStop,
  taken: decodeTaken,
  renew: decodeRenew,
  size: decodeSize,
  finish: decodeFinish,
  pressure: decodePressure,
  sessionReady: decodeSessionReady,
  routeUpdate: decodeRouteUpdate,
  goaway: decodeGoaway,
};

/** Reads a message that comes in pieces of the given sizes, then a byte at a time. */
function read(bytes: Uint8Array, sizes: readonly number[] = []): { reader: MessageReader; used: number } {
  const reader = new MessageReader();
  let at = 0;
  for (let turn = 0; reader.state === ReadState.partial && at < bytes.length; turn++) {
    const count = Math.min(reader.room.length, bytes.length - at, Math.max(1, sizes[turn] ?? 1));
    reader.room.set(bytes.subarray(at, at + count));
    reader.advance(count);
    at += count;
  }
  return { reader, used: at };
}

describe("golden vectors", () => {
  test.each(vectors.messages)("$name is written", ({ kind, hex, value }) => {
    expect(Buffer.from(encode[kind](value)).toString("hex")).toBe(hex);
  });
  test.each([...vectors.messages, ...vectors.read])("$name is read", ({ kind, hex, value }) => {
    const { reader } = read(Buffer.from(hex, "hex"));
    expect(reader.state).toBe(ReadState.whole);
    expect(decode[kind](reader.body) ?? null).toEqual(value);
  });
  test.each(vectors.probes)("$name of a path is written and read", ({ packetSize, hex, readOnly, value }) => {
    const message = value === null ? undefined : { ...value, nonce: BigInt(`0x${value.nonce}`) };
    const payload = Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(hex.length === 24 ? 100 : 0)]);
    expect(decodeProbe(payload, packetSize)).toEqual(message);
    if (readOnly === true) return;
    const out = new Uint8Array(payload.length).fill(0xee);
    encodeProbe(out, message!);
    expect(out).toEqual(new Uint8Array(payload));
    expect(isBesideQuic(out)).toBe(true);
  });
  test.each(vectors.unsupported)("%s is refused by its head", (hex) => {
    expect(read(Buffer.from(hex, "hex")).reader.state).toBe(ReadState.unsupported);
  });
});

const ids = {
  id: "00000000000000ff",
  token: "0123456789abcdef".repeat(2),
  trafficClass: TrafficClass.bulk,
  isUncut: true,
  quietSeconds: 25,
};

test("options and what is taken are the same read as written, and bytes behind them change nothing", () => {
  const notice = fc.record({ stream: fc.maxSafeNat(), offset: fc.maxSafeNat(), isEnd: fc.boolean() });
  const open = fc.record({ trafficClass: fc.nat(255), kind: fc.nat(255), asksTaken: fc.boolean() });
  const bodyOf = (message: Uint8Array, later: Uint8Array): Uint8Array => Buffer.concat([message.subarray(3), later]);
  fc.assert(
    fc.property(notice, open, fc.boolean(), fc.uint8Array(), (taken, request, tellsTaken, later) => {
      expect(decodeTaken(bodyOf(encodeTaken(taken), later))).toEqual(taken);
      // Options of a later version may stand behind a message without options: none of them is ours.
      const behind = request.asksTaken ? later : later.map((byte) => byte & 0xfe);
      expect(decodeOpen(bodyOf(encodeOpen(request), behind))).toEqual(request);
      expect(
        decodeAnswer(bodyOf(encodeAnswer({ tellsTaken }), tellsTaken ? later : behind.map((byte) => byte & 0xfe))),
      ).toEqual({ tellsTaken });
    }),
  );
});

test("any bytes are read as a message, or as none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (body) => {
      for (const read of Object.values(decode)) read(body);
      const taken = decodeTaken(body);
      expect(taken !== undefined).toBe(body.length >= 18 && body[0] === 9);
    }),
  );
});

test("a message is the same however it is cut, and what follows it is not touched", () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 40 }));
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(name, fc.nat(), pieces, fc.uint8Array(), (vertex, startedAt, sizes, rest) => {
      const message = encodeHello({ vertex, startedAt, ...ids });
      const { reader, used } = read(Buffer.concat([message, rest]), sizes);
      expect(used).toBe(message.length);
      expect(decodeHello(reader.body)).toEqual({ vertex, startedAt, ...ids });
    }),
  );
});

test.each(["", "A", "a\nb", "a\u202Eb", "a\u009B2J", "a b", "-a", "a..b", "a".repeat(64), "\u00FC"])(
  "a vertex that calls itself %j says no hello",
  (vertex) => {
    expect(decodeHello(encodeHello({ vertex, startedAt: 1, ...ids }).subarray(3))).toBeUndefined();
  },
);

test("no bytes make a reader throw, or ask for more than a message may hold", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      const { reader, used } = read(bytes);
      expect(used).toBeLessThanOrEqual(3 + MESSAGE_SIZE_MAX);
      decodeOpen(reader.body);
      decodeAnswer(reader.body);
      decodeHello(reader.body);
      decodeStop(reader.body);
      decodeSize(reader.body);
      decodeFinish(reader.body);
      decodeRouteUpdate(reader.body);
      expect(decodeSessionReady(reader.body)?.length ?? 0).toBeLessThanOrEqual(SESSION_LIMITS_MAX);
      const pressure = decodePressure(reader.body);
      if (pressure !== undefined) expect(pressure.score).toBeLessThanOrEqual(100);
      decodeProbe(bytes, bytes.length);
    }),
  );
});

test("codes have names of their own", () => {
  const names = Object.values(Code).map(codeName);
  expect(new Set(names).size).toBe(Object.keys(Code).length);
  expect(codeName(Code.targetDown)).toBe("TARGET_DOWN");
  expect(codeName(0x7777)).toBe("UNKNOWN_CODE");
  expect(codeText(0x7777, "tired")).toBe("UNKNOWN_CODE 30583: tired");
});
