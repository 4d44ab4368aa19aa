import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { machineCpuSeconds } from "../accounting.ts";
import type { System } from "../system.ts";

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
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${signal ?? code}: ${errors || output}`);
  return output;
}

/** Starts a server on d and waits until it has said that it is ready. */
export async function startOnD(system: System, argv: readonly string[], readyText: string): Promise<ChildProcess> {
  const child = system.spawn("d", argv);
  let output = "";
  for (let waited = 0; waited < 5000; waited += 50) {
    const bytes = child.stdout!.read() as Buffer | null;
    output += bytes?.toString() ?? "";
    if (output.includes(readyText)) {
      child.stdout!.resume();
      child.stderr!.resume();
      return child;
    }
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Error(`${argv.join(" ")} was not ready within 5 s: ${output}`);
}

/** Waits until the machine is at rest, ten seconds at most; returns the load that was left, in cores. */
export async function untilQuiet(): Promise<number> {
  let load = Infinity;
  for (let attempt = 0; attempt < 10 && load > 0.15; attempt += 1) {
    const before = machineCpuSeconds();
    await sleep(1000);
    load = machineCpuSeconds() - before;
  }
  return load;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
