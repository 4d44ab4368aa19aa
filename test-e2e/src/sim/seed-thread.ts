/** The thread of a `SeedRunner`: runs the mesh of each seed that it is told, and tells what came of it. */
import { inspect } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { runSeed } from "./run-seed.ts";
import type { SeedAnswer, SeedTask, ThreadData } from "./seed-runner.ts";

const { progress } = workerData as ThreadData;
const tell = (answer: SeedAnswer): void => parentPort!.postMessage(answer, []);

parentPort!.on("message", ({ seed, nodes, isLogged }: SeedTask) => {
  const onLine = isLogged ? (line: string) => tell({ kind: "line", line }) : undefined;
  try {
    const report = runSeed(seed, nodes, { onLine, onProgress: (now) => (progress[0] = now) });
    tell({ kind: "report", report });
  } catch (error) {
    tell({ kind: "failure", text: inspect(error) });
  }
});
