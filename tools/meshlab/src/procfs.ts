import { readdir, readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";

/** The variable with the lab's folder in the environment of its processes. Children inherit it, so no process of a lab gets lost. */
export const LAB_VARIABLE = "FLORENETES_LAB";

/** Marks a process, and tells it apart from a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  /** Start of the process, in clock ticks since the machine started. */
  readonly startTime: string;
}

/** The start time of a process; undefined when no process has that number, or only a zombie. */
export function startTimeOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name in brackets may hold anything, brackets and spaces too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

export function markOf(pid: number): ProcessMark {
  return { pid, startTime: startTimeOf(pid) ?? "" };
}

export function isRunning({ pid, startTime }: ProcessMark): boolean {
  const found = startTimeOf(pid);
  return found !== undefined && found === startTime;
}

/** The processes whose environment names a lab. Only root sees those of other users. */
export async function findLabProcesses(folder: string): Promise<readonly ProcessMark[]> {
  const wanted = `${LAB_VARIABLE}=${folder}`;
  const found: ProcessMark[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, "latin1").catch(() => "");
    if (!environment.split("\0").includes(wanted)) continue;
    const startTime = startTimeOf(Number(name));
    if (startTime !== undefined) found.push({ pid: Number(name), startTime });
  }
  return found;
}

/** Sends a signal to a process, unless a later one has its number. */
export function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): boolean {
  if (!isRunning(mark)) return false;
  try {
    return process.kill(mark.pid, signal);
  } catch {
    return false;
  }
}
