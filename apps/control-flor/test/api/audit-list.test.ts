import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Audit, type AuditEntry } from "../../src/api/audit.ts";
import { AuditList } from "../../src/api/audit-list.ts";
import {
  type AuditQuestion,
  type AuditSlice,
  readAuditQuestion,
  readAuditSlice,
  type SlicedEntry,
  sliceOf,
  writeAuditQuestion,
  writeAuditSlice,
} from "../../src/api/audit-slice.ts";
import {
  AUDIT_AHEAD_MS,
  AUDIT_ASKS_MAX,
  AUDIT_ENTRIES_MAX,
  AUDIT_REPLICAS_MAX,
  AUDIT_SLICE_SIZE_MAX,
  CURSOR_LENGTH_MAX,
} from "../../src/api/limits.ts";
import { BODY_SIZE_MAX } from "../../src/mail/limits.ts";

const WALL = Date.parse("2026-11-01T00:00:00.000Z");
const ALL: AuditQuestion = { audit: null, below: null, wanted: {} };

function entryOf(number: number, rest: Partial<SlicedEntry> = {}): SlicedEntry {
  const at = new Date(WALL - 1_000_000_000 + (number % 100_000) * 1_000).toISOString();
  return { number, at, principal: "user/alice", method: "GET", path: "/v1/nodes", status: 200, code: null, ...rest };
}

let audits = 0;
function auditOf(node: string, entries: readonly SlicedEntry[]): Audit {
  const id = String(++audits).padStart(16, "0");
  return new Audit({ id, kept: entries.map((entry) => ({ ...entry, replica: node })), append: () => true });
}

type Answers = (question: AuditQuestion) => AuditSlice | string;

/** A page, with what each replica answers over the wire. */
function pageOf(
  answers: Readonly<Record<string, Answers>>,
  options: { readonly limit?: number; readonly after?: string; readonly wanted?: AuditQuestion["wanted"] } = {},
): ReturnType<AuditList["page"]> & { readonly asks: number } {
  const { limit = 100, after, wanted = {} } = options;
  const list = new AuditList({ replicas: Object.keys(answers), limit, after, wanted });
  let asks = 0;
  for (let due = list.questions(); due.length > 0; due = list.questions())
    for (const { node, question } of due) {
      asks++;
      const read = readAuditQuestion(writeAuditQuestion(question))!;
      const answer = answers[node]!(read);
      const slice = typeof answer === "string" ? answer : readAuditSlice(writeAuditSlice(answer), question, WALL);
      list.handleAnswer(node, slice ?? "none");
    }
  return { ...list.page(), asks };
}

const honest =
  (audit: Audit): Answers =>
  (question) =>
    sliceOf(audit, question);

/** All pages of a list, one behind the other. */
function listOf(answers: Readonly<Record<string, Answers>>, limit: number): readonly AuditEntry[] {
  const items: AuditEntry[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 1_000; pages++) {
    const page = pageOf(answers, { limit, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
  throw new Error("the list has no end");
}

test("pages of all audits are one list by time, with no entry missing or twice, each with its replica", () => {
  const times = fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { maxLength: 300 });
  const limit = fc.integer({ min: 1, max: 120 });
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 4 }), limit, (all, items) => {
      const names = ["a", "b", "c", "d"].slice(0, all.length);
      const kept = all.map((numbers) => numbers.toSorted((one, other) => one - other).map((number) => entryOf(number)));
      const answers = Object.fromEntries(names.map((name, at) => [name, honest(auditOf(name, kept[at]!))]));
      const expected = names
        .flatMap((replica, at) => kept[at]!.map((entry): AuditEntry => ({ ...entry, replica })))
        .toSorted((one, other) => other.number - one.number || (one.replica! < other.replica! ? -1 : 1));
      expect(listOf(answers, items)).toEqual(expected);
    }),
    { numRuns: 40, examples: [[[[1, 2, 3], [], [2, 3, 4]], 2]] },
  );
});

test("an answer has room in a letter, however long its entries are", () => {
  const long = entryOf(1, { principal: `user/${"a".repeat(60)}`, path: `/${"%20".repeat(85)}`, method: "POST" });
  const audit = auditOf(
    "b",
    Array.from({ length: 500 }, (_, at) => ({ ...long, number: at + 1 })),
  );
  const slice = sliceOf(audit, ALL);
  expect(slice.hasMore).toBe(true);
  expect(slice.entries.length).toBeGreaterThan(30);
  expect(writeAuditSlice(slice).length).toBeLessThanOrEqual(BODY_SIZE_MAX);
  expect(AUDIT_SLICE_SIZE_MAX).toBeLessThan(BODY_SIZE_MAX);
  expect(readAuditSlice(writeAuditSlice(slice), ALL, WALL)).toEqual(slice);
});

test("filters are those of the questions, and an entry of somebody else is no answer to them", () => {
  const entries = [
    entryOf(1),
    entryOf(2, { principal: "user/bob" }),
    entryOf(3, { status: 404, code: "ERR_CONTROL_ROUTE" }),
  ];
  const audit = auditOf("b", entries);
  const numbers = (wanted: AuditQuestion["wanted"]): readonly number[] =>
    pageOf({ b: honest(audit) }, { wanted }).items.map(({ number }) => number);
  expect(numbers({})).toEqual([3, 2, 1]);
  expect(numbers({ principal: "user/bob" })).toEqual([2]);
  expect(numbers({ status: "404" })).toEqual([3]);
  expect(numbers({ code: "null", method: "GET" })).toEqual([2, 1]);
  const captured: Answers = () => sliceOf(audit, ALL);
  expect(pageOf({ b: captured }, { wanted: { principal: "user/bob" } })).toMatchObject({
    items: [],
    missing: [{ replica: "b", reason: "none" }],
  });
});

test("a replica that does not answer is told, and the others' entries are there", () => {
  const answers = { a: honest(auditOf("a", [entryOf(1)])), b: () => "it does not answer" };
  expect(pageOf(answers)).toMatchObject({
    items: [{ number: 1, replica: "a" }],
    missing: [{ replica: "b", reason: "it does not answer" }],
    next: null,
  });
});

test("a replica that was silent on one page is asked again on the next", () => {
  const a = honest(auditOf("a", [entryOf(1), entryOf(3)]));
  const { next } = pageOf({ a, b: () => "silent" }, { limit: 1 });
  expect(pageOf({ a, b: honest(auditOf("b", [entryOf(2)])) }, { after: next! })).toMatchObject({
    items: [
      { number: 2, replica: "b" },
      { number: 1, replica: "a" },
    ],
    missing: [],
    next: null,
  });
});

test("a replica that has lost its audit, or is none any more, is told on the next page", () => {
  const a = honest(auditOf("a", [entryOf(1), entryOf(9)]));
  const b = honest(auditOf("b", [entryOf(2), entryOf(8)]));
  const { next } = pageOf({ a, b }, { limit: 2 });
  const lost = honest(auditOf("b", [entryOf(1), entryOf(2)]));
  expect(pageOf({ a, b: lost }, { after: next! })).toMatchObject({
    items: [{ number: 1, replica: "a" }],
    missing: [{ replica: "b", reason: expect.stringMatching("begin anew") as string }],
  });
  expect(pageOf({ a }, { after: next! }).missing).toEqual([{ replica: "b", reason: "it is no replica any more" }]);
});

test("a captured replica tells of itself alone, with its name, and its list has an end", () => {
  const a = honest(auditOf("a", [entryOf(1)]));
  let number = Number.MAX_SAFE_INTEGER;
  const flood: Answers = () => {
    const entries = Array.from({ length: 100 }, () => entryOf(number--, { at: new Date(WALL).toISOString() }));
    return { audit: "f".repeat(16), entries, hasMore: true };
  };
  const answers = { a, b: flood };
  const first = pageOf(answers, { limit: 500 });
  expect(first.asks).toBeLessThanOrEqual(AUDIT_ASKS_MAX + 1);
  expect(new Set(first.items.map(({ replica }) => replica))).toEqual(new Set(["b"]));
  const items = listOf(answers, 500);
  expect(items.length).toBeLessThanOrEqual(AUDIT_ENTRIES_MAX + 1);
  expect(items.at(-1)).toMatchObject({ replica: "a", number: 1 });
});

const SLICE: AuditSlice = { audit: "ab".repeat(8), entries: [entryOf(7), entryOf(5)], hasMore: false };
const later = new Date(WALL + AUDIT_AHEAD_MS + 1).toISOString();

test.each<[string, unknown]>([
  ["no JSON", "{"],
  ["another version", null],
  ["a list", []],
  ["numbers that rise", { ...SLICE, entries: [entryOf(5), entryOf(7)] }],
  ["a number twice", { ...SLICE, entries: [entryOf(5), entryOf(5)] }],
  ["a number that was not asked for", { ...SLICE, entries: [entryOf(100)] }],
  ["a time to come", { ...SLICE, entries: [entryOf(5, { at: later })] }],
  ["no time", { ...SLICE, entries: [entryOf(5, { at: "soon" })] }],
  ["another replica's name", { ...SLICE, entries: [{ ...entryOf(5), replica: "a" }] }],
  ["a principal that is none", { ...SLICE, entries: [entryOf(5, { principal: "user/<b>" })] }],
  ["a path with markup from another line", { ...SLICE, entries: [entryOf(5, { path: "/\n<script>" })] }],
  ["a path that is too long", { ...SLICE, entries: [entryOf(5, { path: `/${"x".repeat(300)}` })] }],
  ["a method that is none", { ...SLICE, entries: [entryOf(5, { method: "<b>" })] }],
  ["a code that is none", { ...SLICE, entries: [entryOf(5, { code: "<b>" })] }],
  ["a list that goes on behind nothing", { ...SLICE, entries: [], hasMore: true }],
])("what is no slice is not taken: %s", (what, value) => {
  const head = what === "another version" ? 2 : 1;
  const body = typeof value === "string" ? value : JSON.stringify(value ?? SLICE);
  const octets = Buffer.concat([Buffer.of(head), Buffer.from(body)]);
  expect(readAuditSlice(octets, { ...ALL, below: 50 }, WALL)).toBeUndefined();
});

test("whatever octets come are read or refused, and never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.jsonValue(), (octets, value) => {
      const json = Buffer.from(JSON.stringify(value));
      for (const each of [octets, json, Buffer.concat([Buffer.of(1), json])]) {
        expect(() => readAuditQuestion(each)).not.toThrow();
        expect(() => readAuditSlice(each, ALL, WALL)).not.toThrow();
      }
    }),
  );
  expect(readAuditQuestion(writeAuditQuestion(ALL))).toEqual(ALL);
  expect(readAuditQuestion(Buffer.from(JSON.stringify({ ...ALL, more: 1 })))).toBeUndefined();
});

test("a cursor of the longest names fits, and what is none is refused", () => {
  const names = Array.from({ length: AUDIT_REPLICAS_MAX + 2 }, (_, at) => `n${at}`.padEnd(63, "x"));
  const answers = Object.fromEntries(names.map((name) => [name, honest(auditOf(name, [entryOf(1), entryOf(2)]))]));
  const { next, missing } = pageOf(answers, { limit: 1 });
  expect(next!.length).toBeLessThanOrEqual(CURSOR_LENGTH_MAX);
  expect(missing.map(({ replica }) => replica)).toEqual(names.slice(AUDIT_REPLICAS_MAX));
  expect(listOf(answers, 3)).toHaveLength(2 * AUDIT_REPLICAS_MAX);
  for (const after of [
    "x",
    "",
    Buffer.from("[]x").toString("base64url"),
    Buffer.from('[["<b>","",0,0,false]]').toString("base64url"),
  ])
    expect(() => pageOf(answers, { after })).toThrow(expect.objectContaining({ code: "ERR_CONTROL_CURSOR" }));
});
