import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bootMilliseconds } from "../src/index.ts";

test("the clock is the machine's, in milliseconds, and goes on", async () => {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1_000;
  const first = bootMilliseconds();
  expect(first - uptime).toBeGreaterThan(-11);
  expect(first - uptime).toBeLessThan(10_000);
  const before = performance.now();
  await new Promise((done) => setTimeout(done, 20));
  expect(bootMilliseconds() - first).toBeGreaterThan(15);
  expect(bootMilliseconds() - first).toBeLessThan(performance.now() - before + 1_000);
});
