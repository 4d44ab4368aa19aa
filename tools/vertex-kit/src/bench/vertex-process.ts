import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "@florenetes/meshlab";
import { END_MS_MAX, OUTPUT_MAX, POLL_MS } from "../limits.ts";

const LAST_LINES = 5;

/** A program and the arguments of a link vertex; `run --config FILE` is put behind them. */
export type VertexCommand = readonly string[];

/** How a process has ended: its exit code, or the signal that ended it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The process of a vertex, which is started again and again, each time as a new process, and ended by its number. */
export class VertexProcess {
  readonly #command: VertexCommand;
  readonly #folder: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #end: ProcessEnd | undefined;
  #isEndWanted = false;
  #isStopped = false;
  /** The time at which the last life began, by the monotonic clock. */
  startedAt = 0;
  /** The end of the output of all lives. */
  output = "";
  /** Lines of output in all lives. */
  lines = 0;

  /** @param folder the folder in which the process runs */
  constructor(command: VertexCommand, folder: string, config: string) {
    this.#command = command;
    this.#folder = folder;
    this.#args = ["run", "--config", config];
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#end === undefined;
  }

  /** How the process has ended without being asked to; undefined: it has not. */
  get unwantedEnd(): ProcessEnd | undefined {
    return this.#isEndWanted ? undefined : this.#end;
  }

  /** How the last life has ended; undefined: it has not. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The last lines of the output. */
  get lastLines(): string {
    return this.output.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
  }

  /** Seconds of CPU time so far. */
  get cpuSeconds(): number {
    return cpuSeconds(this.pid) ?? 0;
  }

  /** @param command another program in its place */
  start(command: VertexCommand = this.#command): void {
    const [program = "", ...args] = [...command, ...this.#args];
    const child = spawn(program, args, { cwd: this.#folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.startedAt = performance.now();
    this.#end = undefined;
    this.#isEndWanted = false;
    this.#isStopped = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    }
    const ended = (end: ProcessEnd): void => void (this.#child === child && (this.#end = end));
    child.once("error", (error) => {
      this.output += error.message;
      ended({ code: null, signal: null });
    });
    child.once("exit", (code, signal) => ended({ code, signal }));
  }

  /** Sends a signal, and waits until the process has ended. @returns undefined when it goes on for too long */
  async stop(signal: NodeJS.Signals = "SIGTERM", withinMs: number = END_MS_MAX): Promise<ProcessEnd | undefined> {
    const child = this.#child;
    if (child === undefined || this.#end !== undefined) return this.#end;
    this.#isEndWanted = true;
    const ended = once(child, "exit");
    this.#resume();
    child.kill(signal);
    const ticking = new AbortController();
    await Promise.race([ended, sleep(withinMs, undefined, { signal: ticking.signal }).catch(() => undefined)]);
    ticking.abort();
    return this.#end;
  }

  /** Waits until the process has ended by itself, but no longer than `ms`. */
  async untilEndedOr(ms: number): Promise<void> {
    this.#isEndWanted = true;
    const end = performance.now() + ms;
    while (this.isRunning && performance.now() < end) await sleep(POLL_MS);
  }

  async kill(): Promise<void> {
    await this.stop("SIGKILL");
  }

  /** Stops the process until `go`. */
  freeze(): void {
    this.#isStopped = true;
    this.signal("SIGSTOP");
  }

  go(): void {
    this.#resume();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child?.kill(signal);
  }

  #keep(text: string): void {
    this.output = (this.output + text).slice(-OUTPUT_MAX);
    this.lines += text.split("\n").length - 1;
  }

  #resume(): void {
    if (this.#isStopped) this.signal("SIGCONT");
    this.#isStopped = false;
  }
}
