import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sessionCodeName } from "../src/codes.ts";
import { DataSession } from "../src/data-session.ts";
import { Role } from "../src/frames.ts";
import type { SessionEvent } from "../src/session-events.ts";
import { fromHex, type SessionVector, sessionVectors, toHex } from "./vectors.ts";

const limits = { streams: 4, frameLength: 2_048, streamWindow: 1_000, datagramSize: 1_200 };

function play({ role, hex }: SessionVector, split: (bytes: Uint8Array) => readonly Uint8Array[]): SessionEvent[] {
  const session = new DataSession({ role: Role[role], name: "end", limits, isReaderFar: false }, 0);
  const events: SessionEvent[] = [];
  for (const piece of hex.flatMap((part) => split(fromHex(part)))) {
    expect(session.handleBytes(piece, 0)).toBe(piece.length);
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      events.push(event);
      if (event.kind === "authenticate") session.accept("user/alice");
      if (event.kind === "readable") while (session.read(event.stream, 100).length > 0);
    }
  }
  return events;
}

describe.each([
  ["whole", (bytes: Uint8Array) => [bytes]],
  ["byte by byte", (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte))],
] as const)("conversations, %s", (_, split) => {
  test.each(sessionVectors)("$name", (vector) => {
    const events = play(vector, split);
    if (vector.events !== undefined) expect(events.map(({ kind }) => kind)).toEqual(vector.events);
    const last = events.at(-1);
    const closed = last?.kind === "closed" ? { by: last.by, code: sessionCodeName(last.code) } : {};
    expect(closed).toEqual(JSON.parse(JSON.stringify({ by: vector.by, code: vector.code })));
    if (last?.kind === "closed") expect(last.text).not.toBe("");
  });
});

/** The events, without those that depend on how many bytes come at once. */
function essence(vector: SessionVector, sizes: readonly number[]): unknown[] {
  let turn = 0;
  const events = play(vector, (bytes) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return pieces;
  });
  return events.filter(({ kind }) => kind !== "readable");
}

test("any split of a conversation gives what the whole gives", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...sessionVectors), sizes, (vector, sizes) => {
      expect(essence(vector, sizes)).toEqual(essence(vector, [100_000]));
    }),
    { numRuns: 300 },
  );
});

test("whoever breaks a rule is told the code and the sentence, and HELLO comes first", () => {
  const { hex } = sessionVectors.find(({ name }) => name === "DATA before SESSION_READY")!;
  const session = new DataSession({ role: Role.vertex, name: "v", isReaderFar: false }, 0);
  for (const part of hex) session.handleBytes(fromHex(part), 0);
  const out = new Uint8Array(70_000);
  const sent = toHex(out.subarray(0, session.pollTransmit(out)));
  expect(sent).toMatch(new RegExp(`^0100.{20}${toHex(Buffer.from("FDSN"))}.*0e01.{20}0{16}0041`));
  expect(Buffer.from(sent, "hex").toString("latin1")).toContain("before SESSION_READY");
  expect(session.pollTransmit(out)).toBe(0);
  expect(session.isClosed).toBe(true);
  expect(session.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
});
