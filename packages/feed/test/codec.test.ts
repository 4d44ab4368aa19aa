import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Violation } from "../src/codes.ts";
import { BODY_SIZE_MAX, HELLO_SIZE_MAX, RECORD_SIZE_MAX, SECTION_SIZE_MAX } from "../src/limits.ts";
import { TOKENS_SIZE } from "../src/mail/limits.ts";
import { MessageReader } from "../src/message-reader.ts";
import { writeMessage } from "../src/message-writer.ts";
import { type Message, messageRule, MessageType } from "../src/messages.ts";
import { isSection } from "../src/sections.ts";
import { codeName, sourceHello } from "./ends.ts";
import { mailFile, mailText } from "./mail-vectors.ts";
import { messagesFile, messagesText, messageVectors, shown, streamsFile, streamsText } from "./vectors.ts";

test("the published files are those of the code", () => {
  expect(readFileSync(messagesFile, "utf8")).toBe(messagesText());
  expect(readFileSync(streamsFile, "utf8")).toBe(streamsText());
  expect(readFileSync(mailFile, "utf8")).toBe(mailText());
});

describe("messages as they are published", () => {
  test.each(messageVectors())("$name", ({ hex, message, code, skipped, canonical }) => {
    const octets = Buffer.from(hex, "hex");
    for (const size of [1, 3, octets.length]) {
      const found = readAll(octets, size);
      if (code === undefined) expect(found).toEqual([skipped === true ? "skipped" : message]);
      else expect(found).toEqual([code]);
    }
    expect(canonical === true || skipped === true || code !== undefined || message!["kind"] === "hello").toBe(true);
  });
});

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const section = fc.oneof(
  name,
  fc.tuple(name, name).map((names) => names.join("/")),
);
const number = fc.maxSafeNat();
const hex = (size: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((octets) => Buffer.from(octets).toString("hex"));
const cursors = fc.uniqueArray(fc.record({ section, sequence: number }), {
  selector: (cursor) => cursor.section,
  maxLength: 66,
});
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant("hello" as const),
    lowestVersion: fc.constant(1),
    highestVersion: fc.integer({ min: 1, max: 255 }),
    node: name,
    databaseId: hex(16),
    time: number,
    seen: fc.constantFrom("", "udp://192.0.2.1:4433", "Köln"),
    cursorsOf: hex(16),
    cursors,
  }),
  fc.record({
    kind: fc.constant("have" as const),
    section,
    sequence: number,
    ids: fc.array(hex(32), { minLength: 1, maxLength: 256 }),
  }),
  fc.record({ kind: fc.constant("want" as const), ids: fc.array(hex(32), { maxLength: 256 }) }),
  fc.record({
    kind: fc.constant("records" as const),
    answered: fc.nat(65_535),
    records: fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 64 }),
  }),
  fc.record({
    kind: fc.constant("beacon" as const),
    hops: fc.integer({ min: 1, max: 8 }),
    node: name,
    offers: fc.nat(255),
    time: number,
    end: number,
    key: hex(32),
    signature: hex(64),
  }),
  fc.record({
    kind: fc.constant("mail" as const),
    id: hex(16),
    end: number,
    reader: fc.oneof(fc.constant(""), name),
    key: hex(32),
    tokens: fc.uint8Array({ minLength: TOKENS_SIZE, maxLength: TOKENS_SIZE }),
    sealed: fc.uint8Array({ minLength: 16, maxLength: 2_000 }),
  }),
);

test("what was written is read, in whatever pieces it comes", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 5_000 }), (messages, size) => {
      const octets = Buffer.concat(messages.map(writeMessage));
      expect(readAll(octets, size)).toEqual(messages.map(shown));
    }),
  );
});

test("messages of later versions are skipped, whatever is in them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 7, max: 255 }), fc.uint8Array({ maxLength: 9_000 }), message, (type, body, next) => {
      const header = Buffer.alloc(5);
      header[0] = type;
      header.writeUInt32BE(body.length, 1);
      expect(readAll(Buffer.concat([header, body, writeMessage(next)]), 999)).toEqual(["skipped", shown(next)]);
    }),
  );
});

test("the largest messages are within their bounds", () => {
  const longest = `${"a".repeat(63)}/${"b".repeat(63)}`;
  expect(isSection(longest)).toBe(true);
  expect(longest).toHaveLength(SECTION_SIZE_MAX);
  const sections = Array.from({ length: 66 }, (_, each) => ({
    section: longest.replace(/.$/, `${each % 10}`).replace(/^./, String.fromCodePoint(97 + Math.floor(each / 10))),
    sequence: 1,
  }));
  const hello = writeMessage(sourceHello(sections, { node: "n".repeat(63), seen: "s".repeat(255) }));
  expect(hello.length).toBeLessThanOrEqual(HELLO_SIZE_MAX);
  expect(readAll(hello, hello.length)).toMatchObject([{ kind: "hello" }]);
  const have: Message = { kind: "have", section: longest, sequence: 1, ids: Array<string>(256).fill("ab".repeat(32)) };
  expect(writeMessage(have)).toHaveLength(5 + messageRule(MessageType.have)!.sizeMax);
  expect(readAll(writeMessage(have), 100)).toEqual([have]);
  expect(3 + 4 + RECORD_SIZE_MAX).toBeLessThan(BODY_SIZE_MAX);
});

test("what is fed may be overwritten afterwards, as buffers of sockets are", () => {
  const want: Message = { kind: "want", ids: ["ab".repeat(32)] };
  const octets = Buffer.concat([writeMessage(want), writeMessage(want)]);
  const reader = new MessageReader();
  reader.feed(octets);
  octets.fill(0);
  expect([reader.next()?.message, reader.next()?.message]).toEqual([want, want]);
});

test("a header that only announces much costs no memory", () => {
  const reader = new MessageReader();
  reader.feed(Buffer.from("0400040000", "hex"));
  const before = process.memoryUsage().arrayBuffers;
  const others = Array.from({ length: 200 }, () => {
    const other = new MessageReader();
    other.feed(Buffer.from("040004000000", "hex"));
    expect(other.next()).toBe(undefined);
    return other;
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 20_000);
  expect(others).toHaveLength(200);
});

/** Reads octets that come in pieces of that size; the last entry is a code where it resets the stream. */
function readAll(octets: Uint8Array, size: number): unknown[] {
  const reader = new MessageReader();
  const found: unknown[] = [];
  try {
    for (let at = 0; at < octets.length; at += size) {
      reader.feed(octets.subarray(at, at + size));
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        found.push(next.message === undefined ? "skipped" : shown(next.message));
      }
      expect(reader.hasLeft).toBe(false);
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    found.push(codeName(error.code));
  }
  return found;
}
