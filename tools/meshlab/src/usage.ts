import { readFileSync } from "node:fs";

/** Linux counts a process's CPU time in ticks of this length on every architecture that Node supports. */
const TICK_SECONDS = 0.01;

/** Seconds of CPU time of a process so far, user and system; undefined when there is no such process. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command's name may hold spaces and parentheses: fields are counted from its last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS;
}

/** Resident memory in MB. */
export function residentMegabytes(pid: number): number | undefined {
  const size = /^VmRSS:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/status`) ?? "")?.[1];
  return size === undefined ? undefined : Number(size) / 1024;
}

/** Proportional set size in MB: a process's own memory, and its share of shared memory. */
export function proportionalMegabytes(pid: number): number | undefined {
  const size = /^Pss:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  return size === undefined ? undefined : Number(size) / 1024;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
