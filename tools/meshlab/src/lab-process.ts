import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeProcess } from "./executables.ts";
import { KILL_MS_MAX, LOG_SIZE_READ } from "./limits.ts";
import { labError } from "./lab-error.ts";
import { markOf, signalProcess } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A vertex of a node, in all its lives. */
export class LabProcess {
  readonly node: string;
  readonly name: NodeProcess;
  /** Called when the process ends although nobody had asked it to. */
  onDeath: (() => void) | undefined;
  readonly #argv: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #logFile: string;
  #life: { readonly mark: ProcessMark; readonly ended: Promise<ProcessEnd> } | undefined;
  #end: ProcessEnd | undefined;
  #isExpectedToEnd = false;

  constructor(
    node: string,
    name: NodeProcess,
    argv: readonly string[],
    environment: NodeJS.ProcessEnv,
    logFile: string,
  ) {
    this.node = node;
    this.name = name;
    this.#argv = argv;
    this.#environment = environment;
    this.#logFile = logFile;
  }

  get pid(): number | undefined {
    return this.#life?.mark.pid;
  }

  /** How the last life ended; undefined while the process runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Whether the process ended although nobody had asked it to. */
  get hasDied(): boolean {
    return this.#end !== undefined && !this.#isExpectedToEnd;
  }

  start(): void {
    if (this.#life !== undefined) {
      throw labError("ERR_LAB_STATE", `${this.name} of ${this.node} runs already`, "Kill it first, or restart it.");
    }
    const [command = "", ...args] = this.#argv;
    const log = openSync(this.#logFile, "a", 0o640);
    // The process gets a session of its own: Ctrl-C and a closing terminal are for the lab, which ends its processes in order.
    const child = spawn(command, args, {
      cwd: "/",
      detached: true,
      env: this.#environment,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
    const finish = (end: ProcessEnd): void => {
      this.#life = undefined;
      this.#end = end;
      resolve(end);
      if (!this.#isExpectedToEnd) this.onDeath?.();
    };
    child.once("error", () => finish({ code: 127, signal: null }));
    child.once("exit", (code, signal) => finish({ code, signal }));
    this.#end = undefined;
    this.#isExpectedToEnd = false;
    this.#life = { mark: markOf(child.pid ?? 0), ended };
  }

  /**
   * Sends a signal. If the signal ends the process, resolves when it is gone; otherwise at once.
   *
   * @throws OperatorError `ERR_LAB_STATE` when the process does not run, `ERR_LAB_TIMEOUT` when it goes on
   */
  async signal(signal: NodeJS.Signals, timeoutMs: number = KILL_MS_MAX): Promise<void> {
    const life = this.#life;
    if (life === undefined)
      throw labError("ERR_LAB_STATE", `${this.name} of ${this.node} does not run`, "Start it first.");
    const isEnding =
      signal === "SIGKILL" ||
      signal === "SIGTERM" ||
      signal === "SIGINT" ||
      signal === "SIGABRT" ||
      signal === "SIGQUIT";
    if (isEnding) this.#isExpectedToEnd = true;
    signalProcess(life.mark, signal);
    if (!isEnding) return;
    const isGone = await Promise.race([life.ended.then(() => true), sleep(timeoutMs, false, { ref: false })]);
    if (!isGone)
      throw labError("ERR_LAB_TIMEOUT", `${this.name} of ${this.node} does not end by ${signal}`, "Use SIGKILL.");
  }

  /** Ends the process, politely first, even if it is stopped. */
  async stop(politeMs: number): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#isExpectedToEnd = true;
    signalProcess(life.mark, "SIGTERM");
    signalProcess(life.mark, "SIGCONT");
    const isGone = await Promise.race([life.ended.then(() => true), sleep(politeMs, false, { ref: false })]);
    if (isGone) return;
    signalProcess(life.mark, "SIGKILL");
    await Promise.race([life.ended, sleep(KILL_MS_MAX, undefined, { ref: false })]);
  }

  /** The output of all lives of the process, or the end of a long one. */
  async log(): Promise<string> {
    await using file = (await open(this.#logFile).catch(() => undefined)) as Awaited<ReturnType<typeof open>>;
    if (file === undefined) return "";
    const { size } = await file.stat();
    const start = Math.max(0, size - LOG_SIZE_READ);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return buffer.toString("utf8", 0, bytesRead);
  }
}

export function describeEnd({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
