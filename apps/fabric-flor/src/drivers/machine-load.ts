import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { constrainedMemory, availableMemory } from "node:process";
import type { NodeLoad } from "../agent/routes/report.ts";

/** A function that tells how loaded the machine was since it was asked last: processors, memory, and this process's share of its open files. */
export function machineLoad(): () => NodeLoad {
  let before = processorTimes();
  const filesMax = openFilesMax();
  let last: NodeLoad["cpu"] = 0;
  return () => {
    const now = processorTimes();
    const passed = now.all - before.all;
    // Times are counted in hundredths of a second: less of it says nothing.
    if (passed >= 1_000 * availableParallelism()) {
      last = percent((now.busy - before.busy) / passed);
      before = now;
    }
    const memory = Math.min(totalmem(), constrainedMemory() || Number.POSITIVE_INFINITY);
    // A sandbox without /proc/stat (ProcSubset=pid of the unit) shows no processors: the load of the last minute is known there, too.
    if (now.all === 0) last = percent(loadavg()[0]! / availableParallelism());
    return { cpu: last, memory: percent(1 - availableMemory() / memory), sockets: percent(openFiles() / filesMax) };
  };
}

function processorTimes(): { readonly busy: number; readonly all: number } {
  const times = cpus().map(({ times }) => times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { all, busy: all - times.reduce((sum, { idle }) => sum + idle, 0) };
}

function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

function openFilesMax(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function percent(share: number): number {
  return Math.round(100 * Math.min(1, Math.max(0, share)));
}
