/*
 *   a ┄┄┄┄┄ b ───── c     b is the seed, a control node, and a host of the service. No file has a link of a: its agent makes it, and nobody can log in to a
 */
import { join } from "node:path";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { logEntries } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface View {
  readonly links: readonly { readonly peer: string; readonly state: string }[];
}

/** Beacons come each 30 s. */
const TOLD = { ...PATIENCE, timeout: 120_000 };

let lab: Lab;
let fabric: FabricLab;
let port: number;

const stateOf = async (node: string, peer: string): Promise<string | undefined> =>
  ((await requestAdmin(fabric.doorOf(node), "/view")) as View).links.find((link) => link.peer === peer)?.state;
const outcome = async (): Promise<string> => {
  const { orders } = (await requestAdmin(fabric.adminOf("b"), "/orders?node=a")) as {
    readonly orders: readonly { readonly outcome: { readonly action: string; readonly state: string } | null }[];
  };
  const { action = "none", state = "none" } = orders[0]?.outcome ?? {};
  return `${action} ${state}`;
};
/** How often a link of a's came up. */
const linksUp = async (): Promise<number> => (await logEntries(lab, "a", "cluster-flor", "LINK_UP")).length;

beforeAll(async () => {
  const target = await freePort();
  port = await freePort();
  lab = await openLab({
    cluster: "rejoining",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  const door = { "links-max": 8, dial: ["127.0.0.0/8"] };
  fabric = FabricLab.prepare(lab, {
    development: true,
    services: { web: { allow: ["user/alice"], targets: { b: `tcp://127.0.0.1:${target}` } } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
    programs: ["b"],
    agents: { a: { "seeds-file": join(lab.folder, "first.fact"), "root-file": undefined } },
    doors: { a: door, b: door },
  });
  await startFileServer(lab, "b", target);
  await lab.up();
  const endpoint = (await lab.status("b")).linkFlor!.clusters[0]!.listen;
  const published = { id: "b", endpoint, carrier: "quic", reach: "public" as const, priority: 0, weight: 1 };
  fabric.writeSeeds([{ node: "b", key: fabric.keyOf("b"), endpoints: [published] }]);
  for (const node of ["b", "c"]) fabric.start(node);
  await fabric.untilReady("b", "c");
  await fabric.publish("b", [
    ...["b", "c"].map((node) => fabric.signNode(node)),
    fabric.signRole("b", "cluster", "control-plane"),
    fabric.signRole("b", "cluster", "relay"),
    fabric.signService("web", ["b"]),
  ]);
  await fabric.publish("c", [fabric.signNode("c")]);
  fabric.start("a");
  await fabric.untilReady("a");
  await fabric.publish("a", [fabric.signNode("a")]);
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("a node that is ordered to rejoin gives up the link that its agent made, makes another, and tells so", async () => {
  await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("b");
  const before = await linksUp();
  await fabric.publish("c", [fabric.sign("order", "a", { action: "rejoin" })]);
  await expect.poll(outcome, TOLD).toBe("rejoin done");
  await expect.poll(() => stateOf("a", "b"), PATIENCE).toBe("up");
  expect(await linksUp()).toBe(before + 1);
  expect(await stateOf("c", "b")).toBe("up");
  await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("b");
});

test("the same order does nothing more, whoever hands it in again, and a killed agent does not rejoin anew", async () => {
  const order = fabric.sign("order", "a", { action: "rejoin" });
  await fabric.publish("b", [order]);
  const before = await linksUp();
  await expect.poll(linksUp, TOLD).toBe(before + 1);
  await expect.poll(() => stateOf("a", "b"), PATIENCE).toBe("up");
  await fabric.kill("a");
  fabric.start("a");
  await fabric.untilReady("a");
  await fabric.publish("b", [order]);
  await fabric.publish("a", [order]);
  // A later order is taken behind those before it.
  await fabric.publish("b", [fabric.sign("order", "a", { action: "report" })]);
  await expect.poll(outcome, TOLD).toBe("report done");
  expect(await linksUp()).toBe(before + 1);
});
