import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const nobody = 65_534;
const node = openSync(process.execPath, "r");
const addon = openSync(join(import.meta.dirname, "../addon/build/Release/florenetes.node"), "r");
afterAll(() => [node, addon].forEach((descriptor) => closeSync(descriptor)));

const program = `
  const { lstatSync, readFileSync } = require("node:fs");
  const state = () => ({
    owner: lstatSync("/proc/self/environ").uid,
    core: /Max core file size +(\\S+) +(\\S+)/.exec(readFileSync("/proc/self/limits", "utf8")).slice(1),
  });
  const before = state();
  const addon = { exports: {} };
  process.dlopen(addon, "/proc/self/fd/4");
  const result = addon.exports.forbidCoreDumps();
  console.log(JSON.stringify({ before, result, after: state() }));
`;

test("a process that has forbidden core dumps has none, and is closed to others of its user", () => {
  // Root would not see a difference in the owner. The files are open, as Node and the add-on may lie where that user cannot go.
  const identity = process.getuid!() === 0 ? { uid: nobody, gid: nobody } : {};
  const { stdout, stderr } = spawnSync("/proc/self/fd/3", ["-e", program], {
    ...identity,
    cwd: "/",
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", node, addon],
  });
  expect(stderr).toBe("");
  const { before, result, after } = JSON.parse(stdout);
  expect(before.owner).not.toBe(0);
  expect({ result, after }).toEqual({ result: 0, after: { owner: 0, core: ["0", "0"] } });
});
