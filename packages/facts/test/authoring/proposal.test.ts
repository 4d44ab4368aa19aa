import { expect, test } from "vitest";
import { addSignatures } from "../../src/authoring/collected-signatures.ts";
import { proposeRecord, proposeVoid, requireRecord } from "../../src/authoring/proposal.ts";
import { authorityFrom } from "../../src/authoring/root-chain.ts";
import { proposeRoot, type RootProposal } from "../../src/authoring/root-proposal.ts";
import { makeSigningKey, readPublicKey, writePublicKey } from "../../src/authoring/signing-key.ts";
import { writeRecordText } from "../../src/envelope.ts";
import type { Fact } from "../../src/fact.ts";
import { judge, type Judgement } from "../../src/judge.ts";
import { readRecordTexts } from "../../src/record-texts.ts";
import type { RootBody } from "../../src/root-body.ts";
import { slotOf } from "../../src/slots.ts";

const now = Date.parse("2026-11-25T12:00:00.000Z");
const DAY = 86_400_000;
const [r1, r2, r3, r4] = ["r1", "r2", "r3", "r4"].map(makeSigningKey) as [Key, Key, Key, Key];
const [c1, c2, c3] = ["c1", "c2", "c3"].map(makeSigningKey) as [Key, Key, Key];
type Key = ReturnType<typeof makeSigningKey>;

const rootOf = (root: readonly Key[], more: Partial<RootProposal> = {}, control = [c1, c2, c3]): Buffer =>
  proposeRoot({ cluster: "demo", authorities: { root: { keys: root }, control: { keys: control } }, now, ...more });
const first = addSignatures(rootOf([r1, r2, r3]), [r1, r3]);
const authority = authorityFrom([first], now);
const service = (more: object = {}): Buffer =>
  proposeRecord({
    cluster: "demo",
    kind: "service",
    subject: "web",
    body: { aliases: [], mode: "active-active", classes: [], hosts: [] },
    now,
    ...more,
  });

function judged(octets: Uint8Array, held: readonly Fact[] = []): Judgement {
  const heldFacts = { in: (slot: string) => held.filter((fact) => slotOf(fact) === slot) };
  return judge(octets, { authority, held: heldFacts, now, development: false });
}

const reasonOf = (judgement: Judgement): string | undefined => (judgement.isAccepted ? undefined : judgement.reason);

test.each([
  ["nobody", [], "quorum"],
  ["one", [c1], "quorum"],
  ["two of three", [c1, c3], undefined],
  ["a pair of root keys", [r1, r2], "unknown-key"],
])("a proposal with signatures of %s", (_, keys, reason) => {
  expect(reasonOf(judged(addSignatures(service(), keys)))).toBe(reason);
});

test.each([
  ["node", 90],
  ["role", 7],
  ["service", 30],
  ["policy", 90],
] as const)("a record of the kind %s lives %d days unless it is said otherwise", (kind, days) => {
  const bodies = {
    node: { key: r1.key, organization: "acme", partition: "north", "trust-tier": 0 },
    role: { actions: [], services: [], depth: 0 },
    service: { aliases: [], mode: "active-active", classes: [], hosts: [] },
    policy: {},
  } as const;
  const subject = { node: "a", role: "a/relay/north", service: "web", policy: "cluster" }[kind];
  const { issued, expires, epoch, generation } = requireRecord(
    proposeRecord({ cluster: "demo", kind, subject, body: bodies[kind], now }),
  );
  expect({ issued, expires, epoch, generation }).toEqual({
    issued: now,
    expires: now + days * DAY,
    epoch: 1,
    generation: 1,
  });
});

test("a void record follows what it takes back, for as long as its kind may live", () => {
  const before = requireRecord(addSignatures(service({ epoch: 4 }), [c1, c2]));
  const taken = addSignatures(proposeVoid({ cluster: "demo", kind: "service", subject: "web", now, after: before }), [
    c2,
    c3,
  ]);
  expect(requireRecord(taken)).toMatchObject({ epoch: 5, void: true, body: {}, expires: now + 30 * DAY });
  expect(reasonOf(judged(taken, [before]))).toBeUndefined();
  for (const [kind, why] of [
    ["root", "cannot be void"],
    ["weather", "no kind"],
  ] as const) {
    expect(() => proposeVoid({ cluster: "demo", kind, subject: "root", now })).toThrow(why);
  }
});

test.each([
  ["the quorum of the version before alone", [r1, r2], "unknown-key"],
  ["the quorum of the next version alone", [r3, r4], "unknown-key"],
  ["one of each", [r1, r4], "unknown-key"],
  ["both", [r1, r2, r3, r4], undefined],
  ["two keys that are in both, and nobody else", [r2, r3], undefined],
])("a rotation with signatures of %s", (_, keys, reason) => {
  const next = rootOf([r2, r3, r4], { after: authority.root });
  expect(requireRecord(next).epoch).toBe(2);
  expect(reasonOf(judged(addSignatures(next, keys)))).toBe(reason);
});

test("a rotation with too few signatures, all of keys that count, lacks its quorum", () => {
  const next = rootOf([r1, r2, r3], { after: authority.root, grace: 0 });
  expect(reasonOf(judged(addSignatures(next, [r2])))).toBe("quorum");
});

test("roots that follow each other are one authority, and none that lacks a version or its quorum", () => {
  const second = rootOf([r1, r2, r4], { after: authority.root });
  const signed = addSignatures(second, [r1, r2]);
  expect(authorityFrom([first, signed], now).version).toBe(2);
  const third = addSignatures(rootOf([r1, r2, r4], { after: requireRecord(signed) }), [r1, r2]);
  expect(authorityFrom([first, signed, third], now).version).toBe(3);
  for (const roots of [[], [first, third], [first, second], [second], [service()]]) {
    expect(() => authorityFrom(roots, now)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_NO_ROOT" }) as Error);
  }
});

test.each([
  ["has one key in two lists", () => rootOf([r1, r2, r3], {}, [c1, r3]), "r3 and r3 are one key"],
  ["has one key under two names", () => rootOf([r1, r2, { ...r1, name: "x" }]), "r1 and x are one key"],
  ["has one key", () => rootOf([r1]), "at least 2"],
  ["counts programs for people", () => rootOf([r1, r2], {}, [c1, { ...c2, auto: true }] as Key[]), "keys of people"],
])("a root that %s is not proposed", (_, make, hint) => {
  expect(make).toThrow(hint);
});

test("keys of programs come on top of those of people, who decide how many have to sign", () => {
  const programs = [1, 2, 3].map((at) => ({ ...makeSigningKey(`program-${at}`), auto: true as const }));
  const { body } = requireRecord(rootOf([r1, r2], {}, [c1, c2, c3, ...programs] as Key[]));
  expect(body).toMatchObject({ authorities: { control: { threshold: 2 } } });
  expect((body["authorities"] as RootBody["authorities"]).control.keys.filter(({ auto }) => auto)).toHaveLength(3);
});

test("a public key is one line, whatever mail does to its ends", () => {
  const { name, key } = r1;
  expect(readPublicKey(`\r\n  ${writePublicKey(r1).trim()} \r\n`)).toEqual({ name, key });
  expect(readPublicKey(`${name}=${key.toUpperCase()}`)).toEqual({ name, key });
  for (const text of [
    "",
    "ed25519",
    `ed25519 ${key}`,
    `ed25519 ${key.slice(1)} r1`,
    `rsa ${key} r1`,
    `ed25519 ${key} R1`,
    `${writePublicKey(r1)}${writePublicKey(r2)}`,
  ]) {
    expect(() => readPublicKey(text)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_PUBLIC_KEY" }) as Error);
  }
});

test("several records of one text are read, and nothing between them is passed over", () => {
  const records = [first, service(), service({ epoch: 2 })];
  const text = records.map(writeRecordText).join("\r\n\r\n");
  expect(readRecordTexts(text)).toEqual(records);
  const block = writeRecordText(first);
  for (const wrong of [
    "",
    "\n",
    `x\n${block}`,
    `${block}x`,
    `${block}x\n${block}`,
    block.slice(0, -30),
    `${block}${block.slice(0, -40)}`,
  ]) {
    expect(readRecordTexts(wrong)).toBeUndefined();
  }
});
