// Tells which test files took most of the processor in a run.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { folderOfRun } from "./others-load.mjs";

const FILES_TOLD = 30;

/** The file to which each test file adds a line: seconds, a space, its path. Undefined outside of a run. */
export function cpuTimesFile() {
  const folder = folderOfRun();
  return folder === undefined ? undefined : join(folder, "cpu-times");
}

/** Tells the CPU time of the files that took most, with all processes that they started and waited for. A file that ran twice counts twice. */
export function tellCpuTimes() {
  const file = cpuTimesFile();
  if (file === undefined || !existsSync(file)) return;
  const seconds = new Map();
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    const at = line.indexOf(" ");
    const path = relative(process.cwd(), line.slice(at + 1));
    seconds.set(path, (seconds.get(path) ?? 0) + Number(line.slice(0, at)));
  }
  const all = [...seconds.values()].reduce((sum, each) => sum + each, 0);
  console.log(`CPU time of ${seconds.size} test files: ${all.toFixed(0)} s; of those that took most:`);
  for (const [path, each] of [...seconds].toSorted(([, a], [, b]) => b - a).slice(0, FILES_TOLD))
    console.log(`${each.toFixed(1).padStart(8)} s  ${path}`);
}
