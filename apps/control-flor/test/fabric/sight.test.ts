import { expect, test } from "vitest";
import type { FabricView } from "../../src/fabric/fabric-view.ts";
import { type Collection, COLLECTIONS, Sight } from "../../src/fabric/sight.ts";
import type { ToldKind } from "../../src/fabric/told-records.ts";
import {
  announceRecord,
  budgetRecord,
  collectionRecord,
  FABRIC,
  leaseOf,
  nodeRecord,
  recordOf,
  releaseRecord,
  reportOf,
  serviceRecord,
  viewOf,
} from "../a-fabric.ts";

const COUNTED = { organization: "acme", record: "acme-id", limits: [{ of: "leases", used: 2, part: null }] };
const BEFORE = viewOf({
  ...FABRIC,
  records: { ...FABRIC.records, budget: [budgetRecord("acme", { leases: 7 })] },
  reports: [reportOf("a")],
  budgets: [COUNTED],
});

/** Another view with the parts of the one before, but for records of one kind. */
function withRecords(kind: ToldKind, records: readonly unknown[]): FabricView {
  const told = (asked: ToldKind): readonly unknown[] => (asked === kind ? records : BEFORE.records(asked));
  return { ...BEFORE, wall: BEFORE.wall + 1_000, records: told as FabricView["records"] };
}

const { node = [], announce = [], role = [], service = [] } = FABRIC.records;

test.each<readonly [string, FabricView]>([
  ["nothing", { ...BEFORE, wall: BEFORE.wall + 1_000 }],
  ["a node", withRecords("node", [...node, nodeRecord("new")])],
  ["an announcement", withRecords("announce", [...announce, announceRecord("z", { web: 1 })])],
  ["a role", withRecords("role", [...role, recordOf("a/relay/default", { services: [] })])],
  ["a service", withRecords("service", [...service, serviceRecord("new", ["a"])])],
  ["a leader", withRecords("leader", [recordOf("web", { host: "a" })])],
  ["a budget", withRecords("budget", [budgetRecord("acme", { leases: 8 })])],
  ["a count of a budget", { ...BEFORE, budgets: new Map() }],
  ["a release", withRecords("release", [releaseRecord("stable", "0.2.0")])],
  ["a collection", withRecords("collection", [collectionRecord("backups", ["a", "b"])])],
  ["a count of a release", { ...BEFORE, releases: { ...BEFORE.releases } }],
  ["reports", viewOf({ ...FABRIC, reports: [reportOf("b")] })],
  ["leases", { ...BEFORE, leases: [leaseOf("b", "db", "b")] }],
  [
    "the agent's status",
    { ...BEFORE, status: { ...BEFORE.status, findings: [{ weight: "fault", text: "t", advice: "a" }] } },
  ],
])("what follows on another sight is as if it stood alone, where %s is other than before", (_, view) => {
  for (const organizations of ["all", new Set(["acme"])] as const) {
    const former = new Sight(BEFORE, organizations);
    for (const name of COLLECTIONS) former.digest(name);
    const [next, alone] = [new Sight(view, organizations, [], former), new Sight(view, organizations)];
    const all = (sight: Sight): unknown =>
      COLLECTIONS.map((name: Collection) => [name, sight[name], sight.digest(name)]);
    expect(all(next)).toEqual(all(alone));
  }
});

test("what is the same is not made again", () => {
  const former = new Sight(BEFORE, "all");
  const next = (view: FabricView): Sight => new Sight({ ...view }, "all", [], former);
  const seen = [former.nodes, former.services, former.routes];
  const same = next(BEFORE);
  expect([same.nodes, same.services, same.routes].map((part, at) => part === seen[at])).toEqual([true, true, true]);
  const other = next(withRecords("announce", [...announce]));
  expect([other.nodes, other.services, other.routes].map((part, at) => part === seen[at])).toEqual([
    false,
    false,
    false,
  ]);
});

test("the time that a root waits is news once a minute, and not at each look", () => {
  const root = recordOf("root", { mode: "single", authorities: {}, recovery: "none" as const });
  const digestAt = (leftMs: number): string => {
    const waiting = [{ version: 2, id: "00", leftMs }];
    return new Sight(viewOf({ records: { root: [root] }, status: { root: { waiting } } }), "all").digest("authority");
  };
  expect(digestAt(119_000)).toBe(digestAt(61_000));
  expect(digestAt(119_000)).not.toBe(digestAt(59_000));
});
