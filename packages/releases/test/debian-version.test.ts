import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareVersions } from "../src/debian-version.ts";

test.each<[string, string]>([
  ["0.1.0", "0.1.1"],
  ["0.1.9", "0.1.10"],
  ["0.1.0~rc1", "0.1.0"],
  ["0.1.0", "0.1.0+git20261127014526.b0160bfc"],
  ["0.1.0+git20261127014526.b0160bfc", "0.1.0+git20261128000000.0000000a"],
  ["0.1.0+git20261127014526.b0160bfc", "0.1.0+git20261127014526.b0160bfc.next"],
  ["1.0-1", "1.0-2"],
  ["1.0-1", "1.1-0"],
  ["1.0~~", "1.0~"],
  ["1.0a", "1.0+"],
  ["9007199254740993", "9007199254740994"],
])("%s is older than %s", (older, newer) => {
  expect(Math.sign(compareVersions(older, newer))).toBe(-1);
  expect(Math.sign(compareVersions(newer, older))).toBe(1);
});

test.each<[string, string]>([
  ["1.0", "1.00"],
  ["1.0", "1.0-0"],
  ["0", "00"],
])("%s is the same as %s", (one, other) => {
  expect(compareVersions(one, other)).toBe(0);
});

const hasDpkg = ((): boolean => {
  try {
    execFileSync("dpkg", ["--version"]);
    return true;
  } catch {
    process.stderr.write("left out: the order of versions beside dpkg's (it needs dpkg)\n");
    return false;
  }
})();

describe.skipIf(!hasDpkg)("beside dpkg", () => {
  const characters = fc.constantFrom("0", "1", "9", "a", "Z", ".", "+", "~", "-");
  const version = fc.array(characters, { maxLength: 6 }).map((rest) => `1${rest.join("").replace(/-+$/, "")}`);
  test("dpkg finds the same order", { timeout: 60_000 }, () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 300, seed: 1 });
    const script = pairs
      .map(
        ([a, b]) =>
          `dpkg --compare-versions '${a}' lt '${b}' && echo lt || { dpkg --compare-versions '${a}' eq '${b}' && echo eq || echo gt; }`,
      )
      .join("\n");
    const told = execFileSync("sh", { input: script, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
    const words = ["lt", "eq", "gt"];
    const found = pairs.map(([a, b]) => words[Math.sign(compareVersions(a, b)) + 1]);
    expect(found).toEqual(told.trim().split("\n"));
  });
});
