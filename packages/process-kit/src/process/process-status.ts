import { readFileSync } from "node:fs";

/** How much of the machine a process uses: a part of every executable's status. */
export interface ProcessStatus {
  readonly pid: number;
  /** Resident memory, that of shared libraries included. */
  readonly rssBytes: number;
  /** JavaScript objects that are in use or wait for the garbage collector. */
  readonly heapBytes: number;
  /** Buffers and what native code holds for JavaScript. */
  readonly externalBytes: number;
  /** Timers that are set. */
  readonly timers: number;
  /** Sockets, timers and everything else that the event loop waits for. */
  readonly handles: number;
  /** File descriptors that the system lets the process have; null when there is no limit or it is not known. */
  readonly openFilesMax: number | null;
}

/** The status of this process at present. Its cost grows with the number of handles: 1 ms for 10,000. */
export function processStatus(): ProcessStatus {
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  return {
    pid: process.pid,
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    timers: resources.filter((kind) => kind === "Timeout").length,
    handles: resources.length,
    openFilesMax: openFilesMax() ?? null,
  };
}

/** File descriptors that the system lets this process have. Undefined: there is no limit, or it is not known. */
export function openFilesMax(): number | undefined {
  try {
    // The first number is the soft limit, which Node has raised to the hard one when it started.
    const max = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return max === undefined ? undefined : Number(max);
  } catch {
    return undefined;
  }
}
