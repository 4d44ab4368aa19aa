/*
 *   b ───── a ───── c     b and c observe, coordinate, and have a replica of the control API each; a's device says what the test has it say
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ControlFabric, REPLICAS } from "../src/control-fabric.ts";
import { dashboardRows, FLEET_ROW, unansweredBy } from "../src/dashboard-rows.ts";
import { flor } from "../src/executables.ts";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { Prometheus } from "../src/prometheus.ts";
import { tellPlain } from "../src/told-metrics.ts";

/** A report each minute, and an observation each minute, the first one after 75 s: two periods, and a while for mail. */
const TWO_PERIODS = { ...PATIENCE_OF_PROCESSES, timeout: 180_000 };
/** A report lives 3 minutes, and an observation comes each minute. */
const A_LIFE = { ...PATIENCE_OF_PROCESSES, timeout: 300_000 };
const TEST_MS = 480_000;
const DEVICE = { battery: 80, charging: false, network: "wifi", metered: false, foreground: true };

interface Tally {
  readonly nodes: Readonly<Record<string, number>>;
  readonly findings: Readonly<Record<string, number>>;
  readonly measures: Readonly<Record<string, { readonly count: number; readonly sum: number }>>;
}

interface Told {
  readonly partition: string;
  readonly organization: string | null;
  readonly by: string;
  readonly observers: readonly { readonly observer: string; readonly heard: number }[];
  readonly all: Tally;
  readonly versions: Readonly<Record<string, number>>;
}

let control: ControlFabric;

const say = (facts: object): void => writeFileSync(join(control.lab.folder, "device.json"), JSON.stringify(facts));
/** The sums of all nodes, at a node's agent. */
async function fleetAt(node: string): Promise<Told | undefined> {
  const { fleet } = (await requestAdmin(control.fabric.adminOf(node), "/fleet")) as { readonly fleet: readonly Told[] };
  return fleet.find(({ organization }) => organization === null);
}
const heardAt = async (node: string): Promise<unknown> =>
  (await fleetAt(node))?.observers.map(({ observer, heard }) => `${observer} ${heard}`);

beforeAll(async () => {
  const program = fileURLToPath(new URL("../src/programs/scripted-device.mjs", import.meta.url));
  control = await ControlFabric.open({
    agents: (lab) => {
      const file = join(lab.folder, "device.json");
      writeFileSync(file, JSON.stringify(DEVICE));
      return { a: { device: { command: [process.execPath, program, file] } } };
    },
  });
  await control.fabric.publish(
    "a",
    REPLICAS.map((node) => control.fabric.signRole(node, "cluster", "observer")),
  );
});
afterAll(() => control?.[Symbol.asyncDispose]());

test("two observers say the same of all nodes, and it is right", { timeout: TEST_MS }, async () => {
  for (const node of REPLICAS) await expect.poll(() => heardAt(node), TWO_PERIODS).toEqual(["b 3", "c 3"]);
  // Links that came up a moment ago come with the next report.
  const sums = async (): Promise<unknown> => {
    const { all } = (await fleetAt("b"))!;
    return { ...all.nodes, links: all.measures["links"]?.sum, trips: all.measures["round-trip"]?.count };
  };
  // Whether the machine that runs the test is under pressure is its own affair.
  const right = { heard: 3, silent: 0, unwell: expect.any(Number) as number, phones: 0, relays: 0, links: 4, trips: 4 };
  await expect.poll(sums, TWO_PERIODS).toEqual(right);
  expect(await fleetAt("b")).toMatchObject({
    partition: "default",
    all: { measures: { battery: { count: 1, sum: 80 } } },
  });
  expect(Object.values((await fleetAt("c"))!.versions)).toEqual([3]);
});

test(
  "a node whose battery is nearly empty is seen within two periods, with its whole report",
  { timeout: TEST_MS },
  async () => {
    say({ ...DEVICE, battery: 7 });
    for (const node of REPLICAS)
      await expect.poll(async () => (await fleetAt(node))?.all.findings["battery"], TWO_PERIODS).toBe(1);
    const { samples } = (await requestAdmin(control.fabric.adminOf("c"), "/fleet/samples")) as {
      readonly samples: readonly {
        readonly node: string;
        readonly findings: readonly string[];
        readonly report: object;
      }[];
    };
    expect(samples.find(({ node }) => node === "a")).toMatchObject({
      findings: expect.arrayContaining(["battery"]) as string[],
      report: { battery: 7 },
    });
  },
);

test(
  "it is told by the control API, by flor fabric fleet, and by the metrics of an observer",
  { timeout: TEST_MS },
  async () => {
    const items = async (as: "alice" | "bob"): Promise<readonly Told[]> =>
      (await control.ask("/v1/fleet", as)).body["items"] as readonly Told[];
    await expect
      .poll(
        async () => (await items("alice"))?.map(({ organization, all }) => [organization, all.findings["battery"]]),
        TWO_PERIODS,
      )
      .toEqual([
        [null, 1],
        ["lab", 1],
      ]);
    expect((await items("bob")).map(({ organization }) => organization)).toEqual(["lab"]);
    expect(control.document.differences).toEqual([]);
    const { stdout } = await flor("fabric", "fleet", "--agent", control.fabric.adminOf("b"));
    expect(stdout).toMatch(/default +3 +0 +[1-3]/);
    expect(stdout).toMatch(/^unwell: .*battery 1/m);
    const metrics = (await requestAdmin(control.fabric.adminOf("b"), "/metrics")) as string;
    expect(metrics).toMatch(/florenetes_fabric_fleet_findings\{[^}]*organization="",role="",finding="battery"\} 1/);
  },
);

test.skipIf(!areInstalled("the dashboard's row of observers", "prometheus"))(
  "an observer has data for each query of the dashboard's row",
  async () => {
    const ports = await tellPlain(control.fabric.configFile("b"));
    await using prometheus = await Prometheus.start({ florenetes: { ports } });
    const queries = dashboardRows()[FLEET_ROW]!;
    expect(queries.length).toBeGreaterThan(5);
    await expect.poll(unansweredBy(prometheus, queries), PATIENCE).toEqual([]);
  },
);

test("one observer that is killed is missed by nobody but as a voice", { timeout: TEST_MS }, async () => {
  await control.fabric.kill("c");
  const said = async (): Promise<unknown> => {
    const { by, all } = (await fleetAt("b"))!;
    return [by, all.nodes["heard"], all.nodes["silent"]];
  };
  await expect.poll(said, A_LIFE).toEqual(["b", 2, 1]);
  control.fabric.start("c");
  await control.fabric.untilReady("c");
  for (const node of REPLICAS) await expect.poll(() => heardAt(node), TWO_PERIODS).toEqual(["b 3", "c 3"]);
});
