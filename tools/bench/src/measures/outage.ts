import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultName, System } from "../system.ts";
import { workload } from "./measure.ts";

/** How long the workload is watched after the fault is over: longer than it may take by far. */
const AFTER_MS = 4_000;
const READY_MS_MAX = 10_000;

export interface Outage {
  readonly fault: FaultName;
  /** From the fault until all that it struck was mended: started again and answering, where it was killed. */
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
  const timer = setTimeout(() => probe.kill("SIGKILL"), READY_MS_MAX + 60_000);
  let output = "";
  probe.stdout!.on("data", (bytes: Buffer) => (output += bytes.toString()));
  probe.stderr!.resume();
  try {
    for (let waited = 0; !output.startsWith("ready\n"); waited += 50) {
      if (waited > READY_MS_MAX) throw new Error(`no round trip within ${READY_MS_MAX} ms`);
      await sleep(50);
    }
    await sleep(500);
    const startedAt = performance.now();
    await system.strike(fault);
    const outageMs = performance.now() - startedAt;
    await sleep(AFTER_MS);
    probe.stdin!.end();
    await once(probe, "close");
    const { longestGapMs, lost } = JSON.parse(output.slice("ready\n".length)) as {
      longestGapMs: number;
      lost: string | null;
    };
    return { fault, outageMs, gapMs: longestGapMs, lost };
  } finally {
    clearTimeout(timer);
    probe.kill("SIGKILL");
    await system.recover();
  }
}
