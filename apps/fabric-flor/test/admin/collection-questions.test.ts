import { toldCollections } from "@florenetes/blobs";
import { expect, test } from "vitest";
import { collectionQuestions } from "../../src/admin/collection-questions.ts";
import { HeldRecords } from "../../src/agent/records/held-records.ts";
import { nothingKept } from "../agent/nothing-kept.ts";
import { DAY, DemoCluster } from "../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);

function recordsOf(...octets: readonly Buffer[]): HeldRecords {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  const records = new HeldRecords(options, nothingKept(), NOW);
  for (const each of [cluster.root, ...octets]) records.offer(each, NOW);
  return records;
}

/** The answer of the node `a`, as JSON has it. */
function ask(records: HeldRecords, wall = NOW): unknown {
  const answer = collectionQuestions({ cluster: "demo", node: "a", records }, () => wall)["/collections"]!;
  return JSON.parse(JSON.stringify(answer(new URLSearchParams()))) as unknown;
}

const namesOf = (answer: unknown): readonly string[] =>
  toldCollections.parse(answer).collections.map(({ scope, name }) => `${scope}/${name}`);

test("collections in force are told in the form that holders and commands read, with what their organization may have in all", () => {
  const body = { recipients: ["age1abc"], manifest: "0".repeat(64), unretained: ["locks"], readers: ["user/bob"] };
  const records = recordsOf(
    cluster.collection("backups", ["a", "b", "c"], { epoch: 3 }, body),
    cluster.collection("backups", ["b", "c"], { scope: "org/acme" }),
    cluster.collection("archive", ["b", "c"], { scope: "org/other" }),
    cluster.budget("acme", { storage: 3, leases: 4 }),
    cluster.budget("other", { leases: 4 }),
  );
  const answer = ask(records);
  const read = toldCollections.parse(answer);
  // Nothing but the count of those left out is told beyond the form.
  expect({ ...read, left: 0 }).toEqual(answer);
  const common = { copies: 2, writers: ["user/alice"], retention: 86_400, budget: 1_048_576, recoveryEpoch: 1 };
  expect(read.collections).toEqual([
    {
      ...common,
      ...body,
      scope: "cluster",
      name: "backups",
      epoch: 3,
      holders: [
        { node: "a", domain: "at-a" },
        { node: "b", domain: "at-b" },
        { node: "c", domain: "at-c" },
      ],
    },
    expect.objectContaining({ scope: "org/acme", name: "backups", epoch: 1, organizationBudget: 3 * 1_048_576 }),
    expect.objectContaining({ scope: "org/other", name: "archive" }),
  ]);
  expect(read.collections[2]).not.toHaveProperty("organizationBudget");
});

test("a holder says with its question how much it holds, and what challenges have shown", () => {
  const told: unknown[] = [];
  const routes = collectionQuestions(
    { cluster: "demo", node: "a", records: recordsOf() },
    () => NOW,
    (words) => told.push(words),
  );
  const all = "held=acme:1&held=other:2&challenged=cluster/x:c:1:holds";
  for (const query of ["", all]) routes["/collections"]!(new URLSearchParams(query));
  expect(told).toEqual([
    { held: [], challenged: [] },
    { held: ["acme:1", "other:2"], challenged: ["cluster/x:c:1:holds"] },
  ]);
});

test("a collection that has ended, was taken back, or that another quorum has signed is not told", () => {
  const records = recordsOf(
    cluster.collection("ends", ["a", "b"], { expires: NOW + 1_000 }),
    cluster.collection("gone", ["a", "b"]),
    cluster.collection("gone", ["a", "b"], { epoch: 2, void: true, body: {}, expires: NOW + 89 * DAY }),
    cluster.control({ kind: "collection", subject: "others", body: {} }),
  );
  expect(namesOf(ask(records))).toEqual(["cluster/ends"]);
  expect(namesOf(ask(records, NOW + 1_000))).toEqual([]);
});

test("an answer has 1,024 collections, of which those that the node holds are never left out", () => {
  const others = Array.from({ length: 1_030 }, (_, at) => cluster.collection(`c${at + 1_000}`, ["b", "c"]));
  const records = recordsOf(...others, cluster.collection("own", ["a", "b"]));
  const answer = ask(records);
  const names = namesOf(answer);
  expect(names).toHaveLength(1_024);
  expect([names[0], names.at(-2), names.at(-1)]).toEqual(["cluster/c1000", "cluster/c2022", "cluster/own"]);
  expect(answer).toMatchObject({ left: 7 });
});

test("an agent without a root tells none", () => {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  expect(ask(new HeldRecords(options, nothingKept(), NOW))).toEqual({
    cluster: "demo",
    node: "a",
    collections: [],
    left: 0,
  });
});
