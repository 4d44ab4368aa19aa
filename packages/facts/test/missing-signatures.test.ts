import { expect, test } from "vitest";
import { signPayload, type Signer } from "../src/fact.ts";
import { describeMissing, missingSignatures } from "../src/missing-signatures.ts";
import type { Grounds } from "../src/rights.ts";
import { authorityOf, factOf, heldOf } from "./held.ts";
import {
  auto,
  control,
  listOf,
  type Members,
  NOW,
  payload,
  record,
  root1,
  rootBody,
  stranger,
  update,
} from "./records.ts";

const rootRecord = (epoch: number, signers: readonly Signer[], keys = root1): Buffer =>
  record({ kind: "root", subject: "root", authority: "root", epoch, body: rootBody({}, keys) }, signers);
const authority = authorityOf([rootRecord(1, root1)]);
const grounds = (held: readonly Uint8Array[] = []): Grounds => ({ authority, held: heldOf(held), now: NOW });

const service: Members = {
  kind: "service",
  subject: "web",
  body: { aliases: [], mode: "active-active", classes: ["reliable"], hosts: [{ node: "b", priority: 1, weight: 1 }] },
};

test.each<[string, Members, readonly Signer[], string]>([
  ["nobody", {}, [], "It has 0 of the 3 signatures that control takes; control-a, control-b or control-c may sign."],
  [
    "one",
    {},
    control.slice(1, 2),
    "It has 1 of the 3 signatures that control takes (control-b); control-a or control-c may sign.",
  ],
  [
    "a stranger and a program",
    {},
    [stranger, ...auto],
    "It has 0 of the 3 signatures that control takes; control-a, control-b or control-c may sign.",
  ],
  ["enough", {}, control, ""],
  [
    "another authority",
    { ...service, authority: "update" },
    update,
    "It has 0 of the 3 signatures that control takes; control-a, control-b or control-c may sign.",
  ],
  [
    "a node that is none",
    {
      kind: "announce",
      subject: "b",
      authority: "node",
      issuer: "b",
      body: { endpoints: [], "spki-hashes": [], services: [], capabilities: [] },
    },
    [stranger],
    "",
  ],
])("a record that %s has signed", (_, members, signers, words) => {
  expect(describeMissing(missingSignatures(factOf(signPayload(payload(members), signers)), grounds()))).toBe(words);
});

test("a signature that is wrong counts for nobody", () => {
  const octets = record({}, control);
  octets[octets.length - 1]! ^= 1;
  expect(missingSignatures(factOf(octets), grounds())).toEqual([
    { authority: "control", threshold: 3, signed: ["control-a", "control-b"], others: ["control-c"] },
  ]);
});

test("a policy says who signs a service", () => {
  const policy = record({ body: { services: [{ service: "web", authority: "update" }] } });
  const fact = factOf(record({ ...service, authority: "update" }, update.slice(0, 1)));
  expect(missingSignatures(fact, grounds([policy]))).toEqual([
    { authority: "update", threshold: 2, signed: ["update-a"], others: ["update-b"] },
  ]);
});

test("the next root takes the quorums of both versions", () => {
  const keys = [root1[0]!, ...["root x", "root y"].map((name) => ({ ...stranger, name }))].slice(0, 2);
  const fact = factOf(
    record(
      {
        kind: "root",
        subject: "root",
        authority: "root",
        epoch: 2,
        body: rootBody({ authorities: { ...rootBody().authorities, root: listOf(keys, 2) } }),
      },
      root1.slice(0, 1),
    ),
  );
  expect(missingSignatures(fact, grounds())).toEqual([
    { authority: "root of version 1", threshold: 2, signed: ["root-a"], others: ["root-b", "root-c"] },
    { authority: "root of version 2", threshold: 2, signed: ["root-a"], others: ["root-x"] },
  ]);
});
