import { Worker } from "node:worker_threads";
import { replayOf } from "./run-seed.ts";
import type { SimReport } from "./run-mesh.ts";
import type { SimEngineName } from "./sim-engine.ts";

/** A mesh for the thread to run. */
export interface SeedTask {
  readonly seed: number;
  readonly nodes: number;
  readonly engine: SimEngineName;
  /** Whether the thread tells what its processes log. */
  readonly isLogged: boolean;
}

export type SeedAnswer =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "report"; readonly report: SimReport }
  | { readonly kind: "failure"; readonly text: string };

export interface ThreadData {
  /** The first item is the virtual time of the present mesh, in shared memory, as a thread that hangs tells nothing. */
  readonly progress: Float64Array;
}

/** CPU time, in milliseconds, for which virtual time may stand still. A mesh of 200 nodes needs less than a second for each look. */
const PATIENCE_CPU_MS = 60_000;
const LOOK_MS = 1_000;

/**
 * Runs meshes in a thread of its own, so that a mesh that hangs in an endless loop can be ended and named. Patience is measured in CPU time: a
 * busy machine uses none of it up.
 */
export class SeedRunner {
  readonly #file: URL;
  /** The present thread; undefined before the first mesh, and after a mesh that hung. */
  #thread: Worker | undefined;
  readonly #progress = new Float64Array(new SharedArrayBuffer(8));
  readonly #patienceMs: number;
  readonly #onLine: ((line: string) => void) | undefined;

  /**
   * @param onLine takes what the processes log
   * @param file the program of the thread: tests have one that hangs
   */
  constructor(
    onLine?: (line: string) => void,
    { file = new URL("./seed-thread.ts", import.meta.url), patienceMs = PATIENCE_CPU_MS } = {},
  ) {
    this.#onLine = onLine;
    this.#patienceMs = patienceMs;
    this.#file = file;
  }

  /**
   * Runs the mesh of a seed; the next one may begin when it is done.
   *
   * @throws Error that says what went wrong, and how to run the seed again
   */
  async run(seed: number, nodes: number, engine: SimEngineName = "simulated"): Promise<SimReport> {
    const thread = (this.#thread ??= this.#start());
    const task: SeedTask = { seed, nodes, engine, isLogged: this.#onLine !== undefined };
    const { promise, resolve, reject } = Promise.withResolvers<SimReport>();
    const handleAnswer = (answer: SeedAnswer): void => {
      if (answer.kind === "line") this.#onLine?.(answer.line);
      else if (answer.kind === "report") resolve(answer.report);
      else reject(new Error(answer.text));
    };
    let progress = -1;
    let movedAt = cpuMs();
    const look = setInterval(() => {
      if (this.#progress[0] !== progress) {
        progress = this.#progress[0]!;
        movedAt = cpuMs();
      } else if (cpuMs() - movedAt > this.#patienceMs) {
        reject(new Error(`seed ${seed} hangs at ${progress} ms; to see it again: ${replayOf(seed, nodes, engine)}`));
        void this.close();
      }
    }, LOOK_MS);
    thread.on("message", handleAnswer).once("error", reject);
    thread.postMessage(task, []);
    try {
      return await promise;
    } finally {
      clearInterval(look);
      thread.off("message", handleAnswer).off("error", reject);
    }
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #start(): Worker {
    const workerData: ThreadData = { progress: this.#progress };
    return new Worker(this.#file, { workerData, execArgv: ["--conditions=@florenetes/source"] });
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
