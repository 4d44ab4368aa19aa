import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";

const program = fileURLToPath(new URL("fixtures/watched.ts", import.meta.url));
const limitMs = 1_000;
// The watchdog counts CPU time, and a busy machine leaves a process that calculates little of it.
vi.setConfig({ testTimeout: 120_000 });

/** Starts a process with a watchdog of one second; `act` is what the process does once it has said that it runs. */
async function start(act: string): Promise<{ child: ChildProcess; exit: Promise<unknown[]>; err: () => string }> {
  const child = spawn(process.execPath, ["--conditions=@florenetes/source", program, act, String(limitMs)]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const exit = once(child, "exit");
  await once(child.stdout, "data");
  return { child, exit, err: () => err };
}

test.each(["calculate", "wait", "microtasks"])(
  "a process that hangs is ended with its code and a line: %s",
  async (act) => {
    const { child, err } = await start(act);
    // The exit may come before all output is read; `close` comes after.
    expect(await once(child, "close")).toEqual([70, null]);
    expect(err()).toBe("last words\n");
  },
);

test("one whose stderr nobody reads is ended nevertheless", async () => {
  const { child, exit } = await start("fill-stderr");
  child.stderr!.pause();
  expect(await exit).toEqual([70, null]);
});

test.each(["turn", "sleep"])("a process that is stopped for longer, and goes on, lives: %s", async (act) => {
  const { child, exit } = await start(act);
  for (let round = 0; round < 3; round++) {
    child.kill("SIGSTOP");
    await sleep(1.5 * limitMs);
    child.kill("SIGCONT");
    await once(child.stdout!, "data");
  }
  expect(child.exitCode).toBe(null);
  child.kill("SIGTERM");
  expect(await exit).toEqual([null, "SIGTERM"]);
});
