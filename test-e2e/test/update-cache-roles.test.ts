/*
 *        b
 *      ╱   ╲       a: a node that fetches, b and c: caches, s: the store. From a, b is near and c far. Each has an agent, and the control quorum says by
 *   a ─── c ── s   records who is a cache: such a role is handed in at a, and the control node, s, brings it to its node, which alone may know of it.
 *    ╲─────────╱
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { FAR, flipBit, startStoreFlor, type StoreFlorStatus, UpdateClient } from "../src/update-lab.ts";
import { type UpdateRepository, writeUpdateRepository } from "../src/update-repository.ts";

const CLUSTER = "cache-roles";
const CACHES = ["b", "c"] as const;
const SIZE = 4_000_000;

let lab: Lab;
let fabric: FabricLab;
let repository: UpdateRepository;
const processes = new Map<string, OwnProcess>();
const folderOf = (node: string): string => dirname(lab.configFile(node, "cluster-flor"));

beforeAll(async () => {
  lab = await openLab(
    {
      cluster: CLUSTER,
      nodes: { a: {}, b: {}, c: {}, s: {} },
      links: ["ab", "ac", "as", "bs", "cs"].map(([one, other]) => ({ between: [one!, other!] })),
      services: {},
      tunnels: [],
    },
    { relays: true },
  );
  repository = writeUpdateRepository(join(lab.folder, "published"), [SIZE, SIZE]);
  const allow = ["user/alice", ...CACHES.map((node) => `service/update-cache.${node}`)];
  const serviceAt = (node: string) => ({
    allow,
    targets: { [node]: `unix:${join(folderOf(node), "store.sock")}` },
    keys: { "proxy-protocol": "v2" },
  });
  const sessionsOf = (node: string) => ({ as: `service/update-cache.${node}`, services: ["update-store"] });
  fabric = FabricLab.prepare(lab, {
    services: {
      "update-store": serviceAt("s"),
      "update-cache.b": serviceAt("b"),
      "update-cache.c": serviceAt("c"),
    },
    tunnels: [],
    sessions: {
      a: { as: "user/alice", services: ["update-cache.b", "update-cache.c", "update-store"] },
      b: sessionsOf("b"),
      c: sessionsOf("c"),
    },
    connectWait: "10s",
  });
  await start("s", { "update-store": { folder: repository.folder } });
  for (const node of CACHES) {
    mkdirSync(join(folderOf(node), "cache-state"));
    const places = { state: "cache-state", sessions: "sessions.sock", agent: "fabric-admin.sock" };
    await start(node, { "update-cache": { ...places, "repository-root": repository.firstRoot, budget: "1 GB" } });
  }
  await lab.up();
  await fabric.up();
  await fabric.publish("a", [
    fabric.signRole("s", "cluster", "control-plane"),
    fabric.signService("update-store", ["s"]),
    ...CACHES.map((node) => fabric.signService(`update-cache.${node}`, [node])),
  ]);
  const services = [...CACHES.map((node) => `update-cache.${node}`), "update-store"];
  await vi.waitFor(async () => {
    expect(await fabric.leadsOf("a")).toEqual(expect.arrayContaining(services));
    for (const node of CACHES) expect(await fabric.leadsOf(node)).toContain("update-store");
  }, PATIENCE);
  await lab.impair("a", "c", FAR);
}, 240_000);
afterAll(async () => {
  await Promise.all([...processes.values()].map((each) => each.endBy("SIGKILL")));
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

async function start(node: string, mode: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(folderOf(node), "store-flor.yaml");
  const places = { admin: "store-admin.sock", control: "store-control.sock", listen: "store.sock" };
  writeFileSync(file, JSON.stringify({ cluster: CLUSTER, node, ...places, ...mode }));
  processes.set(node, await startStoreFlor(lab, node, file));
}

async function serves(node: string): Promise<boolean> {
  const status = (await requestAdmin(join(folderOf(node), "store-admin.sock"), "/status")) as StoreFlorStatus;
  return status.cache!.role.isInForce;
}

/** Fetches a package at a node that asks for the first time. Returns its octets by source, and the faults of sources. */
async function fetched(index: number): Promise<{ readonly from: Record<string, number>; readonly faults: unknown }> {
  await using client = new UpdateClient(repository, join(folderOf("a"), "sessions.sock"));
  await client.fetch(index);
  return { from: Object.fromEntries(client.octets), faults: client.faults };
}

test("a node is a cache from its role record to its end: the nearest is asked, and the next one where it is lost or lies", async () => {
  expect(await Promise.all(CACHES.map(serves))).toEqual([false, false]);
  expect((await fetched(0)).from).toEqual({ "update-store": SIZE });

  await fabric.publish("a", [fabric.signRole("c", "cluster", "update-cache")]);
  await expect.poll(() => serves("c"), PATIENCE).toBe(true);
  expect((await fetched(0)).from).toEqual({ "update-cache.c": SIZE });
  expect(await serves("b")).toBe(false);

  await fabric.publish("a", [fabric.signRole("b", "cluster", "update-cache")]);
  await expect.poll(() => serves("b"), PATIENCE).toBe(true);
  expect((await fetched(0)).from).toEqual({ "update-cache.b": SIZE });

  await processes.get("b")!.endBy("SIGKILL");
  expect(await fetched(0)).toMatchObject({ from: { "update-cache.c": SIZE }, faults: [["update-cache.b", "lost"]] });

  flipBit(join(folderOf("c"), "cache-state"), SIZE / 2);
  const lied = await fetched(0);
  expect(lied.faults).toContainEqual(["update-cache.c", "lying"]);
  expect(lied.from["update-store"]).toBe(SIZE);

  await fabric.publish("a", [fabric.signVoid("role", "c/update-cache/default")]);
  await expect.poll(() => serves("c"), PATIENCE).toBe(false);
  expect((await fetched(1)).from).toEqual({ "update-store": SIZE });
}, 240_000);
