/*
 *   The demo of a fleet as a user runs it: nine nodes in namespaces, each with packages of its own, two tenants, a phone, and two releases. It takes minutes, so that soaks
 *   alone have it whole.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { programArguments } from "@florenetes/meshlab";
import { isSoak } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { expectNothingLeft, startDemo } from "../src/demo-process.ts";
import { areInstalled } from "../src/installed.ts";
import { isRoot } from "../src/root.ts";

const DEMO_MS_MAX = 600_000;
/** A user that is not root. */
const NOBODY = 65_534;
const isPossible = isRoot && areInstalled("the demo of a fleet", "unshare", "nsenter", "dpkg-deb", "apt-get");

/** The packages of ours that this machine has itself, as dpkg says. */
function ownPackages(): string {
  return spawnSync("dpkg-query", ["-W", "florenetes-*"], { encoding: "utf8" }).stdout;
}

test.skipIf(!isPossible || !isSoak)(
  "--fleet has tenants share a link, a phone give its streams away, a release come to all and a bad one go back",
  async () => {
    const packages = ownPackages();
    const demo = startDemo("--fleet", "--once");
    const [code] = (await once(demo.child, "close")) as [number];
    expect(code, demo.output).toBe(0);
    expect(demo.output).toMatch(/nodes +nine are up, with 13 links/);
    expect(demo.output).toMatch(/red beside it, by 8: red \d+\.\d Mbit\/s, blue \d+\.\d Mbit\/s/);
    expect(demo.output).toMatch(/phone-power is shut, and \d+\.\d s later c's leases are over s alone/);
    expect(demo.output).toMatch(/SHA-256 [0-9a-f]{16}…, equal; 0 streams lost/);
    expect(demo.output).toMatch(/release +0\.1\.1: all nine nodes have it/);
    expect(demo.output).toMatch(/release +0\.1\.2: 1 of nine nodes was to take it, 0 is whole with it, 1 went back/);
    expect(demo.output).toMatch(/all nine nodes have 0\.1\.1/);
    expect(demo.output).toMatch(/usage +(flor fabric usage[^]*red[^]*|is told at the end of each hour)/);
    await expectNothingLeft(demo);
    expect(execFileSync("ip", ["netns", "list"], { encoding: "utf8" })).not.toContain(`flor-${demo.child.pid}-`);
    expect(ownPackages()).toBe(packages);
  },
  DEMO_MS_MAX,
);

test.skipIf(!isRoot)("--fleet says what is missing where it is not root, and starts nothing", () => {
  const argv = [...programArguments("meshlab"), "demo", "--fleet"];
  const { status, stderr } = spawnSync(process.execPath, argv, { uid: NOBODY, gid: NOBODY, encoding: "utf8" });
  expect(stderr).toContain("needs root [ERR_LAB_FLEET]");
  expect(status).toBeGreaterThan(0);
});
