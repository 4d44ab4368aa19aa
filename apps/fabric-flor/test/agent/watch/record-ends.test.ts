import { FactBook, readFact } from "@florenetes/facts";
import { expect, test } from "vitest";
import { endState, RecordEnds, warningStart } from "../../../src/agent/watch/record-ends.ts";
import { DAY, DemoCluster, newKey } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const HOUR = 3_600_000;
const MINUTE = 60_000;
const cluster = new DemoCluster(NOW);
const key = newKey("a");

/** A book with these records, and what is told of them. */
class Watched {
  readonly book: FactBook;
  readonly ends = new RecordEnds("a");

  constructor(...records: readonly Uint8Array[]) {
    const root = readFact(cluster.root, "demo");
    if (typeof root === "string") throw new Error(root);
    this.book = new FactBook({ root, node: "a", development: false });
    this.take(NOW, ...records);
  }

  take(now: number, ...records: readonly Uint8Array[]): void {
    for (const octets of records) expect(this.book.offer(octets, now)).toMatchObject({ isAccepted: true });
  }

  look(now: number): string[] {
    this.book.handleTimeout(now);
    return this.ends.look(this.book, now).map(({ code, about }) => `${code} ${about["kind"]} ${about["subject"]}`);
  }

  states(now: number): string[] {
    return this.ends.at(now).map(({ fact, state }) => `${fact.kind} ${state}`);
  }
}

const role = (members = {}): Buffer =>
  cluster.control({
    kind: "role",
    subject: "a/relay/north",
    expires: NOW + 7 * DAY,
    body: { actions: ["relay"], services: [], depth: 0 },
    ...members,
  });

test.each([
  ["a year: 30 days before", 365, 335],
  ["90 days: 30 days before", 90, 60],
  ["a week: at half", 7, 3.5],
  ["a day: at half", 1, 0.5],
])("the end of what lives for %s", (_, days, from) => {
  const record = { issued: NOW, expires: NOW + days * DAY };
  expect(warningStart(record)).toBe(NOW + from * DAY);
  expect(endState(record, NOW + from * DAY - 1)).toBe("valid");
  expect(endState(record, NOW + from * DAY)).toBe("expires-soon");
  expect(endState(record, record.expires - 1)).toBe("expires-soon");
  expect(endState(record, record.expires)).toBe("expired");
});

test("is warned of each day, each hour in the last one and after it, until another record comes", () => {
  const watched = new Watched(cluster.node(key, { expires: NOW + 90 * DAY }), role());
  expect(watched.look(NOW)).toEqual([]);
  const told: number[] = [];
  for (let now = NOW + MINUTE; now < NOW + 8 * DAY; now += 10 * MINUTE) {
    for (const news of watched.look(now)) {
      expect(news).toBe(`${now < NOW + 7 * DAY ? "RECORD_EXPIRES_SOON" : "RECORD_EXPIRED"} role a/relay/north`);
      told.push(now);
    }
  }
  // Three and a half days before, each day, then 24 times in the last one, and 24 times in the first day after the end.
  expect(told.length).toBeGreaterThanOrEqual(3 + 20 + 20);
  expect(told.length).toBeLessThanOrEqual(3 + 25 + 25);
  expect(told[0]! - NOW).toBeGreaterThanOrEqual(3.5 * DAY);
  expect(told[1]! - told[0]!).toBeGreaterThanOrEqual(DAY - 10 * MINUTE);
  expect(watched.states(NOW + 8 * DAY)).toEqual(["role expired", "node valid", "root valid"]);
  watched.take(NOW + 8 * DAY, role({ epoch: 2, issued: NOW + 8 * DAY, expires: NOW + 15 * DAY }));
  expect(watched.look(NOW + 8 * DAY)).toEqual(["RECORD_WARNING_OVER role a/relay/north"]);
  expect(watched.look(NOW + 8 * DAY + MINUTE)).toEqual([]);
});

test("collections that the node holds are told of, those of others are not, and one that leaves it out is no more", () => {
  const watched = new Watched(
    cluster.node(key),
    cluster.collection("backups", ["a", "b"]),
    cluster.collection("archive", ["b", "c"]),
  );
  expect(watched.look(NOW + 20 * DAY)).toContain("RECORD_EXPIRES_SOON collection backups");
  expect(watched.states(NOW + 20 * DAY).filter((state) => state.startsWith("collection"))).toEqual([
    "collection expires-soon",
  ]);
  watched.take(NOW + 20 * DAY, cluster.collection("backups", ["b", "c"], { epoch: 2 }));
  watched.look(NOW + 20 * DAY);
  expect(watched.states(NOW + 20 * DAY).filter((state) => state.startsWith("collection"))).toEqual([]);
});

test("what is taken back has no end to be warned of, whether it has ended or not", () => {
  const watched = new Watched(cluster.node(key), role());
  watched.look(NOW + 6 * DAY);
  const isVoid = { void: true, body: {} };
  watched.take(NOW + 6 * DAY, role({ epoch: 2, issued: NOW + 6 * DAY, expires: NOW + 36 * DAY, ...isVoid }));
  expect(watched.look(NOW + 6 * DAY)).toEqual([]);
  expect(watched.states(NOW + 6 * DAY)).toEqual(["node valid", "root valid"]);
  const ended = new Watched(role());
  ended.look(NOW);
  expect(ended.look(NOW + 8 * DAY)).toEqual(["RECORD_EXPIRED role a/relay/north"]);
  ended.take(NOW + 9 * DAY, role({ epoch: 2, issued: NOW + 9 * DAY, expires: NOW + 39 * DAY, ...isVoid }));
  expect(ended.look(NOW + 9 * DAY)).toEqual([]);
  expect(ended.states(NOW + 9 * DAY)).toEqual(["root valid"]);
});

test("policies of the cluster and of the node's organization count, those of others do not", () => {
  const budget = (subject: string): Buffer => cluster.budget(subject, { leases: 8 });
  const policy = (scope: string): Buffer => cluster.control({ kind: "policy", scope, subject: scope });
  const watched = new Watched(
    cluster.node(key),
    cluster.node(newKey("b")),
    policy("cluster"),
    policy("org/acme"),
    policy("org/other"),
    budget("acme"),
    budget("other"),
    role({ subject: "b/relay/north" }),
  );
  watched.look(NOW);
  expect(
    watched.ends
      .at(NOW)
      .map(({ fact: { kind, subject } }) => `${kind} ${subject}`)
      .toSorted(),
  ).toEqual(["budget acme", "node a", "policy cluster", "policy org/acme", "root root"]);
});

test("a clock that is put back takes the warning back, and silences none", () => {
  const watched = new Watched(role());
  expect(watched.look(NOW + 7 * DAY - HOUR)).toHaveLength(1);
  expect(watched.look(NOW + 4 * DAY)).toEqual([]);
  expect(watched.look(NOW + 5 * DAY)).toHaveLength(1);
  expect(watched.look(NOW + 3 * DAY)).toEqual(["RECORD_WARNING_OVER role a/relay/north"]);
});
