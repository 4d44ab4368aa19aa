import { expect, test } from "vitest";
import { budgetPage } from "../../src/api/routes.ts";
import { budgetsPage } from "../../src/console/budgets-page.ts";
import { cellsOf } from "./cells.ts";
import { Sight } from "../../src/fabric/sight.ts";
import type { ToldBudget } from "../../src/fabric/told-budgets.ts";
import { budgetRecord, viewOf } from "../a-fabric.ts";

const limit = (of: string, used: number | null, part: number | null = null): ToldBudget["limits"][number] => {
  return { of, used, part };
};

/** The page of these budgets. */
function draw(
  records: readonly ReturnType<typeof budgetRecord>[],
  budgets: readonly ToldBudget[] = [],
  query = "",
): string {
  const kept = new URLSearchParams(query);
  const sight = new Sight(viewOf({ records: { budget: records }, budgets }), "all");
  return budgetsPage({ cluster: "demo", ...budgetPage(sight, kept), kept, told: "told by the agent of c" });
}

test("each limit has how much is used of it, with a bar, when it ends, its record, and how to change it", () => {
  const counted = {
    organization: "acme",
    record: "acme-id",
    limits: [limit("leases", 2, 3), limit("nodes", 5), limit("later", null)],
  };
  const page = draw([budgetRecord("acme", { leases: 7, nodes: 5, later: 9 })], [counted]);
  const change = "flor fabric propose budget acme --after acme.fact --body budget.yaml --out budget.fact";
  expect(cellsOf(page)).toEqual([
    ["acme", "leases", "2 of 7", "3", "2026-11-28", "acme-id", change],
    ["acme", "nodes", "5 of 5, no more", "", "2026-11-28", "acme-id", ""],
    ["acme", "later", "9 at most", "", "2026-11-28", "acme-id", ""],
  ]);
  expect([...page.matchAll(/<rect class="used"[^>]* width="(\d+)"/g)].map(([, width]) => width)).toEqual(["34", "118"]);
  expect(page).not.toContain("<script");
});

test("a part that is used up is told, too", () => {
  const counted = { organization: "acme", record: "acme-id", limits: [limit("leases", 3, 3)] };
  expect(cellsOf(draw([budgetRecord("acme", { leases: 7 })], [counted]))[0]![2]).toBe("3 of 7, no more");
});

test("no budget is a sentence", () => {
  expect(draw([])).toContain("No budget is in force that you may see: nothing is bounded, told by the agent of c.");
});

test("names are text, and no part of a command that is none", () => {
  const evil = "<img src=x>; rm -rf /";
  const page = draw(
    [budgetRecord(evil, { [evil]: 1 })],
    [{ organization: evil, record: `${evil}-id`, limits: [limit(evil, 1)] }],
  );
  expect(page).not.toContain("<img");
  expect(page).not.toContain("propose budget &lt;");
});

test("of many organizations a page has as many as were asked for, and links lead on and back", () => {
  const records = Array.from({ length: 5 }, (_, at) => budgetRecord(`o${at}`, { leases: 1, nodes: 2 }));
  const linkIn = (page: string, text: string): string | undefined =>
    new RegExp(`<a href="([^"]+)">${text}</a>`).exec(page)?.[1]?.replaceAll("&amp;", "&");
  const first = draw(records, [], "limit=2");
  expect(cellsOf(first).map(([name]) => name)).toEqual(["o0", "o0", "o1", "o1"]);
  expect(linkIn(first, "before")).toBeUndefined();
  expect(linkIn(first, "after")).toMatch(/^budgets\?limit=2&after=/);
});
