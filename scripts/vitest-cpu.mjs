// Set-up of each test file for vitest: notes the CPU time that the file takes, with all processes that it starts and waits for.
import { appendFileSync, readFileSync } from "node:fs";
import { afterAll, expect } from "vitest";
import { cpuTimesFile } from "./cpu-times.mjs";

/** The times in /proc/<pid>/stat have this unit, proc(5). */
const TICKS_PER_SECOND = 100;

const file = cpuTimesFile();
if (file !== undefined) {
  const before = ticks();
  // This hook is registered first, so it runs last: behind hooks that end processes.
  afterAll(() => {
    const seconds = (ticks() - before) / TICKS_PER_SECOND;
    appendFileSync(file, `${seconds} ${expect.getState().testPath}\n`);
  });
}

/** Ticks of this process (utime, stime) and of its children that have ended (cutime, cstime). */
function ticks() {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
}
