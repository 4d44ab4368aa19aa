import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { endChild, hasEnded, untilSaid } from "../src/child-process.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function run(script: string): ChildProcess {
  const child = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
  children.push(child);
  return child;
}

/** Waits on its standard input. */
const WAIT = "read -r line";

test("a process that runs is ended, and one that has ended by itself is not waited for", async () => {
  const child = run(WAIT);
  expect(hasEnded(child)).toBe(false);
  await endChild(child, "it", "SIGTERM");
  expect(child.signalCode).toBe("SIGTERM");
  await endChild(child, "it", "SIGTERM");
  const own = run("exit 3");
  await once(own, "exit");
  expect(hasEnded(own)).toBe(true);
  await endChild(own, "it", "SIGTERM");
});

test("a process that goes on is told by name", async () => {
  const stubborn = run(`trap "" TERM; echo ready; ${WAIT}`);
  await untilSaid(stubborn, "it");
  await expect(endChild(stubborn, "vpn-flor of d", "SIGTERM", 1)).rejects.toMatchObject({
    code: "ERR_LAB_TIMEOUT",
    message: "vpn-flor of d does not end by SIGTERM",
  });
});

test("whoever waits for the words of a process that ends, is silent, or never began is told", async () => {
  await untilSaid(run(`echo ready; ${WAIT}`), "it");
  await expect(untilSaid(run("exit 1"), "the server")).rejects.toMatchObject({
    code: "ERR_LAB_PROCESS_DIED",
    message: "the server has ended",
  });
  await expect(untilSaid(run(WAIT), "the server", 1)).rejects.toMatchObject({ code: "ERR_LAB_TIMEOUT" });
  const absent = spawn("/nowhere/program", { stdio: ["ignore", "pipe", "ignore"] });
  await expect(untilSaid(absent, "the server")).rejects.toMatchObject({ code: "ERR_LAB_PROCESS_DIED" });
  expect(hasEnded(absent)).toBe(true);
  await endChild(absent, "it", "SIGTERM");
});
