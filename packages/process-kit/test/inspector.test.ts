import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "florenetes-seclusion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = join(import.meta.dirname, "fixtures/program.ts");
const config = join(folder, "config.yaml");
writeFileSync(config, `admin: ${join(folder, "admin.sock")}\n`);

/** Starts a program and signals it every millisecond, from the moment when the signal no longer ends it; returns its output on stderr. */
async function bombard(flags: readonly string[] = [], inspectors = 0): Promise<string> {
  // The system chooses the inspector's port: a fixed port that is taken would hide an inspector.
  const node = ["--inspect-port=0", ...flags, "--conditions=@florenetes/source"];
  const child = spawn(process.execPath, [...node, program, "run", "--config", config]);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const exit = once(child, "exit");
  while (child.exitCode === null && !out.includes("READY")) {
    if (isCaught(child.pid!)) child.kill("SIGUSR1");
    await sleep(1);
  }
  for (let more = 0; more < 20; more++) {
    child.kill("SIGUSR1");
    await sleep(5);
  }
  expect(await openInspectors(err)).toBe(inspectors);
  child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
  return err;
}

/** Whether Node, or the program, has a handler for SIGUSR1 yet. */
function isCaught(pid: number): boolean {
  const caught = /^SigCgt:\s+(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${caught}`) >> 9n) & 1n) === 1n;
}

/** How many inspectors that Node told of accept connections. */
async function openInspectors(said: string): Promise<number> {
  const ports = [...said.matchAll(/Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]));
  const answers = await Promise.all(
    ports.map(async (port) => {
      const socket = connect(port, "127.0.0.1");
      const isOpen = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isOpen;
    }),
  );
  return answers.filter(Boolean).length;
}

test("no SIGUSR1 leaves the inspector open, at whatever moment of a program's start it comes", async () => {
  for (let start = 0; start < 3; start++) await bombard();
});

test("with `--disable-sigusr1` it does nothing at all", async () => {
  expect(await bombard(["--disable-sigusr1"])).not.toContain("Debugger");
});

test("a flag of Node's opens it nevertheless", async () => {
  expect(await bombard(["--inspect"], 1)).toContain("Debugger listening");
});
