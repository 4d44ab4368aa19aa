import { expect, test } from "vitest";
import { Sight } from "../../src/fabric/sight.ts";
import { collectionRecord, FABRIC, recordOf, viewOf } from "../a-fabric.ts";

const { role = [] } = FABRIC.records;
const storage = recordOf("a/storage/default", { services: [] });
const manifest = "0".repeat(64);
const collection = [
  collectionRecord("backups", ["a", "b", "z"], "cluster", { manifest, unretained: ["locks"], readers: ["user/bob"] }),
  collectionRecord("archive", ["a", "gone"], "org/acme"),
];
const view = viewOf({ ...FABRIC, records: { ...FABRIC.records, role: [...role, storage], collection } });

test("a collection has what its record says, and how its holders are", () => {
  const [backups, archive] = new Sight(view, "all").collections;
  expect(backups).toEqual({
    name: "backups",
    scope: "cluster",
    state: "degraded",
    copies: 2,
    holders: [
      { node: "a", domain: "at-a", hasRole: true, state: "announced", challenges: null },
      { node: "b", domain: "at-b", hasRole: false, state: "announced", challenges: null },
      { node: "z", domain: "at-z", hasRole: false, state: "silent", challenges: null },
    ],
    readers: ["user/bob"],
    writers: ["user/alice"],
    retention: 2_592_000,
    unretained: ["locks"],
    budget: 500_000_000_000,
    recipients: [],
    recoveryEpoch: 1,
    manifest,
    record: expect.objectContaining({ id: "backups-id", epoch: 1 }) as unknown,
  });
  // A role in the cluster's scope is none in that of an organization.
  expect(archive).toMatchObject({
    scope: "org/acme",
    state: "down",
    manifest: null,
    holders: [
      { node: "a", hasRole: false, state: "announced" },
      { node: "gone", state: "no-record" },
    ],
  });
});

test("the verdict names holders that are away, of collections that the reader sees", () => {
  const findings = (organizations: "all" | ReadonlySet<string>): readonly string[] =>
    new Sight(view, organizations).verdict.findings
      .map(({ weight, text }) => `${weight}: ${text}`)
      .filter((text) => text.includes("collection"));
  const degraded = "warning: the collection backups has fewer holders than it should have: z is silent";
  const down = "fault: nothing can be written to the collection archive of org/acme: gone is no node of the cluster";
  expect(findings("all")).toEqual([degraded, down]);
  expect(findings(new Set(["zenith"]))).toEqual([degraded]);
});

test("a proposal of a collection is shown to those who see its scope", () => {
  const sight = new Sight(view, new Set(["acme"]));
  expect(["cluster", "org/acme", "org/zenith"].map((scope) => sight.isShown("collection", scope))).toEqual([
    true,
    true,
    false,
  ]);
});

test("holders that challenges have found out are findings, of collections that the reader sees", () => {
  const holders = [
    { scope: "cluster", name: "backups", node: "a", failures: 32, keepsNothing: true },
    { scope: "cluster", name: "backups", node: "b", failures: 1, keepsNothing: false },
    { scope: "org/acme", name: "archive", node: "a", failures: 3, keepsNothing: false },
    // These are held by nobody, and no record names them.
    { scope: "cluster", name: "backups", node: "gone", failures: 1, keepsNothing: true },
    { scope: "cluster", name: "other", node: "a", failures: 1, keepsNothing: true },
  ];
  const told = viewOf({ ...FABRIC, records: { ...FABRIC.records, collection }, holders });
  const shown = (organizations: "all" | ReadonlySet<string>) =>
    new Sight(told, organizations).verdict.findings.filter(({ text }) => text.startsWith("the holder"));
  const cluster = [
    "the holder a of the collection backups keeps nothing: it has shown no shard in two challenges",
    "the holder b of the collection backups has not shown 1 shard that it is to have: they were absent, or changed",
  ];
  const acme =
    "the holder a of the collection archive of org/acme has not shown 3 shards that it is to have: they were absent, or changed";
  expect(shown("all").map(({ text }) => text)).toEqual([...cluster, acme]);
  expect(shown(new Set(["zenith"])).map(({ text }) => text)).toEqual(cluster);
  for (const { weight, advice } of shown("all")) {
    expect(weight).toBe("warning");
    expect(advice).toMatch(/^Look at .*\.$/);
  }
  const [backups] = new Sight(told, "all").collections;
  expect(backups!.holders.map(({ challenges }) => challenges)).toEqual([
    { failures: 32, keepsNothing: true },
    { failures: 1, keepsNothing: false },
    null,
  ]);
});

test("what challenges show makes the collections anew, and nothing else does", () => {
  const fabric = { ...FABRIC, records: { ...FABRIC.records, collection } };
  const before = new Sight(viewOf(fabric), "all");
  const former = before.collections;
  expect(new Sight(viewOf(fabric), "all", [], before).collections).toBe(former);
  const holders = [{ scope: "cluster", name: "backups", node: "a", failures: 1, keepsNothing: false }];
  const other = new Sight(viewOf({ ...fabric, holders }), "all", [], before);
  expect(other.digest("collections")).not.toBe(before.digest("collections"));
});
