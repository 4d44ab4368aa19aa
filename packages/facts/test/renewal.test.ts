import { expect, test } from "vitest";
import { Authority } from "../src/authority.ts";
import { type Fact, readFact, signPayload } from "../src/fact.ts";
import { readEnvelope } from "../src/envelope.ts";
import { judge } from "../src/judge.ts";
import { INTEGER_MAX } from "../src/limits.ts";
import { renewalOf } from "../src/renewal.ts";
import { ofPrograms, programs } from "./cases/scene.ts";
import { factOf } from "./held.ts";
import { alpha, DAY, type Members, node, NOW, service, voided } from "./records.ts";

const authority = Authority.of(factOf(ofPrograms));
const LIFE = 8 * DAY;
const life = { issued: NOW, expires: NOW + LIFE };
const web = (members: Members = {}, signers?: typeof programs, body: Members = {}): Fact =>
  factOf(service({ ...life, ...members }, body, signers));
const at = (now: number) => ({ authority, now });

test("the renewal of a record follows from it: the same for half of its life more, due when half of it has passed", () => {
  const base = web({ epoch: 4, generation: 3 });
  const renewal = renewalOf([base], at(NOW))!;
  expect(renewal).toMatchObject({ due: NOW + LIFE / 2, late: NOW + (3 * LIFE) / 4 });
  const fact = readFact(renewal.octets(), "demo") as Fact;
  const { issued, expires } = { issued: NOW + LIFE / 2, expires: NOW + (3 * LIFE) / 2 };
  expect(fact).toMatchObject({ epoch: 5, generation: 3, issued, expires, body: base.body });
  const next = factOf(signed(renewal.octets()));
  expect(renewalOf([base, next], at(NOW + LIFE))).toMatchObject({ current: next, due: NOW + LIFE });
});

test.each<[string, Partial<Fact>]>([
  ["short", { issued: NOW + DAY, expires: NOW + LIFE }],
  ["long", { issued: NOW, expires: NOW + 30 * DAY }],
  ["of a high epoch", { epoch: INTEGER_MAX - 1 }],
])("a renewal that is %s is renewed by what people have said, and is taken", (_, members) => {
  const base = web();
  const current = web({ epoch: 2, ...members }, programs);
  const { due, octets } = renewalOf([base, current], at(NOW + DAY))!;
  const next = factOf(signed(octets()));
  expect(next.expires - next.issued).toBe(LIFE);
  expect([next.expires > current.expires, next.epoch]).toEqual([true, current.epoch + 1]);
  const held = { in: () => [base, current] };
  const judgement = judge(signed(octets()), { ...at(Math.max(due, NOW + DAY)), held, development: false });
  expect(judgement).toMatchObject({ isAccepted: true });
});

test.each<[string, readonly Fact[], number?]>([
  ["nothing", []],
  ["a void record", [factOf(service(voided(30, { epoch: 2 }))), web()]],
  [
    "a renewal that people have taken back",
    [web(), web({ epoch: 5 }, programs), factOf(service(voided(30, { epoch: 6 })))],
  ],
  ["what has ended", [web()], NOW + LIFE],
  ["what ends before what people have said", [web(), web({ epoch: 2, expires: NOW + DAY }, programs)]],
  ["other words than people's", [web(), web({ epoch: 2 }, programs, { mode: "leader" })]],
  ["a record that programs alone have signed", [factOf(node(alpha, life, { "trust-tier": 0 }, programs))]],
  ["the highest epoch", [web({ epoch: INTEGER_MAX })]],
  ["a record without a life to halve", [web({ issued: NOW, expires: NOW + 1 })]],
  ["a service of another quorum", [web({ authority: "update" })]],
])("there is no renewal of %s", (_, facts, now = NOW) => {
  expect(renewalOf(facts, at(now))).toBeUndefined();
});

function signed(octets: Uint8Array): Buffer {
  const envelope = readEnvelope(octets);
  if (typeof envelope === "string") throw new Error(envelope);
  return signPayload(envelope.payload, programs);
}
