/** The thread of a `SeedRunner`: runs the mesh of each seed that it is told, and tells the outcome. */
import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { inspect } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { runSeed } from "./run-seed.ts";
import type { SeedAnswer, SeedTask, ThreadData } from "./seed-runner.ts";

const { progress } = workerData as ThreadData;
const tell = (answer: SeedAnswer): void => parentPort!.postMessage(answer, []);

giveWay();

parentPort!.on("message", ({ seed, nodes, engine, isLogged }: SeedTask) => {
  const onLine = isLogged ? (line: string) => tell({ kind: "line", line }) : undefined;
  try {
    const report = runSeed(seed, nodes, { engine, onLine, onProgress: (now) => (progress[0] = now) });
    tell({ kind: "report", report });
  } catch (error) {
    tell({ kind: "failure", text: inspect(error) });
  }
});

/**
 * Has this thread run only when no other thread on the machine wants to. Meshes wait for nothing, and do not depend on the machine's time:
 * tests that do may run beside them, and meet them nowhere. Where the system has no such class the thread runs as any other.
 */
function giveWay(): void {
  const [, thread] = /task\/(\d+)$/.exec(readlinkSync("/proc/thread-self"))!;
  spawnSync("chrt", ["--idle", "--pid", "0", thread!], { stdio: "ignore" });
}
