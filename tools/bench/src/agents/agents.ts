/**
 * The agents of two nodes beside their cluster vertices, on loopback: what they cost while nothing happens, while records change, and while a
 * neighbour that means harm brings useless records as fast as it is let.
 */
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, FabricLab, type Lab, openLab, proportionalMegabytes } from "@florenetes/meshlab";
import { addFigures, type AgentStateName, type Figures } from "../figures.ts";
import { untilQuiet } from "../measures/machine.ts";
import { isSoon } from "../measures/programs.ts";
import { AGENTS_PLACE } from "../place.ts";
import type { Plan } from "../plan.ts";
import { emptyResult, type SystemResult } from "../system-result.ts";
import { floodWith } from "./flood.ts";

/** Seconds of a plan's measure that each state is watched for: an agent that is idle does something each few seconds. */
const TIMES = 15;
const CHANGE_MS = 100;
/** Records that have been replaced: each is signed well, and of no use. */
const USELESS = 512;
const RECORDS_AT_ONCE = 64;
/** A neighbour's burst is used up after so long, and what is left is what it may cost for good. */
const BURST_MS = 20_000;
const READY_MS_MAX = 15_000;

/** Measures both processes of a node. A failure is a problem in both results. */
export async function measureAgents(plan: Plan, onStep: (text: string) => void): Promise<SystemResult[]> {
  const [agent, vertex] = [emptyResult("fabric-flor", AGENTS_PLACE), emptyResult("cluster-flor", AGENTS_PLACE)];
  try {
    await using lab = await openLab({
      cluster: "bench",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: {},
      tunnels: [],
    });
    await using fabric = FabricLab.prepare(lab, { services: {}, tunnels: [] });
    await lab.up();
    await fabric.up();
    const pids = [fabric.pidOf("a")!, vertexOf(lab, "a")];
    const take = async (state: AgentStateName, begin: () => Promise<AsyncDisposable>): Promise<void> => {
      onStep(`agents, ${state}`);
      await using _work = await begin();
      await untilQuiet(plan.quietMs);
      const before = pids.map((pid) => cpuSeconds(pid) ?? 0);
      const beganAt = performance.now();
      await sleep(1_000 * TIMES * plan.seconds);
      const seconds = (performance.now() - beganAt) / 1_000;
      for (const [at, result] of [agent, vertex].entries()) {
        const percent = (100 * ((cpuSeconds(pids[at]!) ?? 0) - before[at]!)) / seconds;
        addFigures(result.figures, figuresOf(state, percent, pids[at]!));
      }
    };
    await untilSpread(fabric, 2);
    await take("idle", async () => ({ [Symbol.asyncDispose]: async () => undefined }));
    await take("10 changes/s", async () => changing(fabric));
    const useless = await replace(fabric);
    await fabric.kill("b");
    await take("flood", async () => {
      const flood = await floodWith(join(dirname(fabric.configFile("b")), "fabric-agent.sock"), "b", useless);
      if (!(await isSoon(() => flood.records > 2 * USELESS, READY_MS_MAX))) throw new Error("the flood is not read");
      await sleep(BURST_MS);
      return flood;
    });
  } catch (error) {
    for (const { problems } of [agent, vertex]) problems.push((error as Error).message);
  }
  return [agent, vertex];
}

function figuresOf(state: AgentStateName, percent: number, pid: number): Figures {
  return { [`CPU %, ${state}`]: percent, [`PSS MB, ${state}`]: proportionalMegabytes(pid) ?? 0 };
}

function vertexOf(lab: Lab, node: string): number {
  return lab.pids().find((running) => running.node === node && running.process === "cluster-flor")!.pid;
}

/** Waits until a has so many `node` records: its own, and those that b has brought. */
async function untilSpread(fabric: FabricLab, count: number): Promise<void> {
  const isSpread = async (): Promise<boolean> => {
    const { records } = (await fabric.status("a")) as { readonly records: { readonly count: number } };
    return records.count >= count;
  };
  if (!(await isSoon(isSpread, READY_MS_MAX))) throw new Error("the agents do not hear each other");
}

/** Has b be handed a service's next record ten times a second. */
function changing(fabric: FabricLab): AsyncDisposable {
  const over = new AbortController();
  const work = (async () => {
    for (let change = 0; !over.signal.aborted; change++) {
      const next = sleep(CHANGE_MS);
      await fabric.publish("b", [fabric.signService("changing", [change % 2 === 0 ? "a" : "b"])]);
      await next;
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await work;
    },
  };
}

/** Signs two records each for some services, and hands the second ones to a; returns the first ones. */
async function replace(fabric: FabricLab): Promise<Buffer[]> {
  const [first, second] = [1, 2].map(() =>
    Array.from({ length: USELESS }, (_, at) => fabric.signService(`useless${at}`, ["a"])),
  ) as [Buffer[], Buffer[]];
  for (let at = 0; at < USELESS; at += RECORDS_AT_ONCE)
    await fabric.publish("a", second.slice(at, at + RECORDS_AT_ONCE));
  return first;
}
