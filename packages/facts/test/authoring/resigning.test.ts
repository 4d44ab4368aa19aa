/** A rotation leaves keys out: what rests on them is signed anew before, and holds by the keys that stay. */
import { expect, test } from "vitest";
import { addSignatures } from "../../src/authoring/collected-signatures.ts";
import { proposeRecord, proposeVoid, requireRecord } from "../../src/authoring/proposal.ts";
import { proposeAgain, type Standing, standingsUnder } from "../../src/authoring/resigning.ts";
import { authorityFrom } from "../../src/authoring/root-chain.ts";
import { proposeRoot } from "../../src/authoring/root-proposal.ts";
import { makeSigningKey } from "../../src/authoring/signing-key.ts";
import type { Fact } from "../../src/fact.ts";
import { judge } from "../../src/judge.ts";
import { slotOf } from "../../src/slots.ts";
import { unknownKind } from "../cases/scene.ts";

const DAY = 86_400_000;
const now = Date.parse("2026-11-25T12:00:00.000Z");
const roots = ["r1", "r2", "r3"].map(makeSigningKey);
const [k1, k2, k3, k4] = ["k1", "k2", "k3", "k4"].map(makeSigningKey) as [Key, Key, Key, Key];
const program = { ...makeSigningKey("program"), auto: true as const };
type Key = ReturnType<typeof makeSigningKey>;

const rootOf = (control: readonly (Key & { auto?: true })[], after?: Fact): Buffer =>
  addSignatures(
    proposeRoot({
      cluster: "demo",
      authorities: { root: { keys: roots }, control: { keys: control, threshold: 2 } },
      grace: 0,
      after,
      now,
    }),
    roots.slice(0, 2),
  );
const first = rootOf([k1, k2, k3]);
const second = rootOf([k1, k3, program], requireRecord(first));

const policy = (scope: string, keys: readonly Key[], more: object = {}): Fact => {
  const place = { cluster: "demo", kind: "policy" as const, scope, subject: scope };
  return requireRecord(addSignatures(proposeRecord({ ...place, body: { hold: 60 }, now: now - DAY, ...more }), keys));
};
const voidOf = (fact: Fact, keys: readonly Key[]): Fact => {
  const { cluster, kind, scope, subject } = fact;
  return requireRecord(addSignatures(proposeVoid({ cluster, kind, scope, subject, after: fact, now }), keys));
};
const octetsOf = (fact: Fact, keys: readonly Key[]): Buffer => addSignatures(proposeAgain(fact, now), keys);

const announce = requireRecord(
  proposeRecord({
    cluster: "demo",
    kind: "announce",
    subject: "a",
    issuer: "a",
    body: { endpoints: [], "spki-hashes": [], services: [], capabilities: [] },
    now,
  }),
);

const oldest = policy("org/newer", [k1, k2]);
test.each<[string, Fact, Standing]>([
  ["of two keys that stay", policy("org/stays", [k1, k3]), "holds"],
  ["of two keys that stay, and one that goes", policy("org/three", [k1, k2, k3]), "holds"],
  ["of a key that stays, and one that goes", policy("org/goes", [k1, k2]), "lost"],
  ["of a key that stays, and a program's", policy("org/program", [k1, program]), "lost"],
  ["of strangers", policy("org/strangers", [k4, k2]), "lost"],
  ["that has a newer one beside it", oldest, "replaced"],
  ["that is void, of a key that goes", voidOf(policy("org/void", [k1, k3]), [k1, k2]), "lost"],
  ["that has ended", policy("org/ended", [k1, k2], { expires: now }), "ended"],
  ["of a node", announce, "other"],
  ["of a kind of a later version", requireRecord(unknownKind()), "other"],
  ["of the root", requireRecord(first), "other"],
])("the standing of a record %s", (_, fact, standing) => {
  const facts = [fact, voidOf(oldest, [k1, k2])];
  expect(standingsUnder(requireRecord(second), facts, now).get(fact)).toBe(standing);
});

test("a void record by k1 and k2 outlives the rotation that takes k2 away, once it was signed anew", () => {
  const before = policy("org/acme", [k1, k2]);
  const taken = voidOf(before, [k1, k2]);
  const anew = octetsOf(taken, [k1, k3]);
  expect(requireRecord(anew)).toMatchObject({ epoch: 3, void: true });
  const held = [before, taken];
  const judgeBy = (chain: readonly Uint8Array[], octets: Uint8Array): unknown => {
    const heldFacts = { in: (slot: string) => held.filter((fact) => slotOf(fact) === slot) };
    const judged = judge(octets, { authority: authorityFrom(chain, now), held: heldFacts, now, development: false });
    return judged.isAccepted ? "accepted" : judged.reason;
  };
  expect(judgeBy([first], anew)).toBe("accepted");
  expect(judgeBy([first, second], anew)).toBe("accepted");
  held.splice(0, held.length, requireRecord(anew));
  // A record of an epoch that was taken back finds the floor, after the rotation, too.
  const back = addSignatures(
    proposeRecord({
      cluster: "demo",
      kind: "policy",
      scope: "org/acme",
      subject: "org/acme",
      body: {},
      epoch: 3,
      now,
    }),
    [k1, k3],
  );
  expect(judgeBy([first, second], back)).toBe("voided");
});

test("a record that is signed anew says the same, by the same authority", () => {
  const before = policy("org/acme", [k1, k2], { epoch: 7 });
  const { body, epoch, generation, issued, authority, scope } = requireRecord(proposeAgain(before, now));
  expect({ body, authority, scope }).toEqual({ body: before.body, authority: "control", scope: "org/acme" });
  expect({ epoch, generation, issued }).toEqual({ epoch: 8, generation: before.generation + 1, issued: now });
});
