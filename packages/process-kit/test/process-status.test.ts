import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openFilesMax, processStatus } from "../src/process/process-status.ts";

test("a process says how much it uses", () => {
  const { pid, rssBytes, heapBytes, externalBytes } = processStatus();
  const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
  expect(pid).toBe(process.pid);
  expect(rssBytes / resident).toBeCloseTo(1, 0);
  expect(heapBytes + externalBytes).toBeLessThan(rssBytes);
});

test("a timer that is set is counted until it is cleared", () => {
  const before = processStatus();
  const timer = setTimeout(() => {}, 60_000);
  const during = processStatus();
  clearTimeout(timer);
  expect(during.timers).toBe(before.timers + 1);
  expect(during.handles).toBe(before.handles + 1);
  expect(processStatus().timers).toBe(before.timers);
});

test("the limit of file descriptors is the one that the system holds it to", () => {
  const module = fileURLToPath(new URL("../src/process/process-status.ts", import.meta.url));
  const script = `console.log((await import(${JSON.stringify(module)})).openFilesMax())`;
  const command = `ulimit -n 200 && exec "$0" --input-type=module --eval '${script}'`;
  expect(execFileSync("sh", ["-c", command, process.execPath], { encoding: "utf8" })).toBe("200\n");
  expect(openFilesMax()).toBeGreaterThan(200);
});
