import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const addon = join(import.meta.dirname, "../addon/build/Release/florenetes.node");
/** Freed blocks lie below one that is in use, where the C library keeps them. */
const program = `
  const { readFileSync } = require("node:fs");
  const { setTimeout: sleep } = require("node:timers/promises");
  const kilobytes = () => Number(/^Pss_Anon: +(\\d+)/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]);
  const addon = { exports: {} };
  process.dlopen(addon, ${JSON.stringify(addon)});
  (async () => {
    let blocks = Array.from({ length: 60_000 }, () => Buffer.allocUnsafeSlow(1_000).fill(1));
    const last = blocks.at(-1);
    const full = kilobytes();
    blocks = undefined;
    // Another thread frees them, some time after the collection.
    for (let left = 500; left > 0 && kilobytes() > full - 40_000; left--) {
      gc();
      addon.exports.returnFreedMemory();
      await sleep(10);
    }
    console.log(JSON.stringify({ given: full - kilobytes(), last: last[0], again: typeof addon.exports.returnFreedMemory() }));
  })();
`;

test("pages of freed blocks go back to the system, and those in use stay as they are", () => {
  // The C library then gives nothing back by itself.
  const env = { ...process.env, MALLOC_TRIM_THRESHOLD_: "1000000000", MALLOC_MMAP_THRESHOLD_: "1000000000" };
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "-e", program], { encoding: "utf8", env });
  expect(stderr).toBe("");
  const { given, last, again } = JSON.parse(stdout);
  expect(given).toBeGreaterThan(40_000);
  expect({ last, again }).toEqual({ last: 1, again: "number" });
});
