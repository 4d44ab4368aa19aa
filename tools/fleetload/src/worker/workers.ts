import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { DEVICES_PER_WORKER, WORKER_HEAP_MB, WORKER_MS_MAX } from "../limits.ts";
import type { DeviceStart, WorkerAnswer, WorkerLook, WorkerOrder } from "./messages.ts";

/** All workers together. */
export class Workers implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  #failure: string | undefined;

  get pids(): readonly number[] {
    return this.#children.flatMap(({ pid }) => pid ?? []);
  }

  /** Starts devices, in as many processes as they need. Resolves when all orders were given. */
  start(devices: readonly DeviceStart[]): void {
    const count = Math.ceil(devices.length / DEVICES_PER_WORKER);
    for (let index = 0; index < count; index++) {
      const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), [], {
        execArgv: ["--conditions=@florenetes/source", "--disable-sigusr1", `--max-old-space-size=${WORKER_HEAP_MB}`],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      child.on("message", (answer: WorkerAnswer) => {
        if (answer.kind === "failed") this.#failure ??= answer.text;
      });
      child.once("exit", (code, signal) => {
        if (code !== 0) this.#failure ??= `a worker has ended: ${code ?? signal}`;
      });
      this.#children.push(child);
      // Neighbours in the list are in different processes, so that all processes are as busy.
      tell(child, { kind: "start", devices: devices.filter((_, at) => at % count === index) });
    }
  }

  /** From now on it counts which devices are back. */
  mark(died: "coordinators" | "hub"): void {
    for (const child of this.#children) tell(child, { kind: "mark", died });
  }

  /** How all devices are. @throws Error where a worker has failed, or does not answer */
  async look(): Promise<WorkerLook> {
    const looks = await Promise.all(this.#children.map((child) => this.#lookOf(child)));
    return looks.reduce(joined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        if (child.connected) tell(child, { kind: "close" });
        const timer = setTimeout(() => child.kill("SIGKILL"), WORKER_MS_MAX);
        await ended;
        clearTimeout(timer);
      }),
    );
  }

  async #lookOf(child: ChildProcess): Promise<WorkerLook> {
    this.#requireWhole();
    const { promise, resolve, reject } = Promise.withResolvers<WorkerLook>();
    const take = (answer: WorkerAnswer): void => {
      if (answer.kind === "look") resolve(answer);
      else reject(new Error(answer.text));
    };
    const timer = setTimeout(() => reject(new Error("a worker does not answer")), WORKER_MS_MAX);
    const onExit = (): void => reject(new Error("a worker has ended"));
    child.on("message", take);
    child.once("exit", onExit);
    tell(child, { kind: "look" });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      child.off("message", take);
      child.off("exit", onExit);
    }
  }

  #requireWhole(): void {
    if (this.#failure !== undefined) throw new Error(this.#failure);
  }
}

function tell(child: ChildProcess, order: WorkerOrder): void {
  child.send(order);
}

function joined(one: WorkerLook, other: WorkerLook): WorkerLook {
  const warnings: Record<string, number> = { ...one.warnings };
  for (const [code, count] of Object.entries(other.warnings)) warnings[code] = (warnings[code] ?? 0) + count;
  return {
    kind: "look",
    started: one.started + other.started,
    up: one.up + other.up,
    linksUp: one.linksUp + other.linksUp,
    upAt: [...one.upAt, ...other.upAt],
    lost: one.lost + other.lost,
    backAt: [...one.backAt, ...other.backAt],
    letters: one.letters + other.letters,
    answered: one.answered + other.answered,
    reports: one.reports + other.reports,
    recordsMax: Math.max(one.recordsMax, other.recordsMax),
    warnings,
  };
}
