import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultName, System } from "../system.ts";
import { start, untilCarries, workload } from "./measure.ts";

/** How long the workload goes on once it runs again: a system may stumble twice. */
const AFTER_MS = 2_000;
const READY_MS_MAX = 10_000;
/** A connection that is silent for longer after the fault is over counts as lost. */
const SILENT_MS_MAX = 60_000;
/** A peer that takes longer to carry a new connection is not measured any further. */
const HEALS_MS_MAX = 90_000;

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
  const probe = start(system, "a", workload("outage-probe", host, port));
  const { child } = probe;
  try {
    if (!(await probe.untilSays(["ready\n"], READY_MS_MAX))) {
      throw new Error(`no round trip within ${READY_MS_MAX} ms`);
    }
    await sleep(500);
    const startedAt = performance.now();
    await system.strike(fault);
    const outageMs = performance.now() - startedAt;
    child.stdin!.write("mended\n");
    const isAgain = await probe.untilSays(["again\n", "lost\n"], SILENT_MS_MAX);
    await sleep(AFTER_MS);
    child.stdin!.end();
    await Promise.race([once(child, "close"), sleep(READY_MS_MAX)]);
    const said = JSON.parse(probe.said().split("\n").at(-1)!) as { longestGapMs: number; lost: string | null };
    return { fault, outageMs, gapMs: said.longestGapMs, lost: said.lost ?? (isAgain ? null : "silent") };
  } finally {
    child.kill("SIGKILL");
    await system.recover();
    await untilCarries(system, HEALS_MS_MAX);
  }
}
