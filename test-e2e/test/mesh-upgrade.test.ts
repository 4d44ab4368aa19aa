/*
 *       ┌──── r1 ────┐        four machines, each with Debian, our packages and systemd, get other packages by `flor mesh upgrade` over ssh.
 *   a ──┤            ├── b    a tunnel leads over either relay
 *       └──── r2 ────┘
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, florCommand, runToEnd } from "../src/executables.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { canBootSystemd } from "../src/systemd/machine.ts";
import {
  BROKEN,
  copyDebian,
  installInto,
  newerPackages,
  ourPackages,
  PackagedMesh,
} from "../src/systemd/packaged-mesh.ts";

const TESTS = "upgrades of machines by packages";
const TOOLS = ["mmdebstrap", "dpkg-deb", "dpkg-shlibdeps", "strip", "objdump", "cargo", "ssh", "ssh-keygen", "nsenter"];
const UPGRADE_MS_MAX = 600_000;
/** Runs a command, but loses the short script by which a node is told that it is whole: the command ends, and nothing comes of it. */
const LOSSY = `
for word; do last=$word; done
[ "$last" = sh ] || exec "$@"
script=$(cat)
case $script in ": >"*) exit 0 ;; esac
printf '%s\\n' "$script" | "$@"
`;

const folder = mkdtempSync(join(tmpdir(), "florenetes-upgrade-"));
const [base, empty] = ["base", "empty"].map((name) => join(folder, name)) as [string, string];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isPossible = canBootSystemd(TESTS) && areInstalled(TESTS, ...TOOLS) && (await copyDebian(TESTS, base));

describe.skipIf(!isPossible)("flor mesh upgrade", () => {
  let mesh: PackagedMesh;
  let [present, next, first] = ["", "", ""];
  const workloads: SteadyWorkload[] = [];

  beforeAll(async () => {
    [present, next] = [await ourPackages(), await newerPackages()];
    mkdirSync(empty);
    installInto(base, present);
    mesh = await PackagedMesh.start(folder, base);
    first = (await mesh.versions())["a"]!;
  }, UPGRADE_MS_MAX);
  afterAll(async () => {
    for (const workload of workloads) workload[Symbol.dispose]();
    await mesh?.[Symbol.asyncDispose]();
  });

  const upgradeVia = (via: string, former: string, ...more: readonly string[]): Promise<Answer> => {
    const places = ["--packages", next, "--former", former, "--via", via];
    return runToEnd([...florCommand(), "mesh", "upgrade", mesh.file, ...places, ...more], UPGRADE_MS_MAX);
  };
  const upgrade = (former: string, ...more: readonly string[]): Promise<Answer> =>
    upgradeVia(mesh.via, former, ...more);
  /** The nodes with the new packages. */
  const upgraded = async (): Promise<string[]> => {
    const versions = Object.entries(await mesh.versions());
    for (const [, version] of versions) expect([first, `${first}.next`]).toContain(version);
    return versions.flatMap(([name, version]) => (version === first ? [] : [name])).toSorted();
  };

  test(
    "says the order and why, and changes nothing without a way back",
    async () => {
      const before = await mesh.processes();
      const plan = await upgrade(present, "--dry-run");
      expect(plan).toMatchObject({ code: 0, stderr: "" });
      expect(plan.stdout).toMatch(
        /^4 of 4 nodes get .*next\n +1\. a .*\n +2\. b .*\n +3\. r1 +another way .*\n +4\. r2 +another way /,
      );
      expect(await upgrade(next)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("ERR_FLOR_UPGRADE_NO_WAY_BACK") as unknown,
      });
      expect(await upgrade(empty)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("ERR_FLOR_UPGRADE_PACKAGES") as unknown,
      });
      expect(await upgraded()).toEqual([]);
      expect(await mesh.processes()).toEqual(before);
    },
    UPGRADE_MS_MAX,
  );

  test(
    "has a node go back by itself that is not told to stay, as when the operator is cut off",
    async () => {
      const before = await mesh.processes();
      const lossy = join(folder, "lossy.sh");
      writeFileSync(lossy, LOSSY);
      const answer = await upgradeVia(`sh ${lossy} ${mesh.via}`, present, "--whole-within", "1min");
      expect(answer).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/1\. a .*cannot be told that it is whole, and goes back by itself\n/) as unknown,
      });
      await expect.poll(upgraded, { interval: 2_000, timeout: UPGRADE_MS_MAX }).toEqual([]);
      // Its units are restarted once the packages are back.
      await mesh.node("a").untilUnit("florenetes-upgrade.service", { ActiveState: "inactive" });
      await mesh.untilLinked();
      const { a: _restarted, ...others } = await mesh.processes();
      expect(before).toMatchObject(others);
    },
    UPGRADE_MS_MAX,
  );

  test(
    "stops at the second node, whose program does not run: that node goes back, the others are untouched",
    async () => {
      await mesh.node("b").do("touch", BROKEN);
      const before = await mesh.processes();
      const answer = await upgrade(present);
      expect(answer.stderr).toMatch(/2\. b .*; it is back at the packages that it had, and as it was\n/);
      expect(answer.stderr).toMatch(/3\. r1 +not begun\n +4\. r2 +not begun\n[^]*\[ERR_FLOR_UPGRADE_STOPPED\]/);
      expect(answer.code).toBe(1);
      expect(await upgraded()).toEqual(["a"]);
      const after = await mesh.processes();
      expect({ r1: after["r1"], r2: after["r2"] }).toEqual({ r1: before["r1"], r2: before["r2"] });
    },
    UPGRADE_MS_MAX,
  );

  test(
    "goes on where it stopped, and relays are upgraded without the end of a connection",
    async () => {
      await mesh.node("b").do("rm", BROKEN);
      await mesh.node("r1").do("touch", BROKEN);
      expect(await upgrade(present)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining("3 of 4 nodes get") as unknown,
      });
      expect(await upgraded()).toEqual(["a", "b"]);
      await mesh.node("r1").do("rm", BROKEN);
      await SteadyService.start(mesh.node("b"), "b", 8080);
      for (const port of [18080, 18081]) workloads.push(await SteadyWorkload.start(mesh.node("a"), "a", port));
      expect(await upgrade(present)).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringMatching(/all 2 nodes are upgraded\n$/) as unknown,
      });
      expect(await upgraded()).toEqual(["a", "b", "r1", "r2"]);
      const end = now();
      for (const workload of workloads) {
        await workload.untilProgress(end);
        expect([...workload.lost]).toEqual([]);
      }
      for (const machine of mesh.machines.values())
        expect((await machine.run("test", "-e", "/var/cache/florenetes")).code).toBe(1);
      expect(await upgrade(present)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^0 of 4 nodes get /) as unknown,
      });
    },
    UPGRADE_MS_MAX,
  );
});
