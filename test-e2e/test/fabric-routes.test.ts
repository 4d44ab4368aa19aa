/*
 *            ┌──── b ────┐
 *        a ──┤           ├── d     a service on d, which no file leads to: b coordinates, b and c relay, and all have agents
 *            └──── c ────┘
 */
import type { FabricLab, Lab, ProcessName } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { openLeasedDiamond } from "../src/leased-diamond.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { askWho, downloadDigest, MEGABYTE } from "../src/services.ts";

const programs: readonly ProcessName[] = ["link-flor", "cluster-flor"];
const engines = nativeEngine() === undefined ? (["portable"] as const) : (["native"] as const);
/** Beacons come each 30 s. */
const LEASED = { ...PATIENCE, timeout: 90_000 };

interface Status {
  readonly routes: {
    readonly leases: readonly {
      readonly host: string;
      readonly coordinator: string;
      readonly epoch: number;
      readonly standing: string;
      readonly routes: readonly {
        readonly via: readonly string[];
        readonly inUse: readonly string[];
        readonly failure: string | null;
      }[];
    }[];
    readonly permits: { readonly held: number; readonly waiting: number };
    readonly outcomes: Readonly<Record<string, number>>;
  };
  readonly coordinator: { readonly live: number } | null;
}

interface View {
  readonly overlay: { readonly paths: readonly { readonly name: string }[] };
}

interface ConnectionRow {
  readonly path: string;
  readonly bytesReceived: number;
}

describe.each(engines)("leased routes, over the %s engine,", (engine) => {
  const size = 48 * MEGABYTE;
  let lab: Lab;
  let fabric: FabricLab;
  let port: number;

  const routesOf = async (node: string) => ((await fabric.status(node)) as Status).routes;
  const leased = async () => (await routesOf("a")).leases[0]?.routes.map(({ via }) => via.join(">")) ?? [];
  const inUse = async () => {
    const routes = (await routesOf("a")).leases[0]?.routes ?? [];
    return routes.filter((route) => route.inUse.length > 0).map(({ via }) => via[0]!);
  };
  const received = async () => {
    const rows = (await lab.status("a")).clusterFlor!["connections"] as unknown as readonly ConnectionRow[];
    return Math.max(0, ...rows.filter((row) => row.path === "auto.web.d").map(({ bytesReceived }) => bytesReceived));
  };

  beforeAll(async () => {
    port = await freePort();
    const plan = { cluster: "leased", coordinator: "b", rate: "10 Gbit/s", tunnels: [{ port }] } as const;
    ({ lab, fabric } = await openLeasedDiamond(plan, { environment: { FLORENETES_ENGINE: engine } }));
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
  });

  test("lead to a host that is no neighbour, over both relays, which have permits for it", async () => {
    await expect.poll(async () => (await leased()).toSorted(), LEASED).toEqual(["b>d", "c>d"]);
    await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("d");
    for (const node of ["b", "c"]) expect((await routesOf(node)).permits).toEqual({ held: 1, waiting: 0 });
    const explained = async (node: string) => {
      const { code, stdout, stderr } = await flor("fabric", "explain", "a/web/d", "--agent", fabric.adminOf(node));
      expect(code, stderr).toBe(0);
      return stdout;
    };
    expect(await explained("a")).toMatch(/^lease [0-9a-f]{16} of a to web at d, by coordinator b: live, in use\n/);
    expect(await explained("a")).toMatch(/^ {2}primary: [bc] > d, cost \d+, .*: (in use|stands by)/m);
    const agents = lab.nodeNames.map((node) => fabric.adminOf(node));
    const whole = {
      code: 0,
      stdout: expect.stringMatching(/^whole: cluster leased, 4 agents, 1 service, 2 routes, 1 coor/),
    };
    await expect.poll(() => flor("fabric", "status", ...agents), PATIENCE_OF_PROCESSES).toMatchObject(whole);
    for (const relay of ["b", "c"]) expect(await explained("b")).toContain(`relay ${relay}: has acknowledged permits`);
  });

  test("go over relays that their coordinator scores, and over nothing that is none", async () => {
    const explained = (node: string, agent: string) =>
      flor("fabric", "explain", node, "relay", "--agent", fabric.adminOf(agent));
    const relay = await explained("c", "b");
    expect(relay).toMatchObject({ code: 0, stderr: "" });
    expect(relay.stdout).toMatch(/^c as relay: \d+ of \d+ points\n/);
    expect(relay.stdout).toMatch(/^ {2}round-trip -\d+: \d+ tenths of a millisecond$/m);
    const host = await explained("d", "b");
    expect(host.code).toBe(1);
    expect(host.stdout).toMatch(/^d as relay: MUST NOT BE USED\n {2}SHUT: role: none; /);
    expect(await explained("c", "d")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("ERR_FLOR_NO_COORDINATOR"),
    });
  });

  test("are what they were when their coordinator is started again", async () => {
    const of = async () => (await routesOf("a")).leases.map(({ epoch, standing }) => [epoch, standing]);
    const coordinator = async () => ((await fabric.status("b")) as Status).coordinator;
    const before = await of();
    expect(await coordinator()).toMatchObject({ live: 1 });
    await fabric.kill("b");
    fabric.start("b");
    await fabric.untilReady("b");
    await expect
      .poll(coordinator, PATIENCE)
      .toMatchObject({ live: 1, wanted: 1, leases: { given: 0 }, permits: { given: 0 } });
    expect(await of()).toEqual(before);
  });

  test("carry a download on when the relay that it runs over dies with its agent, and no byte is lost", async () => {
    await expect.poll(inUse, PATIENCE).toHaveLength(1);
    const [first] = await inUse();
    const download = downloadDigest(lab, "a", port, size);
    await expect.poll(received, { ...PATIENCE, interval: 10 }).toBeGreaterThan(size / 10);
    await Promise.all([fabric.kill(first!), ...programs.map((program) => lab.kill(first!, program, "SIGKILL"))]);
    expect(await download).toBe(fileDigest(size));
    await expect.poll(inUse, PATIENCE).toEqual([first === "b" ? "c" : "b"]);
    const picture = async () => {
      const { code, stdout } = await flor("fabric", "status", ...["a", first!].map((node) => fabric.adminOf(node)));
      return `${code} ${stdout}`;
    };
    expect(await picture()).toMatch(/^1 NOT WHOLE: node [^]*its\s+agent\s+does\s+not\s+answer/);
    // The switch is told with the time that it took.
    await expect.poll(picture, PATIENCE).toMatch(/switches to another route[^]*^ +a +\w+ +1 /m);
  });

  test("go on while all agents are dead, and an agent that is back changes nothing", async () => {
    // Without its coordinator a lease is what it is.
    for (const node of ["b", "c", "d"]) await fabric.kill(node);
    const before = await leased();
    const paths = async () => ((await requestAdmin(fabric.doorOf("a"), "/view")) as View).overlay.paths;
    const ordered = await paths();
    await fabric.kill("a");
    expect(await askWho(lab, "a", port)).toBe("d");
    fabric.start("a");
    await fabric.untilReady("a");
    await expect.poll(leased, PATIENCE).toEqual(before);
    expect(await askWho(lab, "a", port)).toBe("d");
    expect(await paths()).toEqual(ordered);
  });
});
