/** Processes with programs' keys, and the people whose records they sign again. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecordText, writeRecordText } from "@florenetes/facts";
import {
  addSignatures,
  createKeyFolder,
  makeSigningKey,
  proposeRoot,
  type PublicKey,
  requireRecord,
  type SigningKey,
} from "@florenetes/facts/authoring";
import { EtcdCluster } from "@florenetes/facts/testing";
import { requestAdmin } from "@florenetes/process-kit";
import { demoConfig } from "../demo-config.ts";
import { DAY } from "../demo-records.ts";
import { FabricProcess } from "./fabric-process.ts";

export const PATIENCE = { timeout: 60_000, interval: 100 };
const now = Date.now();
export const operators: readonly SigningKey[] = ["o1", "o2", "o3"].map(makeSigningKey);
const owners = ["r1", "r2"].map(makeSigningKey);

/**
 * Starts an agent for each node, with a program's key of its own, under a root that takes so many signatures as there are nodes, and gives its text.
 *
 * @param rest What all their configs have beside the signer
 */
export async function startPrograms(
  processes: ReadonlyMap<string, FabricProcess>,
  rules: string,
  rest = "",
): Promise<string> {
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
  const signer = `${rest}\nsigner: { key: program, rules: ${rules} }\n`;
  for (const [node, fabric] of processes) await startNode(text, node, fabric, signer);
  return text;
}

/** Starts an agent that trusts a root. */
export async function startNode(text: string, node: string, fabric: FabricProcess, rest = ""): Promise<void> {
  const { id } = requireRecord(readRecordText(text)!);
  fabric.configure(`${demoConfig(id, node)}development: true\n${rest}`);
  writeFileSync(join(fabric.folder, "root.fact"), text);
  await fabric.start();
}

export async function publish({ folder }: FabricProcess, ...texts: readonly string[]): Promise<void> {
  const body = texts.join("");
  await requestAdmin(join(folder, "run/admin-control.sock"), "/records", { method: "POST", body });
}

/** Two agents with one etcd, which are ended in the end. */
export async function withTwoPrograms(
  rules: string,
  act: (a: FabricProcess, b: FabricProcess, root: string) => Promise<void>,
): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), "florenetes-programs-"));
  const etcd = await EtcdCluster.start(join(base, "etcd"), { members: 1 });
  const access = etcd.store();
  const [a, b] = [new FabricProcess(""), new FabricProcess("")];
  try {
    const both = new Map([
      ["a", a],
      ["b", b],
    ]);
    await act(a, b, await startPrograms(both, rules, `store: ${JSON.stringify(access)}`));
  } finally {
    for (const fabric of [a, b]) await fabric[Symbol.asyncDispose]();
    await etcd.close();
    rmSync(base, { recursive: true, force: true });
  }
}
