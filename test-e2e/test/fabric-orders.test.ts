/*
 *   a ───── b ───── c     a is a control node; nobody can log in to c
 */
import { readFileSync } from "node:fs";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { PATIENCE } from "../src/patience.ts";

interface Told {
  readonly node: string;
  readonly orders: readonly { readonly action: string; readonly id: string }[];
  readonly outcome: {
    readonly order: string;
    readonly action: string;
    readonly state: string;
    readonly code?: string;
    readonly report: string | boolean;
  } | null;
}

/** Beacons come each 30 s. */
const TOLD = { ...PATIENCE, timeout: 120_000 };

let lab: Lab;
let fabric: FabricLab;

const told = async (node: string): Promise<Told | undefined> =>
  ((await requestAdmin(fabric.adminOf("a"), `/orders?node=${node}`)) as { readonly orders: readonly Told[] }).orders[0];
const outcome = async (node: string): Promise<string> => {
  const { action, state, code } = (await told(node))?.outcome ?? {};
  return [action, state, code].join(" ").trim();
};
const logged = (node: string, code: string): number =>
  readFileSync(fabric.logFile(node), "utf8").split(`"${code}"`).length - 1;

beforeAll(async () => {
  lab = await openLab({
    cluster: "orders",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, { services: {}, tunnels: [] });
  await lab.up();
  await fabric.up();
  await fabric.publish("a", [fabric.signRole("a", "cluster", "control-plane")]);
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("a node that is ordered a report sends it to the control node, where people read it", async () => {
  await fabric.publish("b", [fabric.sign("order", "c", { action: "report" })]);
  await expect.poll(() => outcome("c"), TOLD).toBe("report done");
  const shown = await flor("fabric", "orders", "c", "--agent", fabric.adminOf("a"));
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toContain("the node says how it is");
  expect(shown.stdout).toMatch(/"peer": "b",\s+"state": "up"/);
  const { orders, outcome: last } = (await told("c"))!;
  expect(orders).toMatchObject([{ action: "report", id: last!.order }]);
  expect([logged("a", "ORDER_TAKEN"), logged("b", "ORDER_TAKEN"), logged("c", "ORDER_TAKEN")]).toEqual([0, 0, 1]);
});

test("a node that is killed has not forgotten which orders it has taken", async () => {
  await fabric.kill("c");
  fabric.start("c");
  await fabric.publish("b", [fabric.sign("order", "c", { action: "refetch" })]);
  await expect.poll(() => outcome("c"), TOLD).toBe("refetch done");
  await fabric.kill("c");
  fabric.start("c");
  await fabric.untilReady("c");
  await fabric.publish("c", [fabric.sign("order", "c", { action: "rejoin" })]);
  await expect.poll(() => outcome("c"), TOLD).toBe("rejoin done");
  expect(logged("c", "ORDER_TAKEN")).toBe(3);
});

test("what needs root is refused by a node without update-flor, and what one operator has signed by all", async () => {
  const few = await fabric.publish("b", [fabric.sign("order", "c", { action: "report" }, 1)]);
  expect(JSON.stringify(few)).toContain("quorum");
  await fabric.publish("b", [fabric.sign("order", "c", { action: "restart" })]);
  await expect.poll(() => outcome("c"), TOLD).toBe("restart refused ERR_FABRIC_ORDER_NO_UPDATER");
  expect(JSON.stringify(await fabric.status("c"))).toContain("ERR_FABRIC_ORDER_NO_UPDATER");
});
