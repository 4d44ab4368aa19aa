import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const addon = join(import.meta.dirname, "../addon/build/Release/florenetes.node");
/** Tells how many kilobytes of Node's code are in the process's memory, and what a computation gives that uses it, before and after. */
const program = `
  const { readFileSync } = require("node:fs");
  const { createHash } = require("node:crypto");
  const { exports: native } = (() => { const module = { exports: {} }; process.dlopen(module, ${JSON.stringify(addon)}); return module; })();
  const kilobytes = () => {
    const mappings = readFileSync("/proc/self/smaps", "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    const code = mappings.filter((text) => /^\\S+ r-xp /.test(text) && text.split("\\n")[0].endsWith(process.execPath));
    return code.reduce((sum, text) => sum + Number(/^Rss: +(\\d+)/m.exec(text)[1]), 0);
  };
  const digest = () => createHash("sha256").update(JSON.stringify(new Intl.NumberFormat("en").format(1e9))).digest("hex");
  const first = digest();
  const before = kilobytes();
  const released = native.releaseProgramPages();
  const after = kilobytes();
  setTimeout(() => console.log(JSON.stringify({ before, after, released, isSame: digest() === first })), 10);
`;

test("code that only started a program leaves its memory, and comes back where it is used", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  expect(stderr).toBe("");
  const { before, after, released, isSame } = JSON.parse(stdout);
  expect(before).toBeGreaterThan(4_000);
  expect(after).toBeLessThan(before / 2);
  expect(released).toBeGreaterThan(before * 1_024);
  expect(isSame).toBe(true);
});

test("variables of the program and of its libraries stay as they are, each time", () => {
  // Each open file, timer and thread that Node has is known through pages that are writable.
  const text = `
    const module = { exports: {} };
    process.dlopen(module, ${JSON.stringify(addon)});
    const { Worker } = require("node:worker_threads");
    const worker = new Worker("let sum = 0; setInterval(() => { for (let i = 0; i < 1e5; i++) sum += Math.sin(i); }, 1)", { eval: true });
    let times = 0;
    const timer = setInterval(() => {
      module.exports.releaseProgramPages();
      if (++times < 200) return;
      clearInterval(timer);
      worker.terminate().then(() => console.log("whole"));
    }, 1);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", text], { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "whole\n", stderr: "" });
});
