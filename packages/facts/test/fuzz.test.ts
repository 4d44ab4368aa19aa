/**
 * The judge, given records that look almost right. A short run each time; with FLORENETES_SOAK=<seconds> each test goes on for that
 * long, from a seed of its own. A failure names its seed and its run.
 */
import { altered, FUZZ_TIMEOUT_MS, fuzz, type Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { readRecordText, writeEnvelope, writeRecordText } from "../src/envelope.ts";
import { readFact, signPayload, writePayload } from "../src/fact.ts";
import { judge, trustRoot } from "../src/judge.ts";
import { REASONS } from "../src/reasons.ts";
import { cases } from "./cases.ts";
import { root1 } from "./cases/scene.ts";
import { authorityOf, factOf, heldOf } from "./held.ts";
import { alpha, auto, beta, control, gamma, NOW, root1 as rootKeys, stranger } from "./records.ts";

const timeout = FUZZ_TIMEOUT_MS;
const keys = [...control, ...auto, ...rootKeys, alpha, beta, gamma, stranger];
const records = cases.map(({ record }) => record);
/** Pieces of payloads that mean something, or are hard on readers. */
const pieces = [
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\",
  ":",
  ",",
  "null",
  "true",
  "-0",
  "1e999",
  "9".repeat(400),
  "\\ud800",
  "\u0000",
  "[".repeat(500),
  '{"a":'.repeat(500),
  '"__proto__":{},',
  '"constructor":1,',
  '"toJSON":1,',
  "\u{10ffff}",
];
const known = cases.find(({ reason }) => reason === undefined)!;
const options = {
  authority: authorityOf([root1]),
  held: heldOf(known.held),
  now: NOW,
  development: false,
};
const members = new Set(Object.keys(JSON.parse(Buffer.from(factOf(root1).envelope.payload).toString()) as object));

/** Judges octets; an accepted record is its payload's only form, is accepted once, and says nothing that a payload may not. */
function check(octets: Uint8Array): void {
  const judgement = judge(octets, options);
  trustRoot(octets, { cluster: "demo", fingerprint: "00".repeat(32), development: true, now: NOW });
  if (!judgement.isAccepted) {
    expect(REASONS).toHaveProperty([judgement.reason]);
    return;
  }
  const { id: _id, envelope, isKnown: _known, ...said } = judgement.fact;
  expect(writePayload(said)).toEqual(Buffer.from(envelope.payload));
  for (const name of Object.keys(said)) expect(members.has(name) || ["issuer", "void"].includes(name)).toBe(true);
  const again = judge(octets, { ...options, held: heldOf([...known.held, octets]) });
  if (judgement.fact.kind !== "root") expect(again).toEqual({ isAccepted: false, reason: "duplicate" });
}

test("records with octets changed, cut and put in", { timeout }, () => {
  fuzz(4_000, (random) => check(damaged(random, random.pick(records))));
});

test("payloads changed and signed anew, by some of all keys", { timeout }, () => {
  fuzz(2_000, (random) => {
    const fact = readFact(random.pick(records), "demo");
    if (typeof fact === "string") return;
    const payload = random.chance(0.2) ? fact.envelope.payload : damaged(random, fact.envelope.payload);
    if (payload.length > 16_384) return;
    check(signPayload(payload, keys.filter(() => random.chance(0.7)).slice(0, 16)));
  });
});

test("payloads of pieces", { timeout }, () => {
  fuzz(2_000, (random) => {
    const text = Array.from({ length: random.below(30) }, () => random.pick(pieces)).join("");
    check(writeEnvelope({ payload: Buffer.from(text).subarray(0, 16_384), signatures: [] }));
  });
});

test("texts", { timeout }, () => {
  fuzz(1_000, (random) => {
    const octets = random.pick(records);
    const text = Buffer.from(damaged(random, Buffer.from(writeRecordText(octets)))).toString("latin1");
    const read = readRecordText(text);
    if (read !== undefined && read.length > 0) expect(writeRecordText(read)).toContain("BEGIN FLORENETES FACT");
  });
});

function damaged(random: Random, octets: Uint8Array): Buffer {
  return altered(random, octets, () => Buffer.from(random.pick(pieces)));
}
