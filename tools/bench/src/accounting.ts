import { readFileSync } from "node:fs";

/** Linux counts a process's CPU time in ticks of this length on every architecture that Node supports. */
const TICK_SECONDS = 0.01;

/** User and system time that a process has used so far, in seconds. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The command's name may hold spaces and parentheses: fields are counted from its last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS;
}

export function totalCpuSeconds(processes: ReadonlyMap<string, number>): number {
  return [...processes.values()].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Seconds that all cores together have been busy since the machine started. */
export function machineCpuSeconds(): number {
  const { busy } = parseMachineTicks(readFileSync("/proc/stat", "utf8"));
  return busy * TICK_SECONDS;
}

/** Seconds that the hypervisor gave to other machines while ours wanted them. */
export function stolenCpuSeconds(): number {
  const { stolen } = parseMachineTicks(readFileSync("/proc/stat", "utf8"));
  return stolen * TICK_SECONDS;
}

/** Reads the first line of `/proc/stat`, whose fields proc(5) names. The time of guests is in the user time already. */
export function parseMachineTicks(stat: string): { readonly busy: number; readonly stolen: number } {
  const fields = stat.split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = fields;
  return { busy: user + nice + system + irq + softirq, stolen };
}

/** Proportional set size in MB: memory of its own, and its share of what it shares. */
export function pssMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) / 1024;
}
