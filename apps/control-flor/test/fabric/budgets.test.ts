import { expect, test } from "vitest";
import { Sight } from "../../src/fabric/sight.ts";
import type { ToldBudget } from "../../src/fabric/told-budgets.ts";
import { budgetRecord, viewOf } from "../a-fabric.ts";

const budget = [budgetRecord("zenith", { nodes: 5 }), budgetRecord("acme", { leases: 7, later: 1 })];
const view = viewOf({
  records: { budget },
  budgets: [{ organization: "acme", record: "acme-id", limits: [{ of: "leases", used: 2, part: 3 }] }],
});

test("a budget has its limits, with what the agent counts of each", () => {
  const { record, ...acme } = new Sight(view, "all").budgets[0]!;
  expect(record).toMatchObject({ id: "acme-id", epoch: 1 });
  expect(acme).toEqual({
    organization: "acme",
    limits: [
      { of: "leases", most: 7, used: 2, part: 3 },
      { of: "later", most: 1, used: null, part: null },
    ],
  });
});

test("counts by a former record are none of this budget", () => {
  const former: ToldBudget = { organization: "acme", record: "other", limits: [{ of: "leases", used: 2, part: 3 }] };
  const [acme] = new Sight(viewOf({ records: { budget }, budgets: [former] }), "all").budgets;
  expect(acme!.limits[0]).toEqual({ of: "leases", most: 7, used: null, part: null });
});

test.each([
  ["all", ["acme", "zenith"]],
  [new Set(["zenith"]), ["zenith"]],
  [new Set<string>(), []],
] as const)("a reader of %o sees the budgets of its own organizations", (organizations, expected) => {
  expect(new Sight(view, organizations).budgets.map(({ organization }) => organization)).toEqual(expected);
});

test("budgets are taken over while records and counts are the same, and are others where a count is", () => {
  const former = new Sight(view, "all");
  const digest = former.digest("budgets");
  const same = new Sight({ ...view }, "all", [], former);
  expect(same.budgets).toBe(former.budgets);
  expect(same.digest("budgets")).toBe(digest);
  const other = new Sight({ ...view, budgets: new Map() }, "all", [], former);
  expect(other.digest("budgets")).not.toBe(digest);
});
