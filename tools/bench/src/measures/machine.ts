import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux counts CPU time in ticks of this length on every architecture that Node supports. */
const TICK_SECONDS = 0.01;
const WINDOW_MS = 500;
const BUSY_CORES_MAX = 0.15;

/** Seconds that all cores together have been busy since the machine started. */
export function machineSeconds(): number {
  return parseMachineTicks(readFileSync("/proc/stat", "utf8")) * TICK_SECONDS;
}

/** Busy ticks of the first line of `/proc/stat`, whose fields proc(5) names. The time of guests is in the user time already. */
export function parseMachineTicks(stat: string): number {
  const fields = stat.split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return user + nice + system + irq + softirq;
}

/** Waits until the machine is at rest, or until `waitMs` are over. */
export async function untilQuiet(waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let busyCores = Infinity; busyCores > BUSY_CORES_MAX && performance.now() < deadline;) {
    const before = machineSeconds();
    await sleep(WINDOW_MS);
    busyCores = (machineSeconds() - before) / (WINDOW_MS / 1000);
  }
}
