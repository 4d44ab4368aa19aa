/** Real processes with programs' keys. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeRecordText } from "@florenetes/facts";
import {
  addSignatures,
  createKeyFolder,
  makeSigningKey,
  proposeRecord,
  proposeRoot,
  type PublicKey,
  requireRecord,
} from "@florenetes/facts/authoring";
import { EtcdCluster, hasEtcd } from "@florenetes/facts/testing";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { demoConfig } from "../demo-config.ts";
import { DAY } from "../demo-records.ts";
import { FabricProcess } from "./fabric-process.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
const now = Date.now();
const operators = ["o1", "o2", "o3"].map(makeSigningKey);
const owners = ["r1", "r2"].map(makeSigningKey);

const config = (node: string, fingerprint: string, store: string): string =>
  `${demoConfig(fingerprint, node)}development: true\n${store}\nsigner: { key: program, rules: [renew] }\n`;

/** Starts an agent for each node, with a program's key of its own, under a root that takes so many signatures as there are nodes. */
async function startAll(processes: ReadonlyMap<string, FabricProcess>, store = ""): Promise<void> {
  const programs = [...processes].map(([node, { folder }]): PublicKey & { readonly auto: true } => {
    return { ...createKeyFolder(join(folder, "program"), `program-${node}`).publicKey, auto: true };
  });
  const people = operators.slice(0, 2 * programs.length - 1);
  const root = proposeRoot({
    cluster: "demo",
    mode: "development",
    authorities: { root: { keys: owners }, control: { keys: [...people, ...programs] } },
    now: now - DAY,
  });
  const text = writeRecordText(addSignatures(root, owners));
  for (const [node, fabric] of processes) {
    fabric.configure(config(node, requireRecord(root).id, store));
    writeFileSync(join(fabric.folder, "root.fact"), text);
    await fabric.start();
  }
}

/** A role for 8 days, so many of which have passed. */
function role(days: number): string {
  const body = { actions: ["relay"], services: [], depth: 0 };
  const place = { cluster: "demo", kind: "role", subject: `a/relay/r${days}` } as const;
  const times = { now: now - days * DAY, expires: now - days * DAY + 8 * DAY };
  return writeRecordText(addSignatures(proposeRecord({ ...place, ...times, body }), operators.slice(0, 2)));
}

async function publish({ folder }: FabricProcess, ...texts: readonly string[]): Promise<void> {
  const body = texts.join("");
  await requestAdmin(join(folder, "run/admin-control.sock"), "/records", { method: "POST", body });
}

/** Names and epochs of the roles in force. */
async function rolesOf({ folder }: FabricProcess): Promise<readonly string[]> {
  const { facts } = (await requestAdmin(join(folder, "run/admin.sock"), "/facts?kind=role")) as {
    facts: readonly { readonly subject: string; readonly epoch: number }[];
  };
  return facts.map(({ subject, epoch }) => `${subject} ${epoch}`).toSorted();
}

test("an agent with a program's key renews what is through half of its life, and nothing else", async () => {
  await using fabric = new FabricProcess("");
  await startAll(new Map([["a", fabric]]));
  await publish(fabric, role(6), role(2));
  await expect
    .poll(async () => (await fabric.status()).renewals, PATIENCE)
    .toEqual({ isListed: true, due: 0, late: 0, signed: 1, fault: null });
  expect(await rolesOf(fabric)).toEqual(["a/relay/r2 1", "a/relay/r6 2"]);
  expect(fabric.command("status").stdout).toMatch(/renewals: 1 signed here; 0 wait for signatures/);
});

test.skipIf(!hasEtcd)("two programs come together in one etcd", { timeout: 120_000 }, async () => {
  const base = mkdtempSync(join(tmpdir(), "florenetes-renewals-"));
  const etcd = await EtcdCluster.start(join(base, "etcd"), { members: 1 });
  const file = (name: string): string => join(base, "etcd", name);
  const access = { etcd: etcd.urls(), ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key") };
  const [a, b] = [new FabricProcess(""), new FabricProcess("")];
  try {
    const both = new Map([
      ["a", a],
      ["b", b],
    ]);
    await startAll(both, `store: ${JSON.stringify(access)}`);
    await publish(a, role(6));
    for (const fabric of both.values()) await expect.poll(() => rolesOf(fabric), PATIENCE).toEqual(["a/relay/r6 2"]);
  } finally {
    for (const fabric of [a, b]) await fabric[Symbol.asyncDispose]();
    await etcd.close();
    rmSync(base, { recursive: true, force: true });
  }
});
