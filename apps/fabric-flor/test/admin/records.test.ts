import { type Judgement, type Reason, REASONS, writeRecordText } from "@florenetes/facts";
import type { AdminAnswer } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { digestQuestions } from "../../src/admin/digest-questions.ts";
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

interface FactsAnswer {
  readonly facts: readonly Readonly<Record<string, unknown>>[];
  readonly left: number;
  readonly next: string | null;
}

interface DigestsAnswer {
  readonly kinds: Readonly<Record<string, { readonly count: number; readonly hash: string }>>;
  readonly scopes: readonly string[];
}

/** Asks for records, as an agent has it that has taken note of all events. */
function asker(records: HeldRecords): (query: string) => FactsAnswer {
  const route = factQuestions(records, () => NOW)["/facts"]!;
  return (query) => {
    while (records.pollEvent() !== undefined);
    return route(new URLSearchParams(query)) as FactsAnswer;
  };
}

test("what is in force is told in the order of slots, with the reason and the record itself", () => {
  const records = held();
  const ask = asker(records);
  expect(ask("")).toEqual({ facts: [], left: 0, next: null });
  const web = cluster.service("web", ["b"], { epoch: 3 });
  const others = ["web-2", "api"].map((name) => cluster.service(name, ["b"], { scope: "org/acme" }));
  for (const octets of [cluster.root, cluster.service("web", ["c"]), web, cluster.node(newKey("b")), ...others]) {
    expect(records.offer(octets, NOW)).toMatchObject({ isAccepted: true });
  }
  const slots = (query: string): readonly string[] =>
    ask(query).facts.map(({ kind, scope, subject }) => [kind, scope, subject].join(" "));
  expect(slots("")).toEqual([
    "node cluster b",
    "root cluster root",
    "service cluster web",
    "service org/acme api",
    "service org/acme web-2",
  ]);
  expect(ask("kind=service").facts[0]).toMatchObject({
    subject: "web",
    epoch: 3,
    body: { hosts: [{ node: "b" }] },
    reason: "it is the newest of its slot, and signed for control by k1, k2, 2 of 3 needed",
    proof: writeRecordText(web),
  });
  expect(ask("kind=node&subject=b").facts).toHaveLength(1);
  expect(slots("scope=org/acme")).toEqual(["service org/acme api", "service org/acme web-2"]);
  expect(slots("after=root/cluster/root")).toEqual(slots("kind=service"));
  expect(slots("after=service%2Forg%2Facme%2Fapi")).toEqual(["service org/acme web-2"]);
  expect(slots("after=node/cluster/a&scope=cluster&kind=node")).toEqual(["node cluster b"]);
  for (const query of [
    "subject=nobody",
    "kind=unheard-of",
    "kind=lease",
    "scope=",
    "after=token/cluster/" + "f".repeat(64),
  ])
    expect(ask(query), query).toEqual({ facts: [], left: 0, next: null });
});

test("pages of at most a mebibyte have each record once, also where some come and go meanwhile", () => {
  const records = held();
  const ask = asker(records);
  records.offer(cluster.root, NOW);
  const aliases = Array.from({ length: 8 }, (_, at) => `${"long".repeat(14)}-${at}`);
  const names = Array.from({ length: 900 }, (_, at) => `s${at}`);
  const offer = (name: string, members = {}): void => {
    const body = { aliases: aliases.map((alias) => `${alias}-${name}`) };
    expect(records.offer(cluster.service(name, ["b"], members, body), NOW)).toMatchObject({ isAccepted: true });
  };
  for (const name of names) offer(name);
  const told: unknown[] = [];
  let answer = ask("kind=service");
  for (let pages = 1; answer.next !== null && pages < 20; pages++) {
    expect(JSON.stringify(answer).length).toBeLessThan(1_100_000);
    expect(answer.facts.length + answer.left).toBe(902 - told.length - (pages > 1 ? 1 : 2));
    told.push(...answer.facts.map(({ subject }) => subject));
    if (pages === 1) for (const name of ["a", "s5", "zz"]) offer(name, { epoch: 2 });
    answer = ask(`kind=service&after=${encodeURIComponent(answer.next)}`);
  }
  told.push(...answer.facts.map(({ subject }) => subject));
  expect(answer.left).toBe(0);
  // The one that has come behind the first page is told, and that before it is not.
  expect(told).toEqual([...names, "zz"].toSorted());
});

test.each([
  "",
  "web",
  "service/web",
  "service/cluster/",
  "service/cluster/we b",
  "service/org/acme",
  "service/org//web",
])("after=%s is nothing that a page ends with", (after) => {
  const ask = asker(held());
  expect(() => ask(`after=${encodeURIComponent(after)}`)).toThrow(
    expect.objectContaining({ code: "ERR_FABRIC_AFTER" }),
  );
});

test.each([
  "node/org/acme/b",
  "lease/cluster/a/web/b/c",
  "service/cluster/a/b",
  "service/org/a b/c",
  "x".repeat(9_999),
])("no record may have the slot of after=%s", (after) => {
  const ask = asker(held());
  expect(() => ask(`after=${encodeURIComponent(after)}`)).toThrow(
    expect.objectContaining({ code: "ERR_FABRIC_AFTER", message: expect.stringMatching(/^.{0,200}$/) }),
  );
});

test("digests are equal where the same records are in force, in whatever order they came", () => {
  const offered = [
    cluster.service("web", ["b"]),
    cluster.service("api", ["b"], { scope: "org/acme" }),
    cluster.node(newKey("b")),
  ];
  const [one, other] = [held(), held()];
  const ask = (records: HeldRecords): DigestsAnswer => {
    while (records.pollEvent() !== undefined);
    const route = digestQuestions({ cluster: "demo", node: "a", records }, () => NOW)["/digests"]!;
    return route(new URLSearchParams()) as DigestsAnswer;
  };
  const empty = ask(one);
  expect(empty).toMatchObject({ cluster: "demo", node: "a", root: null, scopes: [] });
  expect(Object.keys(empty.kinds)).toEqual([
    "announce",
    "budget",
    "checkpoint",
    "collection",
    "leader",
    "node",
    "order",
    "policy",
    "release",
    "role",
    "root",
    "seeds",
    "service",
    "token",
  ]);
  for (const octets of [cluster.root, ...offered]) one.offer(octets, NOW);
  for (const octets of [cluster.root, ...offered.toReversed()]) other.offer(octets, NOW);
  const answer = ask(one);
  expect(answer).toEqual(ask(other));
  expect(answer).toMatchObject({
    root: { version: 1, id: cluster.fingerprint },
    kinds: { root: { count: 1 }, service: { count: 2 }, node: { count: 1 }, policy: empty.kinds["policy"] },
    scopes: ["cluster", "org/acme"],
  });
  other.offer(cluster.service("web", ["c"], { epoch: 2 }), NOW);
  const { kinds } = ask(other);
  expect(kinds["service"]).toEqual({ count: 2, hash: expect.not.stringMatching(answer.kinds["service"]!.hash) });
  expect(kinds["node"]).toEqual(answer.kinds["node"]);
});
