import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { programArguments } from "@florenetes/meshlab";
import { expect } from "vitest";
import { PATIENCE } from "./patience.ts";

/** A demo that runs. */
interface Demo {
  readonly child: ChildProcess;
  /** A mark in the environment of all processes that this demo starts. */
  readonly mark: string;
  output: string;
}

let demos = 0;

/** Starts a demo with options of its own. */
export function startDemo(...args: string[]): Demo {
  return startDemoAt([...programArguments("meshlab"), "demo", ...args]);
}

/** Starts a demo by all its words. Detached it has no terminal, which would signal all processes at once. */
export function startDemoAt(argv: readonly string[], detached: boolean = false): Demo {
  const mark = `FLORENETES_DEMO_TEST=${process.pid}-${++demos}`;
  const [name, value] = mark.split("=") as [string, string];
  const environment = { ...process.env, [name]: value };
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"], env: environment, detached });
  const demo: Demo = { child, mark, output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => (demo.output += bytes.toString()));
  }
  return demo;
}

/** Waits until a demo has printed something, and gives what is in the parentheses of the pattern. */
export async function untilPrinted(demo: Demo, pattern: RegExp): Promise<string> {
  await expect.poll(() => demo.output, PATIENCE).toMatch(pattern);
  return pattern.exec(demo.output)![1] ?? "";
}

/** Expects that all processes of the demo are gone, at most a moment later. */
export async function expectNothingLeft(demo: Demo): Promise<void> {
  await expect.poll(() => processesOf(demo), PATIENCE).toEqual([]);
}

/** The processes that carry the demo's mark, without the demo itself. */
export function processesOf({ child, mark }: Demo): number[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === child.pid) return [];
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark) ? [pid] : [];
    } catch {
      // The process has ended meanwhile.
      return [];
    }
  });
}
