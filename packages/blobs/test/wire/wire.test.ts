import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Answer, HeldEntry, Question } from "../../src/index.ts";
import { HolderError } from "../../src/index.ts";
import { readAnswer, writeAnswer, writeRefusal } from "../../src/wire/answer-form.ts";
import { readQuestionHead, RECOVERY_EPOCH_HEADER, writeQuestion } from "../../src/wire/question-form.ts";
import { heldEntries, names, questions } from "./questions.ts";

const HASH = "ab".repeat(32);
const AT = { collection: { scope: "org/acme", name: "backup" }, recoveryEpoch: 3 };
const ENTRY: HeldEntry = {
  name: "objects/00ff",
  turn: 2,
  isGone: false,
  shards: [{ hash: HASH, size: 7 }],
  note: "YQ==",
  written: 1_700_000_000_000,
  by: "user/alice",
};

function reread(question: Question): Question {
  const { method, target, headers, body } = writeQuestion(question);
  return readQuestionHead(method, target, headers[RECOVERY_EPOCH_HEADER]).read(body ?? Buffer.of());
}

/** The code by which a reader refuses; undefined: it takes what it reads. Anything else that is thrown fails the test. */
function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof HolderError)) throw error;
    return error.code;
  }
}

const text = (body: Uint8Array | undefined): string | undefined =>
  body === undefined ? undefined : Buffer.from(body).toString();

test("golden vectors of questions", () => {
  const all: Question[] = [
    { op: "put-shard", ...AT, hash: HASH, octets: Buffer.from("sealed") },
    { op: "get-shard", ...AT, collection: { scope: "cluster", name: "backup" }, hash: HASH },
    { op: "have-shards", ...AT, hashes: [HASH] },
    { op: "challenge", ...AT, nonce: "cd".repeat(32), hashes: [HASH] },
    { op: "put-entry", ...AT, entry: { name: "locks/1", turn: 3, isGone: true, shards: [] } },
    { op: "get-entry", ...AT, name: ENTRY.name },
    { op: "list-entries", ...AT, prefix: "data/", after: "data/x" },
    { op: "list-changes", ...AT, book: "0a", since: 12 },
    { op: "get-state", ...AT },
  ];
  const lines = all.map((question) => {
    const { method, target, headers, body } = writeQuestion(question);
    return [`${method} ${target}`, headers, text(body)].filter((part) => part !== undefined);
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      [
        "PUT /v1/org/acme/backup/shards/abababababababababababababababababababababababababababababababab",
        {
          "content-type": "application/octet-stream",
          "florenetes-recovery-epoch": "3",
        },
        "sealed",
      ],
      [
        "GET /v1/cluster/backup/shards/abababababababababababababababababababababababababababababababab",
        {
          "florenetes-recovery-epoch": "3",
        },
      ],
      [
        "POST /v1/org/acme/backup/shards/have",
        {
          "content-type": "application/json",
          "florenetes-recovery-epoch": "3",
        },
        "{"hashes":["abababababababababababababababababababababababababababababababab"]}",
      ],
      [
        "POST /v1/org/acme/backup/shards/challenge",
        {
          "content-type": "application/json",
          "florenetes-recovery-epoch": "3",
        },
        "{"nonce":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","hashes":["abababababababababababababababababababababababababababababababab"]}",
      ],
      [
        "PUT /v1/org/acme/backup/entries/locks/1",
        {
          "content-type": "application/json",
          "florenetes-recovery-epoch": "3",
        },
        "{"name":"locks/1","turn":3,"isGone":true,"shards":[]}",
      ],
      [
        "GET /v1/org/acme/backup/entries/objects/00ff",
        {
          "florenetes-recovery-epoch": "3",
        },
      ],
      [
        "GET /v1/org/acme/backup/entries?prefix=data/&after=data/x",
        {
          "florenetes-recovery-epoch": "3",
        },
      ],
      [
        "GET /v1/org/acme/backup/changes?book=0a&since=12",
        {
          "florenetes-recovery-epoch": "3",
        },
      ],
      [
        "GET /v1/org/acme/backup/state",
        {
          "florenetes-recovery-epoch": "3",
        },
      ],
    ]
  `);
});

test("golden vectors of answers and refusals", () => {
  const written = [
    writeAnswer("put-shard", { isNew: true }),
    writeAnswer("get-shard", { octets: Buffer.from("sealed") }),
    writeAnswer("challenge", { digests: [HASH, null] }),
    writeAnswer("put-entry", { entry: ENTRY }),
    writeAnswer("list-changes", { book: "0a", entries: [], last: 12, isAll: true }),
    writeRefusal({ code: "ERR_STORAGE_RETAINED", message: "until tomorrow", until: 1_700_000_000_000 }),
    writeRefusal({ code: "ERR_STORAGE_BUSY", message: "as many ask\u{202e} as may" }),
  ].map(({ body, ...head }) => ({ ...head, body: text(body) }));
  expect(written).toMatchInlineSnapshot(`
    [
      {
        "body": "{"isNew":true}",
        "headers": {
          "content-type": "application/json",
        },
        "status": 200,
      },
      {
        "body": "sealed",
        "headers": {
          "content-type": "application/octet-stream",
        },
        "status": 200,
      },
      {
        "body": "{"digests":["abababababababababababababababababababababababababababababababab",null]}",
        "headers": {
          "content-type": "application/json",
        },
        "status": 200,
      },
      {
        "body": "{"entry":{"name":"objects/00ff","turn":2,"isGone":false,"shards":[{"hash":"abababababababababababababababababababababababababababababababab","size":7}],"note":"YQ==","written":1700000000000,"by":"user/alice"}}",
        "headers": {
          "content-type": "application/json",
        },
        "status": 200,
      },
      {
        "body": "{"book":"0a","entries":[],"last":12,"isAll":true}",
        "headers": {
          "content-type": "application/json",
        },
        "status": 200,
      },
      {
        "body": "{"code":"ERR_STORAGE_RETAINED","message":"until tomorrow","until":1700000000000}",
        "headers": {
          "content-type": "application/problem+json",
        },
        "status": 403,
      },
      {
        "body": "{"code":"ERR_STORAGE_BUSY","message":"as many ask\\\\u{202e} as may"}",
        "headers": {
          "content-type": "application/problem+json",
          "retry-after": "5",
        },
        "status": 503,
      },
    ]
  `);
});

test("a question is read as it was written", () => {
  fc.assert(
    fc.property(questions, (question) => {
      expect(reread(question)).toEqual(question);
    }),
  );
});

test("what is not quite a question is refused by the one code", () => {
  fc.assert(
    fc.property(
      questions,
      fc.nat(),
      fc.string({ maxLength: 3 }),
      fc.constantFrom("target", "body", "epoch"),
      (question, place, put, part) => {
        const { method, target, headers, body = Buffer.of() } = writeQuestion(question);
        const change = (whole: string): string => {
          const at = place % (whole.length + 1);
          return whole.slice(0, at) + put + whole.slice(at + 1);
        };
        const code = codeOf(() => {
          const epoch = headers[RECOVERY_EPOCH_HEADER] ?? "";
          const head = readQuestionHead(
            method,
            part === "target" ? change(target) : target,
            part === "epoch" ? change(epoch) : epoch,
          );
          head.read(part === "body" ? Buffer.from(change(Buffer.from(body).toString("latin1")), "latin1") : body);
        });
        expect([undefined, "ERR_STORAGE_FORM"]).toContain(code);
      },
    ),
  );
});

test.each<[string, string, string, unknown]>([
  ["another version", "GET", "/v2/cluster/a/state", "1"],
  ["an escape", "GET", "/v1/cluster/a/entries/b%2fc", "1"],
  ["a way up", "GET", "/v1/cluster/a/entries/../../x", "1"],
  ["a way up in the name of a collection", "GET", "/v1/cluster/../state", "1"],
  ["two slashes", "GET", "/v1/cluster/a/entries//b", "1"],
  ["an organization without a name", "GET", "/v1/org//a/state", "1"],
  ["another method", "DELETE", `/v1/cluster/a/shards/${HASH}`, "1"],
  ["a hash in capitals", "GET", `/v1/cluster/a/shards/${HASH.toUpperCase()}`, "1"],
  ["what objects have by themselves", "GET", "/v1/cluster/a/__proto__", "1"],
  ["a target without end", "GET", `/v1/cluster/a/entries/${"x".repeat(100_000)}`, "1"],
  ["no epoch", "GET", "/v1/cluster/a/state", undefined],
  ["an epoch of two headers", "GET", "/v1/cluster/a/state", "1, 2"],
  ["an epoch below none", "GET", "/v1/cluster/a/state", "-1"],
])("%s is no question", (_, method, target, epoch) => {
  expect(codeOf(() => readQuestionHead(method, target, epoch))).toBe("ERR_STORAGE_FORM");
});

test.each<[string, object]>([
  ["a further member", { ...ENTRY }],
  ["another name than the path's", { name: "objects/1", turn: 1, isGone: false, shards: [] }],
  ["turn 0", { name: ENTRY.name, turn: 0, isGone: false, shards: [] }],
  ["a turn that is no integer", { name: ENTRY.name, turn: 2 ** 60, isGone: false, shards: [] }],
  ["shards though it is gone", { name: ENTRY.name, turn: 1, isGone: true, shards: ENTRY.shards }],
  ["a note that is too long", { name: ENTRY.name, turn: 1, isGone: false, shards: [], note: "a".repeat(4_100) }],
  ["a shard without octets", { name: ENTRY.name, turn: 1, isGone: false, shards: [{ hash: HASH, size: 0 }] }],
  ["too many shards", { name: ENTRY.name, turn: 1, isGone: false, shards: Array(16_385).fill(ENTRY.shards[0]) }],
])("an entry with %s is none", (_, entry) => {
  const head = readQuestionHead("PUT", `/v1/cluster/a/entries/${ENTRY.name}`, "1");
  expect(codeOf(() => head.read(Buffer.from(JSON.stringify(entry))))).toBe("ERR_STORAGE_FORM");
});

function answersTo(question: Question): fc.Arbitrary<Answer> {
  switch (question.op) {
    case "put-shard":
      return fc.record({ isNew: fc.boolean() });
    case "get-shard":
      return fc.record({ octets: fc.uint8Array({ maxLength: 300 }) });
    case "have-shards":
      return fc.record({ has: fc.array(fc.boolean(), sized(question.hashes.length)) });
    case "challenge":
      return fc.record({ digests: fc.array(fc.constantFrom(HASH, null), sized(question.hashes.length)) });
    case "put-entry":
      return heldEntries.map((entry) => ({ entry: { ...entry, name: question.entry.name } }));
    case "get-entry":
      return fc.option(heldEntries).map((entry) => ({ entry: entry && { ...entry, name: question.name } }));
    case "list-entries":
      return fc.uniqueArray(names, { maxLength: 5 }).chain((all) => {
        const { prefix, after } = question;
        const listed = all.map((name) => prefix + name).filter((name) => name > after);
        const held = listed.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => ({ ...ENTRY, name }));
        return fc.boolean().map((isMore) => ({ entries: held, next: (isMore && held.at(-1)?.name) || null }));
      });
    case "list-changes":
      return fc.record({
        book: fc.constant("0b"),
        entries: fc.array(heldEntries, { maxLength: 4 }),
        last: fc.nat(),
        isAll: fc.boolean(),
      });
    default:
      return fc.record({
        node: fc.constant("a"),
        book: fc.constant("0b"),
        last: fc.nat(),
        objects: fc.nat(),
        octets: fc.nat(),
        held: fc.nat(),
        isShut: fc.boolean(),
      });
  }
}

function sized(length: number): { readonly minLength: number; readonly maxLength: number } {
  return { minLength: length, maxLength: length };
}

const talks = questions.chain((question) => answersTo(question).map((answer) => ({ question, answer })));

test("an answer is read as it was written, and one that was changed is refused by the one code, or by a holder's", () => {
  fc.assert(
    fc.property(talks, fc.nat(), fc.string({ maxLength: 3 }), ({ question, answer }, place, put) => {
      const written = writeAnswer(question.op, answer);
      expect(readAnswer(question, written)).toEqual(answer);
      const whole = Buffer.from(written.body).toString("latin1");
      const at = place % (whole.length + 1);
      const body = Buffer.from(whole.slice(0, at) + put + whole.slice(at + 1), "latin1");
      for (const status of [200, 404])
        expect([undefined, "ERR_STORAGE_FORM"]).toContain(codeOf(() => readAnswer(question, { status, body })));
    }),
  );
});

test("a refusal is told with all that it has, and shown as text of others is", () => {
  const refusal = { code: "ERR_STORAGE_EXISTS", message: "there is\u{202e} one\n", entry: ENTRY, until: 5 } as const;
  const question: Question = { op: "get-state", ...AT };
  try {
    readAnswer(question, writeRefusal(refusal));
    expect.unreachable();
  } catch (error) {
    expect((error as HolderError).refusal).toEqual({ ...refusal, message: "there is\\u{202e} one\\u{a}" });
  }
});

const state: Question<"get-state"> = { op: "get-state", ...AT };
const list: Question<"list-entries"> = { op: "list-entries", ...AT, prefix: "a", after: "ab" };
const body = (value: unknown): { status: number; body: Uint8Array } => ({
  status: 200,
  body: Buffer.from(JSON.stringify(value)),
});
test.each<[string, Question, { status: number; body: Uint8Array }]>([
  ["no JSON", state, { status: 200, body: Buffer.from("{") }],
  ["no UTF-8", state, { status: 200, body: Buffer.from([0xff]) }],
  ["a code that nobody has", state, { status: 400, body: Buffer.from('{"code":"ERR_X","message":"x"}') }],
  ["a page of another prefix", list, body({ entries: [{ ...ENTRY, name: "b" }], next: null })],
  ["a page that goes back", list, body({ entries: [{ ...ENTRY, name: "aa" }], next: null })],
  ["a page that leads nowhere", list, body({ entries: [], next: "ac" })],
  ["a page with next in front of its names", list, body({ entries: [{ ...ENTRY, name: "ad" }], next: "ac" })],
  ["too few answers", { op: "have-shards", ...AT, hashes: [HASH] }, body({ has: [] })],
  ["an entry of another name", { op: "get-entry", ...AT, name: "x" }, body({ entry: ENTRY })],
  ["more than 16 KiB of a state", state, { status: 200, body: Buffer.alloc(16_385, 0x20) }],
  ["deep nothing", state, { status: 200, body: Buffer.from("[".repeat(16_000)) }],
])("an answer with %s is none", (_, question, answer) => {
  expect(codeOf(() => readAnswer(question, answer))).toBe("ERR_STORAGE_FORM");
});

test("members that a later version adds to answers are left out", () => {
  const told = { entry: { ...ENTRY, later: 1 }, later: 2 };
  expect(readAnswer({ op: "get-entry", ...AT, name: ENTRY.name }, body(told))).toEqual({ entry: ENTRY });
});
