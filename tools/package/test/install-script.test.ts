import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { install } from "../src/install/install.ts";

const checkout = join(import.meta.dirname, "../../..");
let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-install-script-"));
  root = join(folder, "root");
  mkdirSync(root);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A tarball that was unpacked: a release whose Node does no more than to end with a code. */
function unpacked(name: string, code = 0): string {
  const place = join(folder, name);
  const files = [{ path: "bin/node", isExecutable: true, content: { text: `#!/bin/sh\nexit ${code}\n` } }];
  mkdirSync(place);
  install({ name, files }, checkout, join(place, "files"));
  copyFileSync(join(checkout, "tools/package/scripts/install.sh"), join(place, "install.sh"));
  return join(place, "install.sh");
}

function run(script: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("sh", [script, root], { encoding: "utf8", cwd: "/" });
}

const releases = (): string[] => readdirSync(join(root, "opt/florenetes/releases"));
const current = (): string => readlinkSync(join(root, "opt/florenetes/current"));

test.skipIf(process.getuid!() !== 0)(
  "the script of a tarball puts a release in place, and keeps the one before",
  () => {
    for (const name of ["0.1.0-a", "0.1.0-b", "0.1.0-c"]) {
      const script = unpacked(name);
      for (let times = 0; times < 2; times++) expect(run(script)).toMatchObject({ status: 0, stderr: "" });
      expect(current()).toBe(`releases/${name}`);
      expect(readlinkSync(join(root, "usr/local/bin/flor"))).toBe("/opt/florenetes/current/bin/flor");
      expect(readdirSync(join(root, "usr/local/lib/systemd/system"))).toContain("link-flor.service");
    }
    // To install the newest a second time makes it the one before, too.
    expect(releases()).toEqual(["0.1.0-c"]);
    run(unpacked("0.1.0-d"));
    expect(releases()).toEqual(["0.1.0-c", "0.1.0-d"]);
  },
);

test.skipIf(process.getuid!() !== 0)("the script of a tarball refuses a machine that cannot run it", () => {
  const script = unpacked("0.1.0-a", 1);
  expect(run(script)).toMatchObject({ status: 1, stderr: "install.sh: this machine cannot run it: see above\n" });
  expect(readdirSync(root)).toEqual([]);
});
