import { limitOf } from "@florenetes/facts";
import { expect, test } from "vitest";
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
