/*
 *       ┌──── r1 ────┐        five machines, each with Debian, our packages, systemd and an agent, take the releases that people sign, by themselves.
 *   a ──┤            ├── b    s has the store of packages. A workload goes from a to b over leased routes.
 *       └──── r2 ────┘
 *              s
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInStage, STAGE_MAX } from "@florenetes/releases";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { canBootSystemd } from "../src/systemd/machine.ts";
import { PackagedFleet } from "../src/systemd/packaged-fleet.ts";
import { copyDebian, installInto, newerPackages, ourPackages, worsePackages } from "../src/systemd/packaged-mesh.ts";

const TESTS = "releases that five machines take";
const TOOLS = ["mmdebstrap", "dpkg-deb", "dpkg-shlibdeps", "strip", "objdump", "cargo", "nsenter"];
const ROLLOUT_MS_MAX = 600_000;
const POLL = { interval: 2_000, timeout: ROLLOUT_MS_MAX };

const folder = mkdtempSync(join(tmpdir(), "florenetes-fleet-"));
const base = join(folder, "base");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isPossible = canBootSystemd(TESTS) && areInstalled(TESTS, ...TOOLS) && (await copyDebian(TESTS, base));

/** The version of the packages in a folder. */
function versionOf(packages: string): string {
  const [, version] = /^florenetes-node_(.*)_amd64\.deb$/m.exec(readdirSync(packages).join("\n")) ?? [];
  return version!;
}

/** The machines in the order in which they take a release, each with the lowest stage at which it does. */
function orderOf(
  nodes: readonly string[],
  version: string,
): readonly { readonly node: string; readonly stage: number }[] {
  const stageOf = (node: string): number => {
    let [low, high] = [0, STAGE_MAX];
    while (low + 1 < high) {
      const middle = Math.floor((low + high) / 2);
      if (isInStage("stable", version, node, middle)) high = middle;
      else low = middle;
    }
    return high;
  };
  return nodes.map((node) => ({ node, stage: stageOf(node) })).toSorted((one, other) => one.stage - other.stage);
}

describe.skipIf(!isPossible)("five machines follow the releases of a channel", () => {
  let fleet: PackagedFleet;
  let [present, next, worse] = ["", "", ""];
  let [first, second, third] = ["", "", ""];

  beforeAll(async () => {
    [present, next, worse] = [await ourPackages(), await newerPackages(), await worsePackages()];
    [first, second, third] = [present, next, worse].map(versionOf) as [string, string, string];
    installInto(base, present);
    fleet = await PackagedFleet.start(base, present);
    await SteadyService.start(fleet.node("b"), "b", 8080);
  }, ROLLOUT_MS_MAX);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
  });

  const rollback = (): readonly string[] => ["--rollback", first, "--rollback-for", "30d"];
  const allAt = (version: string): Record<string, string> =>
    Object.fromEntries([...fleet.machines.keys()].map((node) => [node, version]));

  /** Carries out a change of these machines under traffic from a to b. Connections go on while the machines are no ends of theirs. */
  const underTraffic = async (changed: readonly string[], change: () => Promise<void>): Promise<void> => {
    using workload = await SteadyWorkload.start(fleet.node("a"), "a", 18080);
    await change();
    await fleet.untilWhole();
    if (!changed.includes("a") && !changed.includes("b")) await workload.untilProgress(now());
    using next = await SteadyWorkload.start(fleet.node("a"), "a", 18080);
    await next.untilProgress(now());
  };
  /** Waits until these machines have a version and have proven whole, and no other machine has got one meanwhile. */
  const untilWhole = async (nodes: readonly string[], versions: Record<string, string>): Promise<void> => {
    const outcomes = async (): Promise<unknown> => {
      const statuses = await fleet.statuses();
      return nodes.map((node) => [statuses[node]?.last?.outcome, statuses[node]?.installed?.version]);
    };
    await expect.poll(outcomes, POLL).toEqual(nodes.map((node) => ["whole", versions[node]]));
    expect(await fleet.versions()).toEqual(versions);
  };

  test(
    "a stage has its machines alone take the packages, under traffic, and the last stage has all",
    async () => {
      const order = orderOf([...fleet.machines.keys()], second);
      const expected = allAt(first);
      await fleet.release(next, 0, ...rollback());
      for (const { node, stage } of order.slice(0, 2)) {
        await underTraffic([node], async () => {
          expected[node] = second;
          await fleet.stage(stage);
          await untilWhole([node], expected);
        });
      }
      const others = order.slice(2).map(({ node }) => node);
      await underTraffic(others, async () => {
        await fleet.stage(STAGE_MAX);
        await untilWhole(others, allAt(second));
      });
      const told = async (): Promise<unknown> => (await fleet.told("r1")).versions;
      await expect.poll(told, POLL).toMatchObject([{ version: second, told: 5, states: { current: 5 } }]);
    },
    2 * ROLLOUT_MS_MAX,
  );

  test(
    "a release whose program does not run goes back at its first machine, and is stopped before any other has it",
    async () => {
      const [canary] = orderOf([...fleet.machines.keys()], third);
      await underTraffic([canary!.node], async () => {
        await fleet.release(worse, canary!.stage, "--rollback", second, "--rollback-for", "30d");
        const status = async (): Promise<unknown> => (await fleet.statuses())[canary!.node];
        await expect.poll(status, POLL).toMatchObject({
          failed: [third],
          last: { version: third, outcome: "back" },
          installed: { version: second },
        });
      });
      const told = async (): Promise<unknown> => (await fleet.told("r1")).nodes;
      await expect.poll(told, POLL).toMatchObject([{ node: canary!.node, state: "back", code: expect.any(String) }]);
      await fleet.stage(0);
      expect(await fleet.versions()).toEqual(allAt(second));
    },
    2 * ROLLOUT_MS_MAX,
  );
});
