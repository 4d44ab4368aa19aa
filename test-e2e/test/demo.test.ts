/*
 *   The demo as a user runs it, on loopback and without root: eight processes, one request.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const meshlab = fileURLToPath(new URL("../../tools/meshlab/dist/main.js", import.meta.url));

describe("the demo", () => {
  test("--once shows the mesh and the answer, exits with 0 and leaves nothing running", async () => {
    const demo = startDemo("--once");
    const output = await outputUntilEnd(demo);
    expect(demo.exitCode, output).toBe(0);
    expect(output).toMatch(/HTTP\/1\.1 200/);
    expect(output).toMatch(/\d+(\.\d+)? ms/);
    expect(output).toMatch(/curl http:\/\//);
    expect(processesOf(demo.pid!)).toEqual([]);
  });

  test("stays up until Ctrl-C, answers curl meanwhile, and leaves nothing running", async () => {
    const demo = startDemo();
    const output = await outputUntil(demo, /curl (http:\/\/\S+)/);
    const url = /curl (http:\/\/\S+)/.exec(output)![1]!;
    const answer = execFileSync("curl", ["--silent", "--fail", "--max-time", "10", url], { encoding: "utf8" });
    expect(answer).not.toBe("");
    expect(processesOf(demo.pid!).length).toBeGreaterThanOrEqual(8);
    demo.kill("SIGINT");
    await once(demo, "exit");
    expect(processesOf(demo.pid!)).toEqual([]);
  });

  test("a demo that is killed takes its processes with it", async () => {
    const demo = startDemo();
    await outputUntil(demo, /curl http:\/\//);
    expect(processesOf(demo.pid!).length).toBeGreaterThanOrEqual(8);
    demo.kill("SIGKILL");
    await once(demo, "exit");
    await expect.poll(() => processesOf(demo.pid!), { timeout: 10_000 }).toEqual([]);
  });
});

function startDemo(...args: string[]): ChildProcess {
  const environment = { ...process.env, FLORENETES_TEST_RUN: `demo-${process.pid}-${Date.now()}` };
  return spawn(process.execPath, [meshlab, "demo", ...args], { stdio: ["ignore", "pipe", "pipe"], env: environment });
}
