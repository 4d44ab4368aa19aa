import { type Fact, type Kind, signPayload, slotOf, writePayload } from "@florenetes/facts";
import { digestOfSection } from "@florenetes/facts/log";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { INDEXED_KINDS } from "../../../src/agent/records/record-index.ts";
import { DAY, DemoCluster, newKey } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const cluster = new DemoCluster(NOW - DAY);
const nodes = ["a", "b", "c"].map(newKey);

function held(): HeldRecords {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  const records = new HeldRecords(options, nothingKept(), NOW);
  expect(records.offer(cluster.root, NOW)).toMatchObject({ isAccepted: true });
  return records;
}

/** Lets a book do all that is due, and the index take note of it. */
function settle(records: HeldRecords, now: number): void {
  for (let turns = 0; records.nextTimeout() <= now && turns < 100; turns++) records.handleTimeout(now);
  while (records.pollEvent() !== undefined);
}

function plainly(records: HeldRecords, kind: Kind, now: number): Map<string, string> {
  const book = records.book!;
  const facts: readonly Fact[] = kind === "root" ? [book.authority.root] : [...book.all(kind, now)];
  return new Map(facts.map((fact) => [slotOf(fact), fact.id]));
}

function expectSame(records: HeldRecords, now: number): void {
  for (const kind of INDEXED_KINDS) {
    // The book is asked last: to ask may have it look at slots that wait for their turn.
    const indexed = new Map([...records.index.records(kind, now)].map(([slot, { id }]) => [slot, id]));
    const { count, hash } = records.index.digest(kind, now);
    const plain = plainly(records, kind, now);
    expect(indexed, kind).toEqual(plain);
    expect({ section: kind, count, hash }).toEqual(digestOfSection(kind, plain.values()));
  }
}

function announcement(at: number, epoch: number, issued: number): Buffer {
  const key = nodes[at % 3]!;
  const about = { kind: "announce", scope: "cluster", subject: key.name, authority: "node", issuer: key.name };
  const life = { epoch, generation: 0, issued, expires: issued + 15 * MINUTE };
  const endpoint =
    at < 3 ? { carrier: "quic", endpoint: "udp://198.51.100.7:4433" } : { carrier: "ws", endpoint: "wss://x" };
  const endpoints = [{ id: "e", ...endpoint, reach: "public", priority: 1, weight: 1 }];
  const body = { endpoints, "spki-hashes": [], services: [], capabilities: [] };
  return signPayload(writePayload({ cluster: "demo", ...about, ...life, body }), [key]);
}

type Step = readonly [what: "node" | "service" | "announce" | "policy" | "void" | "time" | "root" | "ask", at: number];

/** Steps of which each is taken: random ones may leave a kind out. */
const OF_EACH: Step[] = [
  ["node", 0],
  ["announce", 0],
  ["service", 0],
  ["policy", 0],
  ["root", 1],
  ["void", 0],
];

/** Does one step, and returns the time behind it. */
function take(records: HeldRecords, [what, at]: Step, epoch: number, now: number, taken: Set<string>): number {
  const life = { epoch, issued: now, expires: now + (1 + at) * 10 * MINUTE };
  const offer = (octets: Buffer): void => {
    if (records.offer(octets, now).isAccepted) taken.add(what);
  };
  if (what === "node") offer(cluster.node(nodes[at % 3]!, life));
  else if (what === "service")
    offer(cluster.service(`s${at % 4}`, ["b"], { ...life, scope: at < 4 ? "cluster" : "org/acme" }));
  else if (what === "announce") offer(announcement(at, epoch, now));
  else if (what === "policy") offer(cluster.control({ ...life, body: at < 4 ? {} : { carriers: "quic-only" } }));
  else if (what === "void")
    offer(
      cluster.control({
        kind: "node",
        subject: nodes[at % 3]!.name,
        body: {},
        void: true,
        epoch,
        issued: now,
        expires: now + 400 * DAY,
      }),
    );
  else if (what === "root") offer(cluster.nextRoot("root", 60 * at));
  else if (what === "time") return now + at * 5 * MINUTE;
  return now;
}

test("the index has what the book says, whatever comes, ends, is taken back, and falls with its ground", () => {
  const step = fc.tuple(
    fc.constantFrom("node", "service", "announce", "policy", "void", "time", "root", "ask"),
    fc.integer({ min: 0, max: 7 }),
  ) as fc.Arbitrary<Step>;
  const taken = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const records = held();
      let now = NOW;
      for (const [place, each] of steps.entries()) {
        now = take(records, each, place + 1, now, taken);
        settle(records, now);
        if (each[0] === "ask") expectSame(records, now);
      }
      expectSame(records, now);
    }),
    { numRuns: runs(1_000, 60), examples: [[OF_EACH]] },
  );
  expect([...taken].toSorted()).toEqual(["announce", "node", "policy", "root", "service", "void"]);
});

test("a digest is made once for each change, and by the end of a record", () => {
  const records = held();
  const expires = NOW + MINUTE;
  records.offer(cluster.service("web", ["b"], { scope: "org/acme", expires }), NOW);
  records.offer(cluster.service("api", ["b"]), NOW);
  settle(records, NOW);
  const { index } = records;
  const first = index.digest("service", NOW);
  expect([first.count, [...first.scopes].toSorted()]).toEqual([2, ["cluster", "org/acme"]]);
  records.offer(cluster.node(nodes[1]!), NOW);
  settle(records, NOW);
  // Records of other kinds change nothing: it is the very same one.
  expect(index.digest("service", expires - 1)).toBe(first);
  const later = index.digest("service", expires);
  expect([later.count, [...later.scopes]]).toEqual([1, ["cluster"]]);
  expect(index.digest("node", NOW).count).toBe(1);
  // A clock that is put back brings the record back.
  expect(index.digest("service", NOW)).toEqual(first);
});

test("more changes than are remembered have all of the kind looked at again", () => {
  const records = held();
  const { index } = records;
  expect(index.digest("service", NOW).count).toBe(0);
  for (let at = 0; at < 1_100; at++) records.offer(cluster.service(`s${at}`, ["b"]), NOW);
  settle(records, NOW);
  expect(index.digest("service", NOW).count).toBe(1_100);
  expectSame(records, NOW);
});
