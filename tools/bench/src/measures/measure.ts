import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { System } from "../system.ts";
import { isSoon } from "../until.ts";

const READY_WITHIN_MS = 5_000;

/** Argument vector that runs one of the bench's own workload programs. */
export function workload(name: string, ...args: (string | number)[]): string[] {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = fileURLToPath(new URL(`../workload/${name}.${extension}`, import.meta.url));
  return [process.execPath, file, ...args.map(String)];
}

/** Runs a program on a to its end; returns what it printed. Throws when it fails or does not end in time. */
export async function runOnA(system: System, argv: readonly string[], withinMs: number): Promise<string> {
  const child = system.spawn("a", argv);
  const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
  let output = "";
  let errors = "";
  child.stdout!.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr!.on("data", (bytes: Buffer) => (errors += bytes.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${nameOf(argv)} ended with ${signal ?? code}: ${(errors || output).trim()}`);
  return output;
}

/** A program that runs, and all that it has printed so far. */
export interface Running {
  readonly child: ChildProcess;
  said(): string;
  /** Whether it says one of these before the time is up; false also when it ends before. */
  untilSays(texts: readonly string[], withinMs: number): Promise<boolean>;
}

export function start(system: System, node: "a" | "d", argv: readonly string[]): Running {
  const child = system.spawn(node, argv);
  let output = "";
  child.stdout!.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr!.resume();
  const untilSays = async (texts: readonly string[], withinMs: number): Promise<boolean> => {
    const hasSaid = (): boolean => texts.some((text) => output.includes(text));
    await isSoon(() => hasSaid() || child.exitCode !== null, withinMs);
    return hasSaid();
  };
  return { child, said: () => output, untilSays };
}

/** Starts a server on d and waits until it has said that it is ready. */
export async function startOnD(system: System, argv: readonly string[], readyText: string): Promise<ChildProcess> {
  const server = start(system, "d", argv);
  if (await server.untilSays([readyText], READY_WITHIN_MS)) return server.child;
  server.child.kill("SIGKILL");
  throw new Error(`${nameOf(argv)} was not ready within ${READY_WITHIN_MS} ms: ${server.said()}`);
}

/** Waits until a round trip from a to the echo server on d works. */
export async function untilCarries(system: System, withinMs: number): Promise<void> {
  const { host, port } = system.target("echo");
  await runOnA(system, workload("first-echo", host, port, withinMs), withinMs + 10_000);
}

function nameOf(argv: readonly string[]): string {
  return basename((argv[0] === process.execPath ? argv[1] : argv[0]) ?? "");
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
