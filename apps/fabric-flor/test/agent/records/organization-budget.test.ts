import { limitOf, readFact, writeRecordText } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { recordOrders } from "../../../src/admin/record-orders.ts";
import { judgeHandedIn } from "../../../src/agent/records/handed-in.ts";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { organizationBudget } from "../../../src/agent/records/organization-budget.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);

function heldWith(...records: readonly Buffer[]): HeldRecords {
  const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  const held = new HeldRecords(options, nothingKept(), NOW);
  for (const each of [cluster.root, ...records]) expect(held.offer(each, NOW)).toMatchObject({ isAccepted: true });
  return held;
}

test("the budget of an organization is the newest in force, until it ends", () => {
  const { book } = heldWith(cluster.budget("acme", { leases: 8 }), cluster.budget("acme", { leases: 4 }, { epoch: 2 }));
  const budget = organizationBudget(book, "acme", NOW)!;
  expect(budget.expires).toBe(NOW + 29 * DAY);
  expect(limitOf(budget.body, "leases")).toBe(4);
  expect(organizationBudget(book, "acme", budget.expires)).toBeUndefined();
  expect(organizationBudget(book, "other", NOW)).toBeUndefined();
  expect(organizationBudget(undefined, "acme", NOW)).toBeUndefined();
});

test("names that are not known change nothing, and a name that no limit has is not bounded", () => {
  const { book } = heldWith(cluster.budget("acme", { later: 1, joins: 0 }));
  const { body } = organizationBudget(book, "acme", NOW)!;
  expect(limitOf(body, "joins")).toBe(0);
  expect(limitOf(body, "leases")).toBeUndefined();
  expect(limitOf(undefined, "leases")).toBeUndefined();
});

test("a budget that is taken back bounds nothing", () => {
  const life = { issued: NOW - DAY, expires: NOW + 89 * DAY, body: {} };
  const { book } = heldWith(
    cluster.budget("acme", { leases: 8 }),
    cluster.budget("acme", {}, { epoch: 2, void: true, ...life }),
  );
  expect(organizationBudget(book, "acme", NOW)).toBeUndefined();
});

describe("a budget of records", () => {
  const ofAcme = (name: string, members: object = {}): Buffer =>
    cluster.service(name, ["a"], { scope: "org/acme", ...members });

  /** The outcome of each record that is handed in together. */
  function handIn(held: HeldRecords, ...records: readonly Buffer[]): readonly { reason?: string; text?: string }[] {
    const orders = recordOrders({
      hand: (all) => judgeHandedIn(all, held, "demo", NOW),
      cluster: "demo",
      bookOf: () => held.book,
      wallClock: () => NOW,
    });
    const { body } = orders["/records"]!({ text: records.map(writeRecordText).join("") } as never) as never as {
      body: { records: readonly { outcome: string; reason?: string; text?: string }[] };
    };
    return body.records.map(({ outcome, ...rest }) => ({ outcome, ...rest }));
  }

  test("refuses a new slot beyond it, and takes records of held slots, void ones and those of others", () => {
    const held = heldWith(cluster.budget("acme", { records: 2 }), ofAcme("web"));
    const life = { void: true, body: {}, issued: NOW - DAY, expires: NOW + 29 * DAY };
    const outcomes = handIn(
      held,
      ofAcme("mail"),
      ofAcme("more"),
      ofAcme("web", { epoch: 2 }),
      cluster.control({ kind: "service", subject: "old", scope: "org/acme", ...life }),
      cluster.service("other", ["a"], { scope: "org/other" }),
      cluster.service("free", ["a"]),
    );
    expect(outcomes).toMatchObject([
      { outcome: "taken" },
      { outcome: "refused", status: 507, reason: "quota", text: expect.stringContaining("acme has 2 of 2 records") },
      ...Array.from({ length: 4 }, () => ({ outcome: "taken" })),
    ]);
    // A neighbour that holds it has it taken all the same: both hold the same records then.
    expect(held.offer(ofAcme("more"), NOW)).toMatchObject({ isAccepted: true });
  });

  test("that comes later, or becomes smaller, throws nothing away; one of none takes no slot", () => {
    const held = heldWith(ofAcme("web"), ofAcme("mail"), cluster.budget("acme", { records: 0 }));
    const wrong = Buffer.concat([ofAcme("more").subarray(0, -8), Buffer.alloc(8)]);
    expect(handIn(held, ofAcme("web"), ofAcme("more"), wrong)).toMatchObject([
      { outcome: "known" },
      { reason: "quota" },
      { outcome: "refused" },
    ]);
    for (const name of ["web", "mail"]) expect(held.book!.inForce("service", "org/acme", name, NOW)).toBeDefined();
    handIn(held, cluster.budget("acme", { records: 3 }, { epoch: 2 }));
    expect(handIn(held, ofAcme("more"), ofAcme("most"))).toMatchObject([{ outcome: "taken" }, { reason: "quota" }]);
  });

  test("is told by the id of each record, and octets that are none are as before", () => {
    const held = heldWith(cluster.budget("acme", { records: 0 }));
    const [one] = handIn(held, ofAcme("web")) as [{ id: string }];
    expect(one.id).toBe((readFact(ofAcme("web"), "demo") as { id: string }).id);
  });
});
