/** Real processes that keep a copy of the log in files of SQLite. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeRecordText } from "@florenetes/facts";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import type { LogStatus } from "../../src/admin/log-status.ts";
import { DAY, DemoCluster } from "../demo-records.ts";
import { FabricProcess } from "./fabric-process.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
const cluster = new DemoCluster(Date.now() - DAY);

const config = (store = "sqlite"): string => `\
cluster: demo
node: a
state: state
admin: run/admin.sock
door: cluster/fabric.sock
sessions: cluster/sessions.sock
listen: run/agent.sock
root: sha256:${cluster.fingerprint}
root-file: root.fact
store: ${store}
`;

async function startedAgent(): Promise<FabricProcess> {
  const fabric = new FabricProcess(config());
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
  const { facts } = (await requestAdmin(join(fabric.folder, "run/admin.sock"), "/facts?kind=checkpoint")) as {
    facts: readonly unknown[];
  };
  expect(facts).toHaveLength(1);
  expect(fabric.command("status").stdout).toMatch(/log main: 3 entries, whole; missing in it: 0/);
  const metrics = (await requestAdmin(join(fabric.folder, "run/admin.sock"), "/metrics")) as string;
  expect(metrics).toContain('florenetes_fabric_log_entries{process="fabric-flor",cluster="demo"} 3');

  await fabric.stop("SIGKILL");
  await fabric.start();
  await publish(fabric, cluster.service("mail", ["b"]));
  await expect.poll(() => logOf(fabric), PATIENCE).toMatchObject({ store: { entries: 4, isWhole: true, missing: 0 } });
});
