/** Starts of the programs, and the memory of a node that carries nothing, on loopback: what they take, and for what. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lab, openLab, programArguments, type ProcessName, proportionalMegabytes } from "@florenetes/meshlab";
import { addFigures, type Figures } from "../figures.ts";
import { untilQuiet } from "../measures/machine.ts";
import { start } from "../measures/programs.ts";
import { START_PLACE } from "../place.ts";
import type { Plan } from "../plan.ts";
import { emptyResult, type SystemResult } from "../system-result.ts";
import { memoryParts } from "./mappings.ts";

/** The key of a node's two processes together. */
export const BOTH = "both of a node";
const PROGRAMS: readonly ProcessName[] = ["link-flor", "cluster-flor"];
/** Starts of each program for each repeat of a plan. */
const TIMES = 4;
/** The time after which a process has given back what its start has left. */
const IDLE_MS = 60_000;
const READY_MS_MAX = 30_000;
/** The log line of a program that is ready. */
const READY = '"code":"READY"';
/** A program that does nothing until it is killed. */
const BARE = ["-e", `console.log('${READY}'); setInterval(() => {}, 10_000)`];

/** Measures bare Node, each program, and a node's two processes together. A failure is a problem in all results. */
export async function measureStart(plan: Plan, onStep: (text: string) => void): Promise<SystemResult[]> {
  const [bare, both] = ["bare Node", BOTH].map((key) => emptyResult(key, START_PLACE)) as [SystemResult, SystemResult];
  const programs = PROGRAMS.map((name) => ({ name, result: emptyResult(name, START_PLACE) }));
  const results = [bare, ...programs.map(({ result }) => result), both];
  try {
    await using lab = await openLab({
      cluster: "bench",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { web: { node: "b", target: "tcp://127.0.0.1:1", allow: ["user/alice"] } },
      tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "web", path: ["a", "b"] }],
    });
    for (let round = 0; round < plan.repeats * TIMES; round++) {
      onStep(`start, ${round + 1} of ${plan.repeats * TIMES}`);
      await untilQuiet(plan.quietMs);
      addFigures(bare.figures, await measureOne(lab, BARE));
      for (const { name, result } of programs) {
        const run = [...programArguments(name), "run", "--config", lab.configFile("a", name)];
        addFigures(result.figures, await measureOne(lab, run));
      }
    }
    onStep("memory of an idle node");
    await lab.up();
    using idle = start(lab, "a", [process.execPath, "--disable-sigusr1", ...BARE]);
    await sleep(IDLE_MS);
    addFigures(bare.figures, sizesOf(idle.child.pid!));
    const pids = programs.map(({ name }) => pidOf(lab, name));
    const sizes = pids.map(sizesOf);
    for (const [at, { result }] of programs.entries()) addFigures(result.figures, sizes[at]!);
    addFigures(both.figures, { ...sumOf(sizes), "MB alone": megabytesAlone(pids) });
  } catch (error) {
    for (const { problems } of results) problems.push((error as Error).message);
  }
  return results;
}

/** Runs a program until it is ready, and kills it. CPU time is that of all its threads. */
async function measureOne(lab: Lab, args: readonly string[]): Promise<Figures> {
  const startedAt = performance.now();
  using program = start(lab, "a", [process.execPath, "--disable-sigusr1", ...args]);
  const ended = program.ended;
  const ready = await new Promise<Figures | undefined>((resolve) => {
    const look = (): void => {
      if (!program.said().includes(READY)) return;
      const spent = cpuMilliseconds(program.child.pid!);
      resolve({ "ms until ready": performance.now() - startedAt, "CPU ms until ready": spent });
    };
    program.child.stdout!.on("data", look);
    void ended.then(() => resolve(undefined));
    setTimeout(resolve, READY_MS_MAX, undefined).unref();
  });
  if (ready === undefined) throw new Error(`${args[0]} does not get ready: ${program.said()}`);
  program[Symbol.dispose]();
  await ended;
  return ready;
}

/** The kernel counts nanoseconds for each thread; those of threads that have ended are missing. */
function cpuMilliseconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return spent.reduce((total, nanoseconds) => total + Number(nanoseconds), 0) / 1e6;
}

function pidOf(lab: Lab, name: ProcessName): number {
  return lab.pids().find(({ node, process }) => node === "a" && process === name)!.pid;
}

function smapsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/smaps`, "utf8");
}

function sizesOf(pid: number): Figures {
  const parts = Object.entries(memoryParts(smapsOf(pid), "Pss", process.execPath));
  const named = Object.fromEntries(parts.map(([part, size]) => [`MB, ${part}`, size])) as Figures;
  return { "MB, all": proportionalMegabytes(pid) ?? 0, ...named };
}

function sumOf(sizes: readonly Figures[]): Figures {
  const names = Object.keys(sizes[0]!) as (keyof Figures)[];
  return Object.fromEntries(names.map((name) => [name, sizes.reduce((total, size) => total + size[name]!, 0)]));
}

/** The memory of processes that share files with each other and with nobody else: the files once, and the rest of each. */
function megabytesAlone(pids: readonly number[]): number {
  const all = pids.map((pid) => memoryParts(smapsOf(pid), "Rss", process.execPath));
  const once = (part: "Node's file" | "libraries"): number => Math.max(...all.map((parts) => parts[part]));
  const own = all.map((parts) => parts["V8 and buffers"] + parts["machine code"] + parts["C heap"]);
  return once("Node's file") + once("libraries") + own.reduce((total, size) => total + size, 0);
}
