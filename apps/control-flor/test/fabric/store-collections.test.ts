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
      { node: "a", domain: "at-a", hasRole: true, state: "announced" },
      { node: "b", domain: "at-b", hasRole: false, state: "announced" },
      { node: "z", domain: "at-z", hasRole: false, state: "silent" },
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
