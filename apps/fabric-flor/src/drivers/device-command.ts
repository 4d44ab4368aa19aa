import type { DeviceProfile } from "@florenetes/facts";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { foreignText } from "@florenetes/operator-text";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { CommandSource } from "../agent/device/command-source.ts";
import { END_MS, ERROR_LENGTH_MAX } from "../agent/device/limits.ts";

export interface DeviceCommandOptions {
  /** The program's absolute path, and its arguments. */
  readonly command: readonly string[];
  readonly time: ProcessTime;
  readonly log: Logger;
  /** Something has happened: facts may have changed. */
  readonly onFacts: (facts: DeviceProfile) => void;
}

/** Runs the command of a source of device facts, without a shell, in a process group of its own. */
export class DeviceCommand implements AsyncDisposable {
  readonly source: CommandSource;
  readonly #options: DeviceCommandOptions;
  readonly #timer: WakeUpTimer;
  readonly #limited: RateLimitedLog;
  #child: ChildProcess | undefined;
  #told: string | undefined;
  #isClosed = false;

  constructor(options: DeviceCommandOptions) {
    this.#options = options;
    const { time, log } = options;
    this.source = new CommandSource(time.now());
    this.#timer = time.wakeUps.timer(() => this.#do((now) => this.source.handleTimeout(now)));
    this.#limited = createRateLimitedLog(log, { now: time.now });
  }

  start(): void {
    this.#do((now) => this.source.handleTimeout(now));
  }

  /** Ends the command: it has two seconds for that, and then it is killed with whatever it has started. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, "exit");
    signalGroup(child, "SIGTERM");
    // A process that waits for nothing else has to wait for this.
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), END_MS);
    await ended;
    clearTimeout(timer);
  }

  #do(tell: (now: number) => void): void {
    if (this.#isClosed) return;
    const { time, onFacts } = this.#options;
    const now = time.now();
    tell(now);
    for (let order = this.source.pollOrder(); order !== undefined; order = this.source.pollOrder()) {
      if (order === "start") this.#spawn();
      else if (this.#child !== undefined) {
        signalGroup(this.#child, order === "kill" ? "SIGKILL" : "SIGTERM");
        // Whatever it goes on to print costs nothing.
        for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
      }
    }
    const next = this.source.nextTimeout();
    // Timers may come a little early.
    if (next !== Number.POSITIVE_INFINITY) this.#timer.set(Math.max(next, now + 1));
    this.#tellFault();
    onFacts(this.source.facts);
  }

  #tellFault(): void {
    const { fault } = this.source;
    if (fault === this.#told) return;
    const wasTold = this.#told !== undefined;
    this.#told = fault;
    if (fault !== undefined)
      this.#limited.warn(
        { code: "DEVICE_SOURCE_DEAD", reason: fault },
        `the source of what this device is like ${fault}`,
      );
    else if (wasTold)
      this.#limited.info(
        { code: "DEVICE_SOURCE_BACK" },
        "the source of what this device is like prints good lines again",
      );
  }

  #spawn(): void {
    const [program = "", ...args] = this.#options.command;
    let child: ChildProcess;
    try {
      // Its standard input ends with this process, however that ends.
      child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    } catch (error) {
      // Some errors of the system are told by an event, and others are thrown.
      this.source.handleEnded(notStarted(error), this.#options.time.now());
      return;
    }
    const { stdin, stdout, stderr } = child;
    let isOver = false;
    const end = (how: string): void => {
      if (isOver) return;
      isOver = true;
      signalGroup(child, "SIGKILL");
      for (const stream of [stdin, stdout, stderr]) stream?.destroy();
      this.#child = undefined;
      this.#do((now) => this.source.handleEnded(how, now));
    };
    child.on("error", (error) => {
      if (child.pid === undefined) end(notStarted(error));
    });
    child.on("exit", (code, signal) => end(`has ended (${code === null ? signal : `exit code ${code}`})`));
    for (const stream of [stdin, stdout, stderr]) stream?.on("error", () => undefined);
    stdout?.on("data", (bytes: Buffer) => this.#do((now) => this.source.handleOutput(bytes, now)));
    stdout?.on("close", () => {
      if (!isOver) this.#do((now) => this.source.handleClosed(now));
    });
    stderr?.on("data", (bytes: Buffer) =>
      this.#do((now) => this.source.handleErrors(bytes, now, (line) => this.#logError(line))),
    );
    if (child.pid !== undefined) this.#child = child;
  }

  #logError(line: Uint8Array): void {
    const text = foreignText(Buffer.from(line).toString("utf8").trim(), ERROR_LENGTH_MAX);
    this.#limited.warn({ code: "DEVICE_SOURCE_SAYS" }, text);
  }
}

function notStarted(error: unknown): string {
  return `cannot be started (${error instanceof Error && "code" in error ? String(error.code) : String(error)})`;
}

/** Sends a signal to a command with whatever it has started. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended by itself.
  }
}
