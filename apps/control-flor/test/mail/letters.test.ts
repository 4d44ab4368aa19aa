import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Letter,
  type Listed,
  type ListAnswer,
  NO_ID,
  NO_STATE,
  NOWHERE,
  readLetter,
  readListAnswer,
  readPartAnswer,
  writeLetter,
  writeListAnswer,
  writePartAnswer,
} from "../../src/mail/letters.ts";
import { BODY_SIZE_MAX, LISTED_AT_ONCE, PART_SIZE, TEXT_SIZE_MAX } from "../../src/mail/limits.ts";
import { PRINCIPAL_SIZE_MAX } from "../../src/principal.ts";

const ID = "1f".repeat(32);
const COPY = "c0".repeat(16);
const STATE = "57".repeat(16);
const WEB: Listed = { id: ID, copy: COPY, size: 700, brought: 1_800_000_000_000, at: "c", by: "user/alice" };
const ROW = `${ID}${COPY}000002bc000001a3185c500001630a${Buffer.from("user/alice").toString("hex")}`;

/** The octets of docs/protocol/fabric-feed.md, field by field. */
describe("golden octets", () => {
  test.each<[string, Letter]>([
    [`0101${STATE}${NO_STATE}${NO_ID}`, { kind: "list", state: STATE, known: NO_STATE, after: NO_ID }],
    [`0101${STATE}${COPY}${ID}`, { kind: "list", state: STATE, known: COPY, after: ID }],
    [`0102${ID}${COPY}00003bfe`, { kind: "part", id: ID, copy: COPY, offset: 15_358 }],
  ])("%s is a letter", (hex, letter) => {
    expect(writeLetter(letter).toString("hex")).toBe(hex);
    expect(readLetter(Buffer.from(hex, "hex"))).toEqual(letter);
  });

  test.each<[string, ListAnswer]>([
    [`01${STATE}0000`, { state: STATE, listed: [], hasMore: false }],
    [`01${STATE}0001${ROW}`, { state: STATE, listed: [WEB], hasMore: false }],
  ])("%s is the answer to a list", (hex, answer) => {
    expect(writeListAnswer(answer).toString("hex")).toBe(hex);
    expect(readListAnswer(Buffer.from(hex, "hex"), NO_ID)).toEqual(answer);
  });

  test("0101 and octets, or 0100, is the answer to a part", () => {
    expect(writePartAnswer(Buffer.from("abc")).toString("hex")).toBe("0101616263");
    expect(writePartAnswer(undefined).toString("hex")).toBe("0100");
    expect(readPartAnswer(Buffer.from("0101616263", "hex"))).toEqual(Buffer.from("abc"));
    expect(readPartAnswer(Buffer.from("0100", "hex"))).toBe("gone");
  });
});

const rowWith = (change: Partial<Listed>): Buffer =>
  writeListAnswer({ state: STATE, listed: [{ ...WEB, ...change }], hasMore: false });

describe("no answer", () => {
  test.each([
    ["is cut", Buffer.from(`01${STATE}0001${ROW.slice(0, -2)}`, "hex")],
    ["has octets behind its last row", Buffer.from(`01${STATE}0001${ROW}00`, "hex")],
    ["is of another version", Buffer.from(`02${STATE}0001${ROW}`, "hex")],
    ["has more rows than it has", Buffer.from(`01${STATE}0002${ROW}`, "hex")],
    ["says that there are more behind a page that is not full", Buffer.from(`01${STATE}0101${ROW}`, "hex")],
    ["says neither that there are more nor that there are not", Buffer.from(`01${STATE}0201${ROW}`, "hex")],
    ["has an id twice", Buffer.from(`01${STATE}0002${ROW}${ROW}`, "hex")],
    ["has a proposal without octets", rowWith({ size: 0 })],
    ["has one with more octets than any", rowWith({ size: TEXT_SIZE_MAX + 1 })],
    ["says that nobody has brought it", rowWith({ by: "" })],
    ["says that a node has", rowWith({ by: "vertex/c" })],
    ["says that it was brought to what is no node", rowWith({ at: "a b" })],
    ["says it in markup", rowWith({ by: "user/<b>" })],
    ["says it in more octets than there are", rowWith({ by: `user/${"a".repeat(PRINCIPAL_SIZE_MAX)}` })],
    [
      "has a time that cannot be told",
      Buffer.from(`01${STATE}0001${ROW.replace("000001a3185c5000", "ff".repeat(8))}`, "hex"),
    ],
    ["is empty", Buffer.alloc(0)],
  ])("%s", (_, body) => expect(readListAnswer(body, NO_ID)).toBeUndefined());

  test("goes back behind the id that it was asked for", () => {
    expect(readListAnswer(rowWith({}), ID)).toBeUndefined();
    expect(readListAnswer(rowWith({ id: `20${"00".repeat(31)}` }), ID)).toBeDefined();
  });

  test.each(["", "01", "0102", "0201", "010000"])("to a part is %s", (hex) =>
    expect(readPartAnswer(Buffer.from(hex, "hex"))).toBeUndefined(),
  );
});

test.each([
  "",
  "01",
  "0104",
  `0201${STATE}${NO_STATE}${NO_ID}`,
  `0101${STATE}${NO_STATE}${NO_ID}00`,
  `0102${ID}${COPY}0000`,
])("%s is no letter", (hex) => expect(readLetter(Buffer.from(hex, "hex"))).toBeUndefined());

const hexOf = (size: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((octets) => Buffer.from(octets).toString("hex"));
const row = fc.record({
  id: hexOf(32).filter((id) => id !== NO_ID),
  copy: hexOf(16),
  size: fc.integer({ min: 1, max: TEXT_SIZE_MAX }),
  brought: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  at: fc.constantFrom("", NOWHERE, "c", "x".repeat(63)),
  by: fc.constantFrom("user/alice", "service/backup", `service/${"x".repeat(PRINCIPAL_SIZE_MAX - 8)}`),
});
const rows = fc
  .uniqueArray(row, { selector: ({ id }) => id, maxLength: LISTED_AT_ONCE })
  .map((all) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1)));

test("all letters and answers are read as they were written", () => {
  const letter = fc.oneof(
    fc.record({ kind: fc.constant("list" as const), state: hexOf(16), known: hexOf(16), after: hexOf(32) }),
    fc.record({
      kind: fc.constant("part" as const),
      id: hexOf(32),
      copy: hexOf(16),
      offset: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    }),
  );
  fc.assert(
    fc.property(letter, (each) => {
      expect(readLetter(writeLetter(each))).toEqual(each);
    }),
  );
  fc.assert(
    fc.property(hexOf(16), rows, (state, listed) => {
      const answer = { state, listed, hasMore: listed.length === LISTED_AT_ONCE };
      expect(readListAnswer(writeListAnswer(answer), NO_ID)).toEqual(answer);
    }),
  );
});

test("a full page with the longest names, and the largest part, fit into a letter", () => {
  const by = `service/${"x".repeat(PRINCIPAL_SIZE_MAX - 8)}`;
  const listed = Array.from({ length: LISTED_AT_ONCE }, (_, at) => ({
    ...WEB,
    id: (at + 1).toString(16).padStart(64, "0"),
    at: "x".repeat(63),
    by,
  }));
  const page = writeListAnswer({ state: STATE, listed, hasMore: true });
  expect(readListAnswer(page, NO_ID)).toBeDefined();
  expect(page.length).toBeLessThanOrEqual(BODY_SIZE_MAX);
  expect(writePartAnswer(Buffer.alloc(PART_SIZE))).toHaveLength(BODY_SIZE_MAX);
});

test("no octets make a reader throw, and a list is never longer than a page", () => {
  const begun = fc.uint8Array().map((rest) => Buffer.concat([Buffer.from(`01${STATE}0001${ROW}`, "hex"), rest]));
  const any = fc.oneof(fc.uint8Array({ maxLength: 200 }), begun);
  fc.assert(
    fc.property(any, hexOf(32), (body, after) => {
      readLetter(body);
      readPartAnswer(body);
      const listed = readListAnswer(body, after)?.listed ?? [];
      expect(listed.length).toBeLessThanOrEqual(LISTED_AT_ONCE);
      expect(listed.every(({ id }) => id > after)).toBe(true);
    }),
    { examples: [[Buffer.from(`01${STATE}0001${ROW}`, "hex"), NO_ID]] },
  );
});
