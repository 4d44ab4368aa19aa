/** CPU time and memory of processes over a window, and how busy the machine was beside them. */
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { cpuSeconds, proportionalMegabytes } from "@florenetes/meshlab";

/** A process, and the name under which it is added up. */
export interface Measured {
  readonly name: string;
  readonly pid: number;
}

interface GroupUsage {
  readonly name: string;
  readonly processes: number;
  /** Cores of all of them together, user and system time, and of the one that takes most. */
  readonly cores: number;
  readonly coresMax: number;
  /** Proportional memory of all of them together in MB. */
  readonly megabytes: number;
}

export interface Usage {
  readonly seconds: number;
  readonly groups: readonly GroupUsage[];
  /** The machine at the end of the window. */
  readonly machine: {
    readonly cores: number;
    /** Cores that everything takes that is none of these processes. */
    readonly othersCores: number;
    readonly load: number;
  };
}

const TICKS_PER_SECOND = 100;

/** Begins a window; its end is told by the function that it returns. Processes that end meanwhile are left out. */
export function measure(processes: readonly Measured[]): () => Usage {
  const before = new Map(processes.map(({ pid }) => [pid, cpuSeconds(pid)]));
  const [startedAt, busyBefore] = [performance.now(), busySeconds()];
  return () => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const spent = processes.flatMap(({ name, pid }) => {
      const [from, to] = [before.get(pid), cpuSeconds(pid)];
      if (from === undefined || to === undefined) return [];
      return [{ name, cores: (to - from) / seconds, megabytes: proportionalMegabytes(pid) ?? 0 }];
    });
    const own = spent.reduce((sum, { cores }) => sum + cores, 0);
    const busy = (busySeconds() - busyBefore) / seconds;
    return {
      seconds,
      groups: groupsOf(spent),
      machine: { cores: availableParallelism(), othersCores: Math.max(0, busy - own), load: loadavg()[0]! },
    };
  };
}

function groupsOf(spent: readonly { name: string; cores: number; megabytes: number }[]): GroupUsage[] {
  return [...new Set(spent.map(({ name }) => name))].map((name) => {
    const own = spent.filter((each) => each.name === name);
    const sum = (of: (each: (typeof own)[number]) => number): number =>
      own.reduce((total, each) => total + of(each), 0);
    return {
      name,
      processes: own.length,
      cores: sum(({ cores }) => cores),
      coresMax: Math.max(...own.map(({ cores }) => cores)),
      megabytes: sum(({ megabytes }) => megabytes),
    };
  });
}

/** Seconds of all cores that were spent on something. */
function busySeconds(): number {
  const [, user, nice, system, , , interrupts, softInterrupts] = readFileSync("/proc/stat", "utf8").split(/\s+/);
  const ticks = [user, nice, system, interrupts, softInterrupts].reduce((sum, text) => sum + Number(text), 0);
  return ticks / TICKS_PER_SECOND;
}
