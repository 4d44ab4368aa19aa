import { type Judgement, writeRecordText } from "@florenetes/facts";
import { expect, test } from "vitest";
import { factQuestions } from "../../src/admin/fact-questions.ts";
import { recordOrders } from "../../src/admin/record-orders.ts";
import { HeldRecords } from "../../src/agent/records/held-records.ts";
import { DAY, DemoCluster, newKey } from "../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);

function held(): HeldRecords {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  return new HeldRecords(options, { rows: [], lastSequence: 0, marks: new Map() }, NOW);
}

const order = (records: HeldRecords) => {
  const judge = (all: readonly Uint8Array[]): Judgement[] => all.map((octets) => records.offer(octets, NOW));
  const orders = recordOrders(judge, () => records.book !== undefined);
  return (text: string) => orders["/records"]!({ text, query: new URLSearchParams() }) as { records: object[] };
};

test("each record that is handed in gets its outcome, in the order of the records", () => {
  const hand = order(held());
  const half = cluster.control({ kind: "policy", body: { carriers: "quic-only" } }, 1);
  const text = [cluster.root, cluster.service("web", ["b"]), half, cluster.root].map(writeRecordText).join("");
  const { records } = hand(text);
  expect(records).toEqual([
    { id: cluster.fingerprint, outcome: "taken" },
    { id: expect.stringMatching(/^[0-9a-f]{64}$/), outcome: "taken" },
    {
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: "refused",
      reason: "quorum",
      text: expect.stringContaining("too few signatures"),
    },
    { id: cluster.fingerprint, outcome: "known", text: expect.any(String) },
  ]);
});

test("before there is a root, only that is taken, and each refusal says so", () => {
  const { records } = order(held())(writeRecordText(cluster.service("web", ["b"])));
  expect(records).toMatchObject([{ outcome: "refused", text: expect.stringContaining("no root yet") }]);
});

test.each([
  ["nothing", ""],
  ["words", "hello"],
  ["words behind a record", `${writeRecordText(cluster.root)}hello`],
  ["half a record", writeRecordText(cluster.root).slice(0, 200)],
  ["too many records", writeRecordText(cluster.service("web", ["b"])).repeat(1_025)],
])("%s is refused as a whole", (_, text) => {
  expect(() => order(held())(text)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_RECORDS" }));
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
