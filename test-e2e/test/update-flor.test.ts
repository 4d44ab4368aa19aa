/*
 *       ┌──── r1 ────┐        four machines, each with Debian, our packages and systemd: update-flor brings r1 to another release,
 *   a ──┤            ├── b    under a workload over it
 *       └──── r2 ────┘
 *
 *   solo       a machine with a disk, whose power is cut
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";
import {
  BROKEN,
  copyDebian,
  FAILING,
  HELD,
  HELD_LATER,
  installInto,
  newerPackages,
  ourPackages,
  PackagedMesh,
  putConfigs,
} from "../src/systemd/packaged-mesh.ts";
import { ReleaseAuthor } from "../src/systemd/release-author.ts";
import {
  leftOvers,
  order,
  orderByPeople,
  packagesOf,
  statusOf,
  untilPhase,
  untilSettled,
  update,
  updateConfig,
} from "../src/systemd/updated-machine.ts";

const TESTS = "updates of machines by releases";
const TOOLS = ["mmdebstrap", "dpkg-deb", "dpkg-shlibdeps", "strip", "objdump", "cargo", "ssh", "ssh-keygen", "nsenter"];
const MS_MAX = 600_000;
const UNITS = ["link-flor.service", "cluster-flor@example.service"] as const;

const folder = mkdtempSync(join(tmpdir(), "florenetes-update-"));
const [base, alone] = ["base", "alone"].map((name) => join(folder, name)) as [string, string];
const soloRoot = join(alone, "roots/a");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isPossible = canBootSystemd(TESTS) && areInstalled(TESTS, ...TOOLS) && (await copyDebian(TESTS, base));
let [first, next] = ["", ""];

describe.skipIf(!isPossible)("update-flor", () => {
  beforeAll(async () => {
    const [present, newer] = [await ourPackages(), await newerPackages()];
    installInto(base, present);
    const author = new ReleaseAuthor("example");
    mkdirSync(alone);
    await putConfigs(alone);
    for (const [node, root] of [
      ["a", soloRoot],
      ["r1", join(folder, "roots/r1")],
    ] as const) {
      mkdirSync(join(root, "etc/florenetes"), { recursive: true });
      writeFileSync(join(root, "etc/florenetes/update-flor.yaml"), updateConfig(node, author.fingerprint));
      writeFileSync(join(root, "etc/florenetes/repository-root.json"), author.repositoryRoot);
      next = author.spool(join(root, "srv/spool"), newer, present);
      author.orders(join(root, "srv/spool"), node);
    }
    first = next.replace(/\.next$/, "");
  }, MS_MAX);

  describe("on a relay", () => {
    let mesh: PackagedMesh;
    let relay: SystemdMachine;
    const workloads: SteadyWorkload[] = [];

    beforeAll(async () => {
      mesh = await PackagedMesh.start(folder, base);
      relay = mesh.node("r1");
      await SteadyService.start(mesh.node("b"), "b", 8080);
      for (const port of [18080, 18081]) workloads.push(await SteadyWorkload.start(mesh.node("a"), "a", port));
      await relay.do("systemctl", "start", "update-flor@example.path");
    }, MS_MAX);
    afterAll(async () => {
      for (const workload of workloads) workload[Symbol.dispose]();
      await mesh?.[Symbol.asyncDispose]();
    });

    const untilNothingLost = async (): Promise<void> => {
      const end = now();
      await mesh.untilLinked();
      for (const workload of workloads) {
        await workload.untilProgress(end);
        expect([...workload.lost]).toEqual([]);
      }
    };

    test(
      "goes back from a release that does not run, does not try it again, and nothing is lost",
      async () => {
        await relay.do("touch", BROKEN);
        const status = await update(relay);
        expect(status).toMatchObject({
          failed: [next],
          last: {
            outcome: "back",
            code: "ERR_UPDATE_RESTART",
            message: expect.stringContaining("link-flor") as unknown,
          },
        });
        expect(await packagesOf(relay)).toEqual([`${first} installed`]);
        expect(await leftOvers(relay)).toBe("");
        await untilNothingLost();
        expect(await update(relay)).toMatchObject({ last: { outcome: "refused", code: "ERR_UPDATE_FAILED_BEFORE" } });
      },
      MS_MAX,
    );

    test(
      "takes the release under a workload, which loses nothing",
      async () => {
        await relay.do("rm", BROKEN);
        await relay.do("update-flor", "retry");
        const before = await mesh.processes();
        const status = await update(relay);
        expect(status).toMatchObject({ installed: { version: next }, failed: [], last: { outcome: "whole" } });
        expect(status.kept.filter((name) => name.startsWith("florenetes-node_"))).toEqual([
          expect.stringContaining(next) as unknown,
        ]);
        expect(await packagesOf(relay)).toEqual([`${next} installed`]);
        expect(await leftOvers(relay)).toBe("");
        await untilNothingLost();
        const { r1, ...others } = await mesh.processes();
        expect(before).toMatchObject(others);
        expect(r1).not.toBe(before["r1"]);
        expect(await update(relay)).toMatchObject({ last: { outcome: "whole" } });
        expect((await mesh.processes())["r1"]).toBe(r1);
      },
      MS_MAX,
    );

    test(
      "starts its programs anew, and goes back to the former packages, where people order it: once each, and nothing is lost",
      async () => {
        const before = await mesh.processes();
        expect(await orderByPeople(relay, "restart")).toMatchObject({ order: { outcome: "done" } });
        await untilNothingLost();
        const after = await mesh.processes();
        expect(after["r1"]).not.toBe(before["r1"]);
        expect(await orderByPeople(relay, "restart")).toMatchObject({
          order: {
            outcome: "refused",
            code: "ERR_UPDATE_ORDER",
            message: expect.stringContaining("was taken") as unknown,
          },
        });
        expect((await mesh.processes())["r1"]).toBe(after["r1"]);
        const back = await orderByPeople(relay, "back");
        expect(back).toMatchObject({ installed: { version: first }, failed: [next], order: { outcome: "done" } });
        expect(await packagesOf(relay)).toEqual([`${first} installed`]);
        expect(await leftOvers(relay)).toBe("");
        await untilNothingLost();
        expect(await update(relay)).toMatchObject({ last: { outcome: "refused", code: "ERR_UPDATE_FAILED_BEFORE" } });
      },
      MS_MAX,
    );
  });

  describe("on a machine of its own", () => {
    let solo: SystemdMachine;
    const disk = join(folder, "disk");
    const boot = async (): Promise<void> => {
      const units = [...UNITS, "update-flor@example.path", "multi-user.target"];
      solo = await SystemdMachine.boot(soloRoot, units, base, disk);
    };
    /** Cuts the power: all processes end at once, and the disk stays as it is. */
    const cut = async (): Promise<void> => {
      await solo[Symbol.asyncDispose]();
      await boot();
    };
    const processes = async (): Promise<string> =>
      (await Promise.all(UNITS.map((unit) => solo.unit(unit)))).map(({ MainPID }) => MainPID).join(" ");
    const untilActive = (): Promise<void> =>
      vi.waitFor(async () => {
        for (const unit of UNITS) expect(await solo.unit(unit)).toMatchObject({ ActiveState: "active" });
      }, PATIENCE_OF_PROCESSES);

    beforeAll(async () => {
      mkdirSync(disk);
      await boot();
      await untilActive();
    }, MS_MAX);
    afterAll(() => solo?.[Symbol.asyncDispose]());

    const refused = [
      ["a record that too few have signed", "mv forged.fact release.fact", "ERR_UPDATE_RECORD"],
      ["a package that was changed", "for deb in packages/*.next_*; do echo >>$deb; done", "ERR_UPDATE_HASH"],
      ["no packages for the way back", "find packages -type f ! -name '*.next_*' -delete", "ERR_UPDATE_NO_WAY_BACK"],
    ] as const;
    /** Each takes a machine with systemd for some seconds: unit tests have these, too. */
    const refusedInSoak = [
      [
        "a link in the place of a package",
        "for deb in packages/*.next_*; do ln -sf /etc/passwd $deb; done",
        "ERR_UPDATE_SPOOL",
      ],
      ["a link in the place of the record", "ln -sf /etc/shadow release.fact", "ERR_UPDATE_SPOOL"],
      ["a record that is a pipe", "rm release.fact; mkfifo release.fact", "ERR_UPDATE_SPOOL"],
      [
        "metadata that another one has signed",
        'sed -i \'s/"sig":"./"sig":"0/\' metadata/timestamp.json',
        "ERR_RELEASE_",
      ],
    ] as const;
    test.for([...refused, ...(isSoak ? refusedInSoak : [])])(
      "refuses %s, and changes nothing",
      { timeout: MS_MAX },
      async ([, change, code]) => {
        const before = await processes();
        const { last } = await update(solo, change);
        expect(last).toMatchObject({ outcome: "refused", code: expect.stringContaining(code) as unknown });
        expect(await packagesOf(solo)).toEqual([`${first} installed`]);
        expect(await processes()).toBe(before);
        expect(await leftOvers(solo)).toBe("");
      },
    );

    test(
      "refuses a release for which there is no room, and changes nothing",
      async () => {
        const state = "/var/lib/florenetes/update";
        await solo.do("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", state);
        const before = await processes();
        expect(await update(solo)).toMatchObject({ last: { outcome: "refused", code: "ERR_UPDATE_DISK" } });
        expect(await packagesOf(solo)).toEqual([`${first} installed`]);
        expect(await processes()).toBe(before);
        await solo.do("umount", state);
      },
      MS_MAX,
    );

    test(
      "goes back where the script of a package fails",
      async () => {
        await solo.do("touch", FAILING);
        expect(await update(solo)).toMatchObject({
          failed: [next],
          last: { outcome: "back", code: "ERR_UPDATE_INSTALL" },
        });
        expect(await packagesOf(solo)).toEqual([`${first} installed`]);
        expect(await leftOvers(solo)).toBe("");
        await untilActive();
        await solo.do("rm", FAILING);
        await solo.do("update-flor", "retry");
      },
      MS_MAX,
    );

    test(
      "is back after a power cut in the midst of dpkg",
      async () => {
        await solo.do("touch", HELD);
        const before = (await statusOf(solo))?.last?.at;
        await order(solo);
        await untilPhase(solo, "installing");
        await expect.poll(async () => (await packagesOf(solo)).join(", "), PATIENCE).toContain(next);
        await cut();
        expect(await untilSettled(solo, before)).toMatchObject({
          failed: [],
          interrupted: next,
          last: { outcome: "back", code: "ERR_UPDATE_INTERRUPTED" },
        });
        expect(await packagesOf(solo)).toEqual([`${first} installed`]);
        expect(await leftOvers(solo)).toBe("");
        await untilActive();
        await solo.do("update-flor", "retry");
      },
      MS_MAX,
    );

    test(
      "is judged after a power cut that came before it could be",
      async () => {
        await solo.do("touch", HELD_LATER);
        const before = (await statusOf(solo))?.last?.at;
        await order(solo);
        await untilPhase(solo, "judging");
        await cut();
        expect(await untilSettled(solo, before)).toMatchObject({
          installed: { version: next },
          last: { outcome: "whole" },
        });
        expect(await packagesOf(solo)).toEqual([`${next} installed`]);
        expect(await leftOvers(solo)).toBe("");
        await untilActive();
      },
      MS_MAX,
    );
  });
});
