/** Real processes that keep a copy of the log in files of SQLite, or in one etcd. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readFact, readRecordText, writeRecordText } from "@florenetes/facts";
import { EtcdCluster, hasEtcd } from "@florenetes/facts/testing";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import type { LogStatus } from "../../src/admin/log-status.ts";
import { demoConfig } from "../demo-config.ts";
import { DAY, DemoCluster } from "../demo-records.ts";
import { FabricProcess } from "./fabric-process.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
const cluster = new DemoCluster(Date.now() - DAY);

const config = (node: string, store: string): string => `${demoConfig(cluster.fingerprint, node)}store: ${store}\n`;

/** An agent without neighbours: whatever comes to it comes by its store. */
async function startedAgent(node = "a", store = "sqlite"): Promise<FabricProcess> {
  const fabric = new FabricProcess(config(node, store));
  writeFileSync(join(fabric.folder, "root.fact"), writeRecordText(cluster.root));
  await fabric.start();
  return fabric;
}

function publish(fabric: FabricProcess, ...records: readonly Uint8Array[]): Promise<unknown> {
  const body = records.map(writeRecordText).join("");
  return requestAdmin(join(fabric.folder, "run/admin-control.sock"), "/records", { method: "POST", body });
}

/** The policy that names these signers of the log. */
const policyOf = (signers: Readonly<Record<string, string>>, epoch = 1, name = "main"): Buffer =>
  cluster.control({
    epoch,
    body: { log: { name, signers: Object.entries(signers).map(([node, key]) => ({ node, key })) } },
  });

/** The ids of records in force of a kind, and how many keys have signed each. */
async function heldBy(fabric: FabricProcess, kind: string): Promise<readonly (readonly [string, number])[]> {
  const { facts } = (await requestAdmin(join(fabric.folder, "run/admin.sock"), `/facts?kind=${kind}`)) as {
    facts: readonly { readonly subject: string; readonly proof: string }[];
  };
  return facts.map(({ subject, proof }) => {
    const fact = readFact(readRecordText(proof)!, "demo");
    return [subject, typeof fact === "string" ? 0 : fact.envelope.signatures.length] as const;
  });
}

const logOf = async (fabric: FabricProcess): Promise<LogStatus> => (await fabric.status()).log!;

test("a node with a file of SQLite appends what it takes, signs a checkpoint of it by the node's key, and goes on after a restart", async () => {
  await using fabric = await startedAgent();
  const { key } = await fabric.status();
  await publish(fabric, policyOf({ a: key }), cluster.service("web", ["b"]));
  await expect
    .poll(() => logOf(fabric), PATIENCE)
    .toMatchObject({
      name: "main",
      store: { entries: 3, isWhole: true, missing: 0, refused: {} },
      checkpoint: { index: expect.any(Number) },
      signing: { outcome: "signed" },
      problem: null,
      isStale: false,
      differing: [],
    });
  expect(await heldBy(fabric, "checkpoint")).toEqual([["main", 1]]);
  expect(fabric.command("status").stdout).toMatch(/log main: 3 entries, whole; missing in it: 0/);
  const metrics = (await requestAdmin(join(fabric.folder, "run/admin.sock"), "/metrics")) as string;
  expect(metrics).toContain('florenetes_fabric_log_entries{process="fabric-flor",cluster="demo"} 3');

  await fabric.stop("SIGKILL");
  await fabric.start();
  await publish(fabric, cluster.service("mail", ["b"]));
  await expect.poll(() => logOf(fabric), PATIENCE).toMatchObject({ store: { entries: 4, isWhole: true, missing: 0 } });
});

test("a file that was edited is told, and changes no record of the agent", async () => {
  await using fabric = await startedAgent();
  const file = join(fabric.folder, "state/log-main.db");
  await publish(fabric, cluster.service("web", ["b"]));
  await expect.poll(() => logOf(fabric), PATIENCE).toMatchObject({ store: { entries: 2, isWhole: true } });
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.exec("UPDATE entries SET octets = zeroblob(2000000), hash = zeroblob(9) WHERE entry = 2");
  await expect
    .poll(() => logOf(fabric), PATIENCE)
    .toMatchObject({
      problem: { code: "ERR_LOG_CHANGED" },
      store: { isWhole: false },
    });
  // A head that no number of this program can hold.
  database.exec("INSERT INTO entries VALUES (9223372036854775807, zeroblob(32), zeroblob(50))");
  await publish(fabric, cluster.service("mail", ["b"]));
  expect((await heldBy(fabric, "service")).map(([name]) => name).toSorted()).toEqual(["mail", "web"]);
  expect(fabric.command("status").stdout).toContain("the log is not in order (ERR_LOG_");
  expect((await fabric.status()).log).toMatchObject({ store: { isWhole: false } });
  database.close();
});

test.skipIf(!hasEtcd)(
  "nodes of one etcd have what one of them was handed, confirm it together, and work on while etcd is away",
  { timeout: 240_000 },
  async () => {
    const base = mkdtempSync(join(tmpdir(), "florenetes-log-etcd-"));
    const etcd = await EtcdCluster.start(join(base, "etcd"), { members: 3 });
    const access = etcd.store();
    const nodes: FabricProcess[] = [];
    try {
      for (const node of ["a", "b", "c"]) nodes.push(await startedAgent(node, JSON.stringify(access)));
      const [a, b, c] = nodes as [FabricProcess, FabricProcess, FabricProcess];
      const keys = await Promise.all(nodes.map(async (node) => (await node.status()).key));
      await publish(a, policyOf({ a: keys[0]!, b: keys[1]!, c: keys[2]! }));
      // Two append at the same time.
      await Promise.all([publish(a, cluster.service("web", ["b"])), publish(b, cluster.service("mail", ["b"]))]);
      for (const node of nodes) {
        await expect.poll(() => heldBy(node, "service").then((all) => all.length), PATIENCE).toBe(2);
        await expect
          .poll(() => logOf(node), PATIENCE)
          .toMatchObject({
            store: { entries: 4, isWhole: true, missing: 0, refused: {} },
            checkpoint: { index: expect.any(Number) },
            differing: [],
          });
        const [[, signatures] = ["", 0]] = await heldBy(node, "checkpoint");
        expect(signatures).toBeGreaterThanOrEqual(2);
      }

      await etcd.close();
      await expect.poll(() => logOf(c), PATIENCE).toMatchObject({ problem: { code: "ERR_LOG_STORE_UNREACHABLE" } });
      await publish(c, cluster.service("chat", ["b"]));
      expect(await heldBy(c, "service")).toHaveLength(3);
      for (const name of etcd.names()) etcd.begin(name);
      for (const node of nodes)
        await expect.poll(() => heldBy(node, "service").then((all) => all.length), PATIENCE).toBe(3);
      await expect.poll(() => logOf(c), PATIENCE).toMatchObject({ problem: null, store: { entries: 5, missing: 0 } });
    } finally {
      for (const node of nodes) await node[Symbol.asyncDispose]();
      await etcd.close();
      rmSync(base, { recursive: true, force: true });
    }
  },
);
