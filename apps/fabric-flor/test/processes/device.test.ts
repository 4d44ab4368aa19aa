/** A real process whose command says what its device is like. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { demoConfig } from "../demo-config.ts";
import { FabricProcess } from "./fabric-process.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };
const FACTS = { battery: 57, charging: false, network: "cellular", metered: true, foreground: true };
/** The example of docs/protocol/device-source.md, which ends with its standard input. */
const page = readFileSync(join(import.meta.dirname, "../../../../docs/protocol/device-source.md"), "utf8");
const example = /```sh\n(#![^]*?)```/.exec(page)![1]!;

const isAlive = (id: number): boolean =>
  existsSync(`/proc/${id}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, "utf8"));

/** An agent whose source is a script, which writes its process id into `id`. */
async function startedAgent(script: string): Promise<{ fabric: FabricProcess; id: () => number }> {
  const config = demoConfig("0".repeat(64)).replace("root-file: root.fact\n", "");
  const fabric = new FabricProcess(config);
  onTestFinished(() => fabric[Symbol.asyncDispose]());
  const file = join(fabric.folder, "source");
  const [first, ...lines] = script.split("\n");
  writeFileSync(file, [first, `echo $$ >${fabric.folder}/id`, ...lines].join("\n"), { mode: 0o755 });
  fabric.configure(`${config}device: { command: [${file}] }\n`);
  await fabric.start();
  return { fabric, id: () => Number(readFileSync(join(fabric.folder, "id"), "utf8")) };
}

test("the status has what the command says, and the command ends with the agent", async () => {
  const { fabric, id } = await startedAgent(`#!/bin/sh\necho '${JSON.stringify(FACTS)}'\nexec sleep 1000\n`);
  await expect.poll(async () => (await fabric.status()).device, PATIENCE).toMatchObject(FACTS);
  const source = id();
  expect(isAlive(source)).toBe(true);
  expect(await fabric.stop("SIGTERM")).toBe(0);
  expect(isAlive(source)).toBe(false);
});

test("the example of the page ends where the agent is killed", async () => {
  const { fabric, id } = await startedAgent(example);
  await expect.poll(async () => (await fabric.status()).device.network, PATIENCE).toBe("wired");
  const source = id();
  expect(isAlive(source)).toBe(true);
  await fabric.stop("SIGKILL");
  await expect.poll(() => isAlive(source), PATIENCE).toBe(false);
});

test("a command that has ended is found, with what to do, and `check` warns of one that cannot be run", async () => {
  const { fabric } = await startedAgent("#!/bin/sh\nexit 3\n");
  const words = /source of what this device is like has ended \(exit code 3\) \(ERR_FABRIC_DEVICE_SOURCE\)/;
  await expect
    .poll(async () => (await fabric.status()).findings.map(({ text }) => text), PATIENCE)
    .toContainEqual(expect.stringMatching(words));
  expect((await fabric.status()).device).toMatchObject({ charging: false, network: "unknown", metered: true });
  fabric.configure(readFileSync(join(fabric.folder, "fabric.yaml"), "utf8").replace("/source]", "/none]"));
  const { status, stdout, stderr } = fabric.command("check");
  expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining("ERR_FABRIC_DEVICE_COMMAND")]);
});
