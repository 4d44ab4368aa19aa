import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultName, System } from "../system.ts";
import { untilCarries, workload } from "./measure.ts";

/** How long the workload goes on once it runs again: a system may stumble twice. */
const AFTER_MS = 2_000;
const READY_MS_MAX = 10_000;
/** A connection that is silent for longer after the fault is over counts as lost. */
const SILENT_MS_MAX = 30_000;
/** A peer that takes longer to carry a new connection is not measured any further. */
const HEALS_MS_MAX = 90_000;
const POLL_MS = 50;

export interface Outage {
  readonly fault: FaultName;
  /** From the fault until all that it struck was mended: started again (of the mesh: and ready), where it was killed. */
  readonly outageMs: number;
  /** The longest pause between two round trips; of a lost connection, until it was lost. */
  readonly gapMs: number;
  /** Why the connection was lost; null when it lived. */
  readonly lost: string | null;
}

/** Strikes while a ping-pong runs over one connection from a to d. The system is whole again afterwards. */
export async function measureOutage(system: System, fault: FaultName): Promise<Outage> {
  const { host, port } = system.target("echo");
  const probe = system.spawn("a", workload("outage-probe", host, port));
  let output = "";
  probe.stdout!.on("data", (bytes: Buffer) => (output += bytes.toString()));
  probe.stderr!.resume();
  try {
    if (!(await within(READY_MS_MAX, probe, () => output.includes("ready\n")))) {
      throw new Error(`no round trip within ${READY_MS_MAX} ms`);
    }
    await sleep(500);
    const startedAt = performance.now();
    await system.strike(fault);
    const outageMs = performance.now() - startedAt;
    probe.stdin!.write("mended\n");
    const isAgain = await within(SILENT_MS_MAX, probe, () => output.includes("again\n") || output.includes("lost\n"));
    await sleep(AFTER_MS);
    probe.stdin!.end();
    await Promise.race([once(probe, "close"), sleep(READY_MS_MAX)]);
    const said = JSON.parse(output.split("\n").at(-1)!) as { longestGapMs: number; lost: string | null };
    return { fault, outageMs, gapMs: said.longestGapMs, lost: said.lost ?? (isAgain ? null : "silent") };
  } finally {
    probe.kill("SIGKILL");
    await system.recover();
    await untilCarries(system, HEALS_MS_MAX);
  }
}

async function within(limitMs: number, probe: ChildProcess, isDone: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < limitMs; waited += POLL_MS) {
    if (isDone()) return true;
    if (probe.exitCode !== null) return false;
    await sleep(POLL_MS);
  }
  return false;
}
