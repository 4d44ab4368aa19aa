/*
 *   b ─── c        b, c and d hold a collection, which operators have signed. Each node has its agent; a has a gateway for restic.
 *   │ ╲ ╱ │
 *   │ ╱ ╲ │
 *   a ─── d
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bodies } from "@florenetes/facts";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Answer, runToEnd } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { areInstalled } from "../src/installed.ts";
import { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";

const HOLDERS = ["b", "c", "d"] as const;
const NODES = ["a", ...HOLDERS] as const;
const withRestic = test.runIf(areInstalled("collections that operators have signed", "restic"));
const BODY: Bodies["collection"] = {
  copies: 2,
  holders: HOLDERS.map((node) => ({ node, domain: `at-${node}` })),
  readers: [],
  writers: ["user/alice"],
  retention: 0,
  unretained: ["locks"],
  "recovery-epoch": 1,
  budget: 1_000_000_000,
  recipients: [],
};

let lab: Lab;
let fabric: FabricLab;
let port = 0;
const processes: OwnProcess[] = [];

const folderOf = (node: string): string => dirname(lab.configFile(node, "cluster-flor"));

beforeAll(async () => {
  lab = await openLab({
    cluster: "signed",
    nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
    links: NODES.flatMap((node, at) => NODES.slice(at + 1).map((other) => ({ between: [node, other] }))),
    services: {},
    tunnels: [],
  });
  for (const node of NODES) mkdirSync(join(folderOf(node), WAYS.tunnels));
  const services = HOLDERS.map((node) => `storage.${node}`);
  const allow = ["user/alice", ...services.map((service) => `service/${service}`)];
  fabric = FabricLab.prepare(lab, {
    services: Object.fromEntries(
      HOLDERS.map((node) => [
        `storage.${node}`,
        { allow, targets: { [node]: `unix:${join(folderOf(node), "store.sock")}` }, keys: { "proxy-protocol": "v2" } },
      ]),
    ),
    tunnels: NODES.flatMap((node) =>
      HOLDERS.filter((other) => other !== node).map((other) => ({
        node,
        listen: `unix:${join(folderOf(node), WAYS.tunnels, `${other}.sock`)}`,
        as: node === "a" ? "user/alice" : `service/storage.${node}`,
        service: `storage.${other}`,
        class: "bulk" as const,
      })),
    ),
  });
  port = await freePort();
  for (const node of HOLDERS) await start(node, { storage: { state: "store-state", ...WAYS, budget: "1 GB" } });
  await start("a", {
    "storage-gateway": { bind: `127.0.0.1:${port}`, ...WAYS, collections: ["cluster/backups"] },
  });
  await lab.up();
  await fabric.up();
  const hosts = HOLDERS.map((node) => fabric.signService(`storage.${node}`, [node]));
  await fabric.publish("a", hosts);
}, 240_000);
afterAll(async () => {
  await Promise.all(processes.map((each) => each.endBy("SIGKILL")));
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

/** Paths of a config start at the folder of its node. */
const WAYS = { tunnels: "tunnels", agent: "fabric-admin.sock" };

async function start(node: string, mode: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(folderOf(node), "store-flor.yaml");
  mkdirSync(join(folderOf(node), "store-state"), { recursive: true });
  const places = { admin: "store-admin.sock", ...(node === "a" ? {} : { listen: "store.sock" }) };
  writeFileSync(file, JSON.stringify({ cluster: "signed", node, ...places, ...mode }));
  const started = new OwnProcess(lab, node, "store-flor", file);
  processes.push(started);
  await vi.waitFor(() => expect(started.hasLogged("READY"), started.stdout + started.stderr).toBe(true), PATIENCE);
}

function restic(...words: readonly string[]): Promise<Answer> {
  const repository = `RESTIC_REPOSITORY=rest:http://127.0.0.1:${port}/cluster/backups/`;
  const variables = ["RESTIC_PASSWORD=long enough", `RESTIC_CACHE_DIR=${join(lab.folder, "cache")}`, "GOMAXPROCS=2"];
  return runToEnd(["env", repository, ...variables, "restic", ...words], 120_000);
}

function fileUrl(name: string): string {
  return `http://127.0.0.1:${port}/cluster/backups/${name}`;
}

async function statusOfConfig(): Promise<number> {
  return (await fetch(fileUrl("config"), { method: "HEAD" })).status;
}

async function statusOfPut(): Promise<number> {
  const body = "a lock";
  const id = createHash("sha256").update(body).digest("hex");
  return (await fetch(fileUrl(`locks/${id}`), { method: "POST", body })).status;
}

/** The recovery epoch by which a holder goes; undefined: it knows of no record. */
async function epochAt(node: string): Promise<number | undefined> {
  const told = (await requestAdmin(join(folderOf(node), "store-admin.sock"), "/status")) as {
    readonly storage: { readonly collections: readonly { held: { terms?: { recoveryEpoch: number } } | null }[] };
  };
  return told.storage.collections[0]?.held?.terms?.recoveryEpoch;
}

async function untilAllGoBy(epoch: number): Promise<void> {
  for (const node of HOLDERS) await expect.poll(() => epochAt(node), PATIENCE).toBe(epoch);
}

withRestic(
  "a collection is there once operators have signed it, and goes by the newest record",
  { timeout: 300_000 },
  async () => {
    // restic itself tries for as long as a minute.
    expect(await statusOfConfig()).toBe(503);
    expect(await fabric.publish("a", [fabric.sign("collection", "backups", BODY)])).toMatchObject({});
    await untilAllGoBy(1);
    await expect.poll(async () => (await restic("init")).code, PATIENCE).toBe(0);
    const source = join(lab.folder, "source");
    mkdirSync(source);
    writeFileSync(join(source, "file"), "x".repeat(100_000));
    expect(await restic("backup", source)).toMatchObject({ code: 0 });
    await fabric.publish("a", [fabric.sign("collection", "backups", { ...BODY, "recovery-epoch": 2 })]);
    await untilAllGoBy(2);
    await expect.poll(async () => (await restic("check", "--read-data")).stdout, PATIENCE).toContain("no errors");
    await fabric.publish("a", [
      fabric.sign("collection", "backups", { ...BODY, "recovery-epoch": 2, writers: ["user/bob"] }),
    ]);
    await expect.poll(statusOfPut, PATIENCE).toBe(403);
  },
);
