import { readdirSync, readFileSync } from "node:fs";

const NS_PER_MS = 1e6;

/**
 * Milliseconds for which the threads of a process have waited for a core in its life so far: the second number of schedstat, proc(5).
 * 0 if the system does not say.
 */
export function coreWaitMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  try {
    const waits = readdirSync(folder).map(
      (thread) => readFileSync(`${folder}/${thread}/schedstat`, "utf8").split(" ")[1],
    );
    return waits.reduce((sum, wait) => sum + Number(wait) / NS_PER_MS, 0);
  } catch {
    // The process, or a thread, has ended meanwhile.
    return 0;
  }
}
