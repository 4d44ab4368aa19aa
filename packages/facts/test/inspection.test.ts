import { expect, test } from "vitest";
import { readEnvelope, type Signature, writeEnvelope } from "../src/envelope.ts";
import type { Signer } from "../src/fact.ts";
import { inspectCopies, type Inspection } from "../src/inspection.ts";
import { authorityOf, factOf, heldOf } from "./held.ts";
import {
  alpha,
  announce,
  beta,
  control,
  listOf,
  type Members,
  node,
  NOW,
  record,
  root,
  root1,
  root2,
  rootBody,
  stranger,
  update,
  voided,
} from "./records.ts";

const first = root(rootBody());

function inspect(copies: readonly Uint8Array[], held: readonly Uint8Array[] = [], roots = [first]): Inspection {
  const grounds = { authority: authorityOf(roots), held: heldOf(held), now: NOW, development: false };
  const envelopes = copies.map((octets) => readEnvelope(octets) as { readonly signatures: readonly Signature[] });
  return inspectCopies(factOf(copies[0]!), envelopes, grounds);
}

const apart = (members: Members, ...signers: readonly Signer[]): Buffer[] =>
  signers.map((signer) => record(members, [signer]));
const spoilt = (octets: Buffer): Buffer => {
  octets[octets.length - 1]! ^= 1;
  return octets;
};

test("signatures of copies are joined until the record is whole", () => {
  const two = inspect(apart({}, ...control.slice(0, 2)));
  expect(two.signed.toSorted()).toEqual(["control-a", "control-b"]);
  expect(two.isWhole).toBe(false);
  expect(two.missing).toEqual([
    { authority: "control", threshold: 3, signed: ["control-a", "control-b"], others: ["control-c"] },
  ]);
  expect(two.fault).toBeUndefined();
  expect(inspect(apart({}, ...control))).toMatchObject({ isWhole: true, missing: [] });
});

test("whoever joins the same signatures has the same octets, in whatever order they came", () => {
  const signers = [...control, update[0]!, root1[0]!];
  const copies = apart({}, ...signers);
  const joined = [copies, copies.toReversed(), [record({}, signers.toReversed())]].map((each) => inspect(each));
  const octets = joined.map(({ fact }) => Buffer.from(writeEnvelope(fact.envelope)).toString("hex"));
  expect(new Set(octets).size).toBe(1);
});

test("strangers and wrong signatures are left out, whichever copy comes first", () => {
  const bad = spoilt(record({}, control.slice(0, 1)));
  const good = record({}, [stranger, control[0]!]);
  for (const copies of [
    [bad, good],
    [good, bad],
  ])
    expect(inspect(copies).signed).toEqual(["control-a"]);
  expect(inspect([bad])).toMatchObject({ signed: [], isWhole: false });
  expect(inspect([bad]).fault).toBeUndefined();
});

test("signatures of other keys of the root stay, and do not count", () => {
  const { signed, missing, isWhole } = inspect(apart({}, root1[0]!, update[0]!, ...control.slice(0, 2)));
  expect(signed.slice(0, 2).toSorted()).toEqual(["control-a", "control-b"]);
  expect(signed.slice(2).toSorted()).toEqual(["root-a (root)", "update-a (update)"]);
  expect(missing[0]).toMatchObject({ signed: ["control-a", "control-b"] });
  expect(isWhole).toBe(false);
});

test("where there are more than a record has room for, those that count stay", () => {
  const many = Array.from({ length: 16 }, () => update[0]!);
  const lots = Array.from({ length: 15 }, (_, at) => ({ ...stranger, keyId: at.toString(16).padStart(64, "0") }));
  const copies = [record({}, [...lots, many[0]!]), ...apart({}, ...control)];
  const { signed, isWhole } = inspect(copies);
  expect([isWhole, signed.at(-1)]).toEqual([true, "update-a (update)"]);
  expect(signed.toSorted()).toEqual(["control-a", "control-b", "control-c", "update-a (update)"]);
});

test("a root takes the quorums of both versions, or the recovery keys in the place of the first", () => {
  const kept = [alpha, beta];
  const recovery = listOf(kept, 2);
  const before = root(rootBody({ recovery }));
  const next = (signers: readonly Signer[]): Buffer =>
    root(rootBody({ recovery }, root2), { epoch: 2, issued: NOW - 1 }, signers);
  const look = (signers: readonly Signer[]): Inspection => inspect([next(signers)], [], [before]);
  expect(look(root2.slice(2)).missing.map(({ authority, signed }) => [authority, signed])).toEqual([
    ["root of version 1", []],
    ["root of version 2", ["root-d"]],
  ]);
  expect(look(root1.slice(0, 2))).toMatchObject({ isWhole: true, missing: [], signed: ["root-a", "root-b"] });
  expect(look([...kept, ...root2.slice(1)])).toMatchObject({ isWhole: true, missing: [] });
  expect(look([alpha, ...root2.slice(1)])).toMatchObject({ isWhole: false });
});

test.each<[string, Members, readonly Uint8Array[], string]>([
  ["older", { epoch: 1 }, [record({ epoch: 2 })], "older"],
  ["void", { epoch: 1 }, [record(voided(90, {}))], "voided"],
  [
    "of the node",
    { kind: "node", subject: "b", scope: "cluster", authority: "update", body: nodeBody() },
    [],
    "authority",
  ],
  ["from tomorrow", { issued: NOW + 3_600_000 }, [], "future"],
])("a record that is %s says so, however few have signed", (_, members, held, fault) => {
  expect(inspect(apart(members, control[0]!), held)).toMatchObject({ fault, isWhole: false });
  expect(inspect([record(members)], held).fault).toBe(fault);
});

test("a whole record with a fault lacks no signature", () => {
  expect(inspect([record({})], [record({ epoch: 2 })])).toMatchObject({ fault: "older", isWhole: true, missing: [] });
});

test("a node's own record is signed by the node", () => {
  expect(inspect([announce(alpha)], [node(alpha)])).toMatchObject({ signed: ["node alpha"], isWhole: true });
  expect(inspect([announce(alpha, {}, {}, [stranger])], [node(alpha)]).missing).toEqual([
    { authority: "node alpha", threshold: 1, signed: [], others: ["node alpha"] },
  ]);
});

function nodeBody(): Members {
  return { key: alpha.key, organization: "acme", partition: "north", "trust-tier": 1 };
}
