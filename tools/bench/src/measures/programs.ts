import type { ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Lab } from "@florenetes/meshlab";
import type { System } from "../system.ts";

const POLL_MS = 20;
const LATE_MS_MAX = 30_000;

/** Argument vector that runs one of the bench's own workload programs. */
export function workload(name: string, ...args: (string | number)[]): string[] {
  const file = fileURLToPath(new URL(`../workload/${name}${extname(import.meta.url)}`, import.meta.url));
  return [process.execPath, ...process.execArgv, file, ...args.map(String)];
}

/** Runs a program on a node to its end; returns its output. Throws when it fails, or takes much longer than `seconds`. */
export async function run(lab: Lab, node: string, argv: readonly string[], seconds: number): Promise<string> {
  const { code, signal, stdout, stderr } = await lab.exec(node, argv, { timeoutMs: seconds * 1000 + LATE_MS_MAX });
  if (code === 0) return stdout;
  throw new Error(`"${argv.join(" ")}" ended with ${signal ?? code}: ${(stderr || stdout).trim()}`);
}

/** A program that runs, and all that it has printed so far. It is killed when it is disposed of. */
export interface Running extends Disposable {
  readonly child: ChildProcess;
  /** Resolves when the program has ended, and all of its output is here. */
  readonly ended: Promise<unknown>;
  /** The program's output so far; its errors when there is no output. */
  said(): string;
  /** Whether the program says this text before the time is up; false also when it ends before. */
  untilSays(text: string, withinMs: number): Promise<boolean>;
}

export function start(lab: Lab, node: string, argv: readonly string[]): Running {
  const child = lab.spawn(node, argv);
  let [output, errors] = ["", ""];
  child.stdout!.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr!.on("data", (bytes: Buffer) => (errors += bytes.toString()));
  child.on("error", (error) => (errors += error.message));
  const untilSays = async (text: string, withinMs: number): Promise<boolean> => {
    await isSoon(() => output.includes(text) || hasEnded(child), withinMs);
    return output.includes(text);
  };
  const ended = new Promise((resolve) => child.once("close", resolve));
  return { child, ended, said: () => output || errors, untilSays, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

/** Starts a server where a system leads to: on d, or on the machine behind it. */
export function startServer({ lab, behind }: Pick<System, "lab" | "behind">, argv: readonly string[]): Running {
  return start(lab, "d", behind === undefined ? argv : ["ip", "netns", "exec", behind, ...argv]);
}

export function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/** Whether a condition comes true in time. */
export async function isSoon(isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
