import { hash } from "node:crypto";
import { describeRecord, readFact, REASONS, signPayload, writePayload, writeRecordText } from "@florenetes/facts";
import { AdminAnswer } from "@florenetes/process-kit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { inspectOrders } from "../../src/admin/inspect-orders.ts";
import { HeldRecords } from "../../src/agent/records/held-records.ts";
import { nothingKept } from "../agent/nothing-kept.ts";
import { DAY, DemoCluster, newKey, type TestKey } from "../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);
const stranger = newKey("s");

function held(...records: readonly Uint8Array[]): HeldRecords {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  const all = new HeldRecords(options, nothingKept(), NOW);
  for (const octets of records) expect(all.offer(octets, NOW)).toMatchObject({ isAccepted: true });
  return all;
}

/** Asks an agent that holds some records. */
function ask(records: HeldRecords, text: string): { readonly status: number; readonly body: Record<string, unknown> } {
  const orders = inspectOrders({ cluster: "demo", bookOf: () => records.book, wallClock: () => NOW });
  const answer = orders["/inspect"]!({ text, query: new URLSearchParams() });
  if (answer instanceof AdminAnswer) return answer as ReturnType<typeof ask>;
  return { status: 200, body: JSON.parse(JSON.stringify(answer)) as Record<string, unknown> };
}

const texts = (...all: readonly Uint8Array[]): string => all.map(writeRecordText).join("");
const web = { kind: "service", subject: "web", body: webBody(["b"]) };

test("a proposal is told with who has signed it, who may, and what it changes", () => {
  const before = cluster.service("web", ["b"]);
  const members = { ...web, epoch: 2, body: webBody(["b", "c"]) };
  const { status, body } = ask(held(cluster.root, before), texts(cluster.control(members, 1)));
  expect(status).toBe(200);
  const fact = readFact(cluster.control(members), "demo");
  if (typeof fact === "string") throw new Error(fact);
  expect(body).toEqual({
    id: fact.id,
    kind: "service",
    scope: "cluster",
    subject: "web",
    epoch: 2,
    generation: 1,
    issued: new Date(NOW - DAY).toISOString(),
    expires: new Date(NOW + 29 * DAY).toISOString(),
    authority: "control",
    issuer: null,
    void: false,
    body: members.body,
    payload: expect.any(String),
    words: expect.arrayContaining([
      "epoch      1 -> 2, generation 1 -> 1",
      `  hosts  ${JSON.stringify(web.body.hosts)} -> ${JSON.stringify(members.body.hosts)}`,
    ]),
    signed: ["k1"],
    missing: [{ authority: "control", threshold: 2, signed: ["k1"], others: ["k2", "k3"] }],
    isWhole: false,
    fault: null,
    inForce: { id: expect.not.stringMatching(fact.id), epoch: 1, generation: 1, body: web.body, proof: texts(before) },
    record: texts(cluster.control(members, 1)),
  });
  expect(hash("sha256", Buffer.from(body["payload"] as string, "base64"), "hex")).toBe(fact.id);
});

test("copies that were signed apart make one record, which the agent takes", () => {
  const records = held(cluster.root);
  const copies = [cluster.control(web, 1), cluster.control(web, 1, 2), cluster.control(web, 1)];
  const { body } = ask(records, texts(...copies));
  expect(body).toMatchObject({ missing: [], isWhole: true, fault: null, inForce: null });
  expect(signersIn(body)).toEqual(["k1", "k3"]);
  expect(body["words"]).toEqual(describeRecord(readFact(copies[0]!, "demo") as never, NOW).split("\n"));
  const again = ask(records, body["record"] as string).body;
  expect(again).toEqual(body);
});

test("nothing is held of what was looked at", () => {
  const records = held(cluster.root);
  expect(ask(records, texts(cluster.service("web", ["b"]))).body).toMatchObject({ isWhole: true });
  expect(records.book!.inForce("service", "cluster", "web", NOW)).toBeUndefined();
});

test.each([
  ["is in force already", cluster.service("web", ["b"], { epoch: 2 }), "duplicate"],
  ["is older", cluster.control(web, 1), "older"],
  ["is the next one", cluster.control({ ...web, epoch: 3 }, 1), undefined],
  ["ends before today", cluster.control({ ...web, epoch: 3, expires: NOW - 1 }, 1), "expired"],
  ["names an authority that may not", cluster.control({ ...web, epoch: 3, authority: "root" }, 1), "authority"],
])("a record that %s", (_, octets, reason) => {
  const { body } = ask(held(cluster.root, cluster.service("web", ["b"], { epoch: 2 })), texts(octets));
  expect(body["fault"]).toEqual(reason === undefined ? null : { reason, text: expect.stringMatching(/^\w.*\.$/) });
});

test("the next root takes the keys of both", () => {
  const { body } = ask(held(cluster.root), texts(cluster.nextRoot("root")));
  expect(body).toMatchObject({ isWhole: true, inForce: { id: cluster.fingerprint, proof: texts(cluster.root) } });
  expect((body["words"] as readonly string[]).some((line) => line.startsWith("  authorities"))).toBe(true);
});

test.each([
  ["of another cluster", signed({ cluster: "other" }), "cluster"],
  ["whose body is none of its kind", signed({ body: { hold: "long" } }), "body"],
  ["that is no JSON", signPayload(Buffer.from("none"), [stranger]), "not-canonical"],
  ["of another format", Buffer.from("none"), "envelope"],
  ["that is too large", Buffer.alloc(70_000, 1), "too-large"],
])("octets %s are no record", (_, octets, reason) => {
  expect(ask(held(cluster.root), texts(octets))).toEqual({
    status: 422,
    body: { reason, text: expect.stringMatching(/^\w.*\.$/) },
  });
});

test.each([
  ["nothing", ""],
  ["a mebibyte of anything", "a".repeat(1_048_576)],
  ["a mebibyte of ends", "-----END FLORENETES FACT-----\n".repeat(34_000)],
  ["words behind a record", `${texts(cluster.root)}hello`],
  ["seventeen copies", texts(cluster.root).repeat(17)],
  ["copies of two records", texts(cluster.root, cluster.service("web", ["b"]))],
])("%s is refused as a whole", (_, text) => {
  expect(() => ask(held(cluster.root), text)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_RECORDS" }));
});

test("before there is a root, nothing is judged", () => {
  expect(ask(held(), texts(cluster.root))).toMatchObject({ status: 503, body: { code: "NO_ROOT" } });
});

test("signatures of strangers, wrong ones and those of keys for other things stand in nobody's way", () => {
  const copies = [signed(web, stranger), spoilt(cluster.control(web, 1)), cluster.control(web, 2)];
  const { body } = ask(held(cluster.root), texts(...copies));
  expect(body["isWhole"]).toBe(true);
  expect(signersIn(body)).toEqual(["k1", "k2"]);
  // Nothing of the others is in the record.
  expect(body["record"]).toHaveLength(texts(cluster.control(web, 2)).length);
  expect(ask(held(cluster.root), body["record"] as string).body).toEqual(body);
});

test("a kind that is not known is told without a character that hides or moves others", () => {
  const body = { "a\nid         sha256:00": "\u202e<script>alert(1)</script>\u0007", "\u2028": ["\u200b"] };
  const { status, body: answer } = ask(held(cluster.root), texts(signed({ kind: "later", subject: "x", body })));
  expect(status).toBe(200);
  expect(answer["body"]).toEqual(body);
  const words = answer["words"] as readonly string[];
  expect(words).toHaveLength(7);
  for (const line of words) expect(line).toMatch(/^[ -~]+$/);
  expect(words).toContainEqual(expect.stringContaining(String.raw`"\u202e<script>alert(1)</script>\u0007"`));
});

test("of sixteen copies with wrong signatures of one key the one with a right one is found", () => {
  const wrong = Array.from({ length: 15 }, (_, at) => {
    const octets = cluster.control(web, 1);
    octets[octets.length - 1 - at]! ^= 1;
    return octets;
  });
  const answer = ask(held(cluster.root), texts(...wrong, cluster.control(web, 1)));
  expect(answer.body).toMatchObject({ signed: ["k1"], record: texts(cluster.control(web, 1)) });
});

test("octets that somebody has changed are told as no record, or as a record without a good signature more", () => {
  const records = held(cluster.root);
  const whole = cluster.control(web, 2);
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const octets = Buffer.from(whole);
      for (const { at, to } of changes) octets[at] = to;
      const { status, body } = ask(records, texts(octets));
      if (status === 422) {
        expect(Object.keys(REASONS)).toContain(body["reason"]);
        return;
      }
      const isSame = octets.equals(whole);
      expect(body["isWhole"]).toBe(isSame);
      if (isSame) expect(signersIn(body)).toEqual(["k1", "k2"]);
      expect(signersIn(body).every((name) => name === "k1" || name === "k2")).toBe(true);
    }),
  );
});

/** Names of the keys that have signed; a record has them in the order of the keys' ids, which are random here. */
function signersIn(body: Readonly<Record<string, unknown>>): readonly string[] {
  return (body["signed"] as readonly string[]).toSorted();
}

function webBody(nodes: readonly string[]) {
  const hosts = nodes.map((node) => ({ node, priority: 1, weight: 1 }));
  return { aliases: [], mode: "active-active", classes: ["reliable"], hosts };
}

/** A record that somebody signs who may not. */
function signed(members: Readonly<Record<string, unknown>>, signer: TestKey = stranger): Buffer {
  const place = { cluster: "demo", kind: "policy", scope: "cluster", subject: "cluster", epoch: 1, generation: 1 };
  const rest = { issued: NOW - DAY, expires: NOW + 29 * DAY, authority: "control", body: {} };
  return signPayload(writePayload({ ...place, ...rest, ...members }), [signer]);
}

function spoilt(octets: Buffer): Buffer {
  octets[octets.length - 1]! ^= 1;
  return octets;
}
