import { expect, test } from "vitest";
import { orderPage } from "../../src/api/routes.ts";
import { ordersPage } from "../../src/console/orders-page.ts";
import { Sight } from "../../src/fabric/sight.ts";
import type { ToldNodeOrders } from "../../src/fabric/told-orders.ts";
import { nodeRecord, viewOf } from "../a-fabric.ts";
import { cellsOf } from "./cells.ts";

const [issued, expires, at] = ["2026-11-25T12:00:00.000Z", "2026-11-26T12:00:00.000Z", "2026-11-25T12:00:09.000Z"];
const order = (id: string, action: string, scope = "cluster"): ToldNodeOrders["orders"][number] => {
  return { scope, action, epoch: 1, id, issued, expires };
};

function draw(
  orders: readonly ToldNodeOrders[],
  organizations: ConstructorParameters<typeof Sight>[1] = "all",
): string {
  const node = ["a", "b"].map((name) => nodeRecord(name));
  const sight = new Sight(viewOf({ records: { node }, orders }), organizations);
  const kept = new URLSearchParams();
  return ordersPage({ cluster: "demo", ...orderPage(sight, kept), kept, told: "told by the agent of c" });
}

test("orders have what came of them, and an outcome outlives its order", () => {
  const done = {
    order: "2",
    action: "back",
    state: "failed",
    code: "ERR_UPDATE_NO_WAY_BACK",
    text: "none is kept",
    at,
  };
  const page = draw([
    { node: "b", orders: [order("1", "report")], outcome: null },
    { node: "a", orders: [order("3", "rejoin")], outcome: done },
    { node: "gone", orders: [order("4", "report")], outcome: null },
  ]);
  expect(cellsOf(page)).toEqual([
    ["a", "back", "it has ended", "failed", at, "ERR_UPDATE_NO_WAY_BACK: none is kept"],
    ["a", "rejoin", expires, "not told", "", ""],
    ["b", "report", expires, "not told", "", ""],
  ]);
});

test("orders of an organization's scope are for its readers, and texts of others are text", () => {
  const evil = "<script>x</script>";
  const orders = [{ node: "a", orders: [order("1", evil, "org/red"), order("2", "report")], outcome: null }];
  expect(draw(orders)).not.toContain(evil);
  expect(cellsOf(draw(orders, new Set(["blue"])))).not.toContainEqual(expect.arrayContaining([evil]) as unknown);
});

test("no order is a sentence", () => {
  expect(draw([])).toContain("No node is ordered anything, told by the agent of c.");
});
