import { type Judgement, type Reason, REASONS, writeRecordText } from "@florenetes/facts";
import type { AdminAnswer } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { factQuestions } from "../../src/admin/fact-questions.ts";
import { recordOrders, SHARED_RECORDS_MAX, statusOf } from "../../src/admin/record-orders.ts";
import { refuseUnsigned } from "../../src/admin/unsigned-change.ts";
import { HeldRecords } from "../../src/agent/records/held-records.ts";
import { nothingKept } from "../agent/nothing-kept.ts";
import { DAY, DemoCluster, newKey } from "../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);

function held(): HeldRecords {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  return new HeldRecords(options, nothingKept(), NOW);
}

const order = (records: HeldRecords) => {
  const hand = (all: readonly Uint8Array[]): Judgement[] => all.map((octets) => records.offer(octets, NOW));
  const orders = recordOrders({ hand, cluster: "demo", bookOf: () => records.book, wallClock: () => NOW });
  return (text: string): { readonly status: number; readonly records: object[] } => {
    const { status, body } = orders["/records"]!({ text, query: new URLSearchParams() }) as AdminAnswer;
    return { status, records: (body as { records: object[] }).records };
  };
};

test("each record that is handed in gets its outcome, in the order of the records", () => {
  const hand = order(held());
  const half = cluster.control({ kind: "policy", body: { carriers: "quic-only" } }, 1);
  const text = [cluster.root, cluster.service("web", ["b"]), half, cluster.root].map(writeRecordText).join("");
  const { status, records } = hand(text);
  expect(status).toBe(403);
  expect(records).toEqual([
    { id: cluster.fingerprint, outcome: "taken", status: 200 },
    { id: expect.stringMatching(/^[0-9a-f]{64}$/), outcome: "taken", status: 200 },
    {
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: "refused",
      status: 403,
      reason: "quorum",
      text: expect.stringMatching(
        /too few signatures.* It has 1 of the 2 signatures that control takes \(k1\); k2 or k3 may sign\.$/,
      ),
    },
    { id: cluster.fingerprint, outcome: "known", status: 200, text: expect.any(String) },
  ]);
});

test("before there is a root, only that is taken, and each refusal says so", () => {
  const { status, records } = order(held())(writeRecordText(cluster.service("web", ["b"])));
  expect(status).toBe(503);
  expect(records).toMatchObject([{ outcome: "refused", text: expect.stringContaining("no root yet") }]);
});

test("an unsigned change is refused, with the quorums that it takes", () => {
  const records = held();
  const answers = recordOrders({ hand: () => [], cluster: "demo", bookOf: () => records.book, wallClock: () => NOW });
  const send = (text: string) => answers["/records"]!({ text, query: new URLSearchParams() });
  expect(send('{"service":"web"}')).toEqual(refuseUnsigned(undefined));
  records.offer(cluster.root, NOW);
  expect(send('{"service":"web"}')).toMatchObject({
    status: 403,
    body: {
      code: "ERR_FABRIC_UNSIGNED",
      message: expect.stringContaining("control takes 2 signatures, of k1, k2, k3"),
    },
  });
});

test("the status of several records is that of the worst", () => {
  const hand = order(held());
  const statusFor = (...records: readonly Uint8Array[]) => hand(records.map(writeRecordText).join("")).status;
  const web = cluster.service("web", ["b"], { epoch: 3 });
  expect(statusFor(cluster.root, web)).toBe(200);
  const older = cluster.service("web", ["c"], { epoch: 2 });
  expect(statusFor(web, older)).toBe(409);
  const ended = cluster.service("ended", ["c"], { issued: NOW - 2 * DAY, expires: NOW - DAY });
  expect(statusFor(older, ended)).toBe(422);
  expect(statusFor(ended, older, cluster.control({ subject: "cluster", kind: "policy" }, 0))).toBe(403);
});

test("each reason has the status of its group", () => {
  const byStatus = Object.groupBy(Object.keys(REASONS) as Reason[], (reason) => String(statusOf(reason)));
  expect(byStatus).toMatchInlineSnapshot(`
    {
      "200": [
        "duplicate",
      ],
      "403": [
        "development",
        "authority",
        "scope",
        "issuer",
        "subject",
        "depth",
        "unknown-key",
        "signature",
        "quorum",
      ],
      "409": [
        "older",
        "voided",
        "gap",
        "fingerprint",
      ],
      "422": [
        "too-large",
        "envelope",
        "not-canonical",
        "cluster",
        "unknown-schema",
        "body",
        "expired",
        "future",
        "lifetime",
        "no-endpoints",
        "too-many-endpoints",
        "carrier",
        "bad-address",
        "delivered",
      ],
      "507": [
        "quota",
        "full",
      ],
    }
  `);
});

test("of many refused records the first sixteen are told whose signatures they lack", () => {
  const records = held();
  records.offer(cluster.root, NOW);
  const texts = Array.from({ length: 20 }, (_, at) => writeRecordText(cluster.service(`s${at}`, ["b"], {}, {}, 1)));
  const told = order(records)(texts.join("")).records.map((each) => (each as { text: string }).text);
  expect(told.map((text) => text.includes("may sign"))).toEqual(Array.from({ length: 20 }, (_, at) => at < 16));
});

test.each([
  ["nothing", ""],
  ["words behind a record", `${writeRecordText(cluster.root)}hello`],
  ["half a record", writeRecordText(cluster.root).slice(0, 200)],
  ["too many records", writeRecordText(cluster.service("web", ["b"])).repeat(1_025)],
])("%s is refused as a whole", (_, text) => {
  expect(() => order(held())(text)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_RECORDS" }));
});

test("where others share the socket, fewer records are taken at once", () => {
  const bookOf = (): undefined => undefined;
  const options = { hand: () => [], cluster: "demo", bookOf, wallClock: () => NOW, atOnceMax: SHARED_RECORDS_MAX };
  const text = writeRecordText(cluster.root).repeat(SHARED_RECORDS_MAX + 1);
  const hand = (): unknown => recordOrders(options)["/records"]!({ text, query: new URLSearchParams() });
  expect(hand).toThrow(expect.objectContaining({ code: "ERR_FABRIC_RECORDS" }));
});

test("a record of octets that are none has no id", () => {
  const { records } = order(held())(writeRecordText(Buffer.from("none")));
  expect(records).toMatchObject([{ id: null, outcome: "refused", reason: "envelope" }]);
});

test("what is in force is told, with the reason and the record itself", () => {
  const records = held();
  const ask = (query: string) =>
    factQuestions(
      () => records.book,
      () => NOW,
    )["/facts"]!(new URLSearchParams(query)) as { facts: Record<string, unknown>[]; left: number };
  expect(ask("")).toEqual({ facts: [], left: 0 });
  const web = cluster.service("web", ["b"], { epoch: 3 });
  for (const octets of [cluster.root, cluster.service("web", ["c"]), web, cluster.node(newKey("b"))]) {
    expect(records.offer(octets, NOW)).toMatchObject({ isAccepted: true });
  }
  expect(ask("").facts.map(({ kind, subject }) => [kind, subject].join(" "))).toEqual([
    "root root",
    "node b",
    "service web",
  ]);
  expect(ask("kind=service").facts).toMatchObject([
    {
      subject: "web",
      epoch: 3,
      body: { hosts: [{ node: "b" }] },
      reason: "it is the newest of its slot, and signed for control by k1, k2, 2 of 3 needed",
      proof: writeRecordText(web),
    },
  ]);
  expect(ask("kind=node&subject=b").facts).toHaveLength(1);
  expect(ask("subject=nobody").facts).toEqual([]);
  expect(ask("kind=unheard-of").facts).toEqual([]);
});

test("an answer has no more than a mebibyte of records, and says how many are left", () => {
  const records = held();
  records.offer(cluster.root, NOW);
  const aliases = Array.from({ length: 8 }, (_, at) => `${"long".repeat(14)}-${at}`);
  for (let at = 0; at < 900; at++) {
    records.offer(cluster.service(`s${at}`, ["b"], {}, { aliases: aliases.map((alias) => `${alias}-${at}`) }), NOW);
  }
  const answer = factQuestions(
    () => records.book,
    () => NOW,
  )["/facts"]!(new URLSearchParams()) as { facts: object[]; left: number };
  expect(JSON.stringify(answer).length).toBeLessThan(1_100_000);
  expect(answer.left).toBeGreaterThan(0);
  expect(answer.facts.length + answer.left).toBe(records.book!.size + 1);
});
