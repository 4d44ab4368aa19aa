/** Letters, answers and papers: what was written is read, and all else is refused without an error. */
import { readFileSync } from "node:fs";
import { altered, FUZZ_TIMEOUT_MS, fuzz } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isBeaconBy } from "../../src/mail/beacon.ts";
import {
  associatedOf,
  type MailContext,
  Outcome,
  readAnswer,
  readLetter,
  writeAnswer,
  writeLetter,
} from "../../src/mail/letter.ts";
import { LETTER_SIZE_MAX, PADDING } from "../../src/mail/limits.ts";
import { fitRecords, readPapers, readPapersAnswer, writePapers, writePapersAnswer } from "../../src/mail/papers.ts";
import { makeExchangeKey, open, seal } from "../../src/mail/sealing.ts";
import { MessageReader } from "../../src/message-reader.ts";
import type { Beacon, Mail } from "../../src/messages.ts";
import { mailFile } from "../mail-vectors.ts";
import { TestPost } from "./offices.ts";

interface Vector {
  readonly id: string;
  readonly end: number;
  readonly reader: string;
  readonly associated: string;
  readonly content: string;
  readonly body: string;
  readonly octets: string;
}
interface Vectors {
  readonly cluster: string;
  readonly nodes: Readonly<Record<string, { readonly key: string }>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly beacon: { readonly octets: string };
  readonly letter: Vector & { readonly kind: string };
  readonly answer: Vector & { readonly outcome: number };
}

const vectors = JSON.parse(readFileSync(mailFile, "utf8")) as Vectors;
const context: MailContext = { cluster: "demo", reader: "b", id: "ab".repeat(16), end: 1_800_000_060_000 };
const post = new TestPost(["a", "b"]);
const key = post.registry.keyOf("a");
const letter = (body: Uint8Array) => ({ kind: "papers", answerKey: "cd".repeat(32), node: "a", key: key.key, body });

test("the published beacon, letter and answer are read by the published keys", () => {
  const beacon = messageOf(vectors.beacon.octets) as Beacon;
  expect(isBeaconBy(vectors.nodes["b"]!.key, vectors.cluster, beacon)).toBe(true);
  expect(isBeaconBy(vectors.nodes["b"]!.key, "other", beacon)).toBe(false);
  expect(isBeaconBy(vectors.nodes["a"]!.key, vectors.cluster, beacon)).toBe(false);
  const read = contentOf(vectors.letter, "florenetes mail 1", "reader");
  expect(readLetter(read, contextOf(vectors.letter))).toMatchObject({
    kind: vectors.letter.kind,
    node: "a",
    key: vectors.nodes["a"]!.key,
    answerKey: makeExchangeKey(Buffer.from(vectors.secrets["once"]!, "hex")).publicKey,
  });
  expect(readPapers(Buffer.from(vectors.letter.body, "hex"))).toMatchObject({ shown: [{}], held: [{}] });
  const answer = readAnswer(contentOf(vectors.answer, "florenetes mail answer 1", "once"));
  expect(answer?.outcome).toBe(vectors.answer.outcome);
  expect(readPapersAnswer(answer!.body)).toMatchObject({ judged: ["taken"], records: [{}], hasMore: false });
});

test("a seal opens by its key, purpose and additional data alone", () => {
  const [reader, sealer] = [makeExchangeKey(Buffer.alloc(32, 1)), makeExchangeKey(Buffer.alloc(32, 2))];
  const content = Buffer.from("content");
  const sealed = seal("florenetes mail 1", reader.publicKey, sealer, Buffer.from("data"), content)!;
  const opened = (
    purpose: Parameters<typeof open>[0] = "florenetes mail 1",
    own = reader,
    sender = sealer.publicKey,
    data = "data",
    octets = sealed,
  ) => open(purpose, own, sender, Buffer.from(data), octets)?.toString();
  expect(opened()).toBe("content");
  expect(opened("florenetes mail answer 1")).toBeUndefined();
  expect(opened(undefined, sealer)).toBeUndefined();
  expect(opened(undefined, undefined, reader.publicKey)).toBeUndefined();
  expect(opened(undefined, undefined, undefined, "date")).toBeUndefined();
  expect(opened(undefined, undefined, undefined, undefined, sealed.subarray(0, 15))).toBeUndefined();
  // A key with which all secrets are alike (RFC 7748, 6.1).
  expect(seal("florenetes mail 1", "00".repeat(32), sealer, Buffer.alloc(0), content)).toBeUndefined();
  expect(opened(undefined, undefined, "00".repeat(32))).toBeUndefined();
});

test("a letter is read in the place where it was written for, and in no other", () => {
  const content = writeLetter(letter(Buffer.from("body")), context, key);
  expect(content.length % PADDING).toBe(0);
  expect(readLetter(content, context)).toEqual(letter(Buffer.from("body")));
  for (const changes of [{ reader: "c" }, { cluster: "other" }, { id: "ac".repeat(16) }, { end: 1 }])
    expect(readLetter(content, { ...context, ...changes })).toBeUndefined();
  const other = post.registry.keyOf("other");
  expect(readLetter(writeLetter(letter(Buffer.from("body")), context, other), context)).toBeUndefined();
});

test("contents have one length for many bodies, and nothing behind their fields", () => {
  const lengths = [0, 1, 100, 200].map((size) => writeLetter(letter(new Uint8Array(size)), context, key).length);
  expect(new Set(lengths).size).toBe(1);
  const content = writeLetter(letter(new Uint8Array(0)), context, key);
  content[content.length - 1] = 1;
  expect(readLetter(content, context)).toBeUndefined();
  const answer = writeAnswer({ outcome: Outcome.busy, body: new Uint8Array(3) });
  expect(readAnswer(answer)).toEqual({ outcome: Outcome.busy, body: Buffer.alloc(3) });
  answer[0] = 5;
  expect(readAnswer(answer)).toBeUndefined();
  const long = writeAnswer({ outcome: Outcome.answered, body: new Uint8Array(LETTER_SIZE_MAX + 1) });
  expect(readAnswer(long)).toBeUndefined();
});

const octets = fc.uint8Array({ maxLength: 300 }).map((of) => Buffer.from(of));
const shortId = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((id) => Buffer.from(id).toString("hex"));

test("papers that were written are read", () => {
  const papers = fc.record({ shown: fc.array(octets, { maxLength: 16 }), held: fc.array(shortId, { maxLength: 20 }) });
  const answers = fc.record({
    judged: fc.array(fc.constantFrom("taken", "quorum"), { maxLength: 16 }),
    records: fc.array(octets, { maxLength: 16 }),
    hasMore: fc.boolean(),
  });
  fc.assert(
    fc.property(papers, answers, (letterOf, answerOf) => {
      expect(readPapers(writePapers(letterOf))).toEqual(letterOf);
      expect(readPapersAnswer(writePapersAnswer(answerOf))).toEqual(answerOf);
    }),
  );
});

test("papers beyond their bounds are none", () => {
  const records = (count: number) => Array.from({ length: count }, () => new Uint8Array(1));
  expect(readPapers(writePapers({ shown: records(17), held: [] }))).toBeUndefined();
  expect(readPapers(writePapers({ shown: [], held: Array<string>(1_025).fill("00".repeat(8)) }))).toBeUndefined();
  const answer = { judged: [], records: [], hasMore: false };
  expect(readPapersAnswer(writePapersAnswer({ ...answer, records: records(17) }))).toBeUndefined();
  expect(readPapersAnswer(writePapersAnswer({ ...answer, judged: Array<string>(17).fill("taken") }))).toBeUndefined();
  expect(readPapersAnswer(Buffer.from("000002", "hex"))).toBeUndefined();
  expect(readPapers(Buffer.from("01ffffffff", "hex"))).toBeUndefined();
});

test("records fit into a letter one behind the other, and those that never do stand in no way", () => {
  const records = (count: number) => Array.from({ length: count }, () => new Uint8Array(1));
  expect(fitRecords(records(20), 1_000)).toMatchObject({ fit: { length: 16 }, hasMore: true });
  expect(fitRecords(records(20), 14)).toMatchObject({ fit: { length: 2 }, hasMore: true });
  expect(fitRecords(records(2), 14)).toMatchObject({ fit: { length: 2 }, hasMore: false });
  const [large, small] = [new Uint8Array(100), new Uint8Array(1)];
  expect(fitRecords([large, small, large], 103)).toEqual({ fit: [small], hasMore: false });
  let asked = 0;
  const endless = function* (): Generator<Uint8Array> {
    for (;;) {
      asked++;
      yield small;
    }
  };
  fitRecords(endless(), 1_000);
  expect(asked).toBe(17);
});

test("octets changed, cut and put in are refused, and never an error", { timeout: FUZZ_TIMEOUT_MS }, () => {
  const contents = ["letter", "answer"].map((name) => Buffer.from(vectors[name as "letter"].content, "hex"));
  const bodies = ["letter", "answer"].map((name) => Buffer.from(vectors[name as "letter"].body, "hex"));
  fuzz(300, (random) => {
    const damaged = (from: readonly Uint8Array[]) =>
      altered(random, Buffer.from(random.pick(from)), () => random.bytes(random.below(5)));
    const content = damaged(contents);
    const read = readLetter(content, contextOf(vectors.letter));
    if (read !== undefined) expect(content.equals(contents[0]!)).toBe(true);
    readAnswer(content);
    const papers = readPapers(damaged(bodies));
    if (papers !== undefined) expect(readPapers(writePapers(papers))).toEqual(papers);
    const answer = readPapersAnswer(damaged(bodies));
    if (answer !== undefined) expect(readPapersAnswer(writePapersAnswer(answer))).toEqual(answer);
  });
});

function contextOf({ id, end, reader }: Vector): MailContext {
  return { cluster: vectors.cluster, id, end, reader };
}

function contentOf(vector: Vector, purpose: Parameters<typeof open>[0], secret: string): Buffer {
  const mail = messageOf(vector.octets) as Mail;
  const associated = associatedOf({ cluster: vectors.cluster, ...mail });
  expect(Buffer.from(associated).toString("hex")).toBe(vector.associated);
  const content = open(
    purpose,
    makeExchangeKey(Buffer.from(vectors.secrets[secret]!, "hex")),
    mail.key,
    associated,
    mail.sealed,
  )!;
  expect(content.toString("hex")).toBe(vector.content);
  return content;
}

function messageOf(hex: string): Beacon | Mail {
  const reader = new MessageReader();
  reader.feed(Buffer.from(hex, "hex"));
  return reader.next()!.message as Beacon | Mail;
}
