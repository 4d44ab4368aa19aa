/*
 *   a1 ──┐                  red has a1, blue has b1. r1 coordinates, r2 and h observe, and the clocks of all agents run a while ahead: so an hour ends
 *        ├── r1 ── r2 ── h  when the test has it end
 *   b1 ──┘
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { askWho, downloadDigest, MEGABYTE, startFileServer } from "../src/services.ts";
import { agentWithClock, canShiftClocks, shiftClocks } from "../src/shifted-clocks.ts";

const HOUR = 3_600;
const ORIGINS = { a1: "red", b1: "blue" } as const;
const NAMES = ["a1", "b1"] as const;
const SIZES = { a1: 24 * MEGABYTE, b1: 8 * MEGABYTE };
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"];
/** Beacons come each 30 s. */
const LEASED = { ...PATIENCE_OF_PROCESSES, timeout: 120_000 };

interface Transit {
  readonly from: string;
  readonly to: string;
  readonly share: number;
  readonly classes: Readonly<Record<string, { readonly bytes: number }>>;
}

interface Told {
  readonly organization: string | null;
  readonly hour: string;
  readonly observer: string;
  readonly receipts: number;
  readonly missing: number;
  readonly relays: readonly {
    readonly relay: string;
    readonly class: string;
    readonly bytes: number;
    readonly claimed: number;
  }[];
}

describe.skipIf(!canShiftClocks)("usage of an hour (libfaketime shifts the clocks of agents)", () => {
  let lab: Lab;
  let fabric: FabricLab;
  let ports: ReadonlyMap<string, number>;
  /** How far the clocks of agents are ahead, in seconds: they begin five minutes before an hour ends, within the life of a lease. */
  let ahead = 0;
  let hour = "";

  const usageAt = async (node: string, query = ""): Promise<readonly Told[]> =>
    ((await requestAdmin(fabric.adminOf(node), `/usage${query}`)) as { readonly usage: readonly Told[] }).usage;
  const rows = async (relay: string): Promise<readonly Transit[]> =>
    ((await requestAdmin(fabric.doorOf(relay), "/view")) as { readonly transit: readonly Transit[] }).transit;
  const shareOf = async (origin: string): Promise<number> => {
    const { leases } = (await requestAdmin(fabric.adminOf(origin), "/leases")) as {
      readonly leases: readonly { readonly share: number | null }[];
    };
    return leases[0]?.share ?? 0;
  };
  /** Bytes that a relay's vertex has counted for the share of an origin, there and back. */
  const countedAt = async (relay: string, share: number): Promise<number> =>
    (await rows(relay))
      .filter((row) => row.share === share)
      .flatMap(({ classes }) => Object.values(classes))
      .reduce((sum, { bytes }) => sum + bytes, 0);

  beforeAll(async () => {
    const target = await freePort();
    ports = new Map(await Promise.all(NAMES.map(async (name) => [name, await freePort()] as const)));
    lab = await openLab({
      cluster: "usage",
      nodes: { a1: {}, b1: {}, r1: {}, r2: {}, h: {} },
      links: [
        { between: ["a1", "r1"] },
        { between: ["b1", "r1"] },
        { between: ["r1", "r2"] },
        { between: ["r2", "h"] },
      ],
      services: {},
      tunnels: [],
    });
    const relay = { relay: { classes: CLASSES, rate: "1 Gbit/s" } };
    fabric = FabricLab.prepare(lab, {
      services: { web: { allow: ["user/alice"], targets: { h: `tcp://127.0.0.1:${target}` } } },
      tunnels: NAMES.map((node) => {
        return { node, listen: `tcp://127.0.0.1:${ports.get(node)!}`, as: "user/alice", service: "web", class: "bulk" };
      }),
      organizations: ORIGINS,
      agents: { r1: { coordinator: { partition: "default" } } },
      doors: { r1: relay, r2: relay },
      agentProgram: agentWithClock(),
    });
    const now = Math.floor(Date.now() / 1_000);
    const end = HOUR * (Math.floor(now / HOUR) + 1);
    ahead = end - 300 - now;
    // An hour that is about to end leaves no time for what is to be counted in it.
    if (ahead < 0) ahead += HOUR;
    hour = new Date(1_000 * (HOUR * Math.floor((now + ahead) / HOUR))).toISOString();
    shiftClocks(lab, ahead);
    await startFileServer(lab, "h", target);
    await lab.up();
    await fabric.up();
    const roles = [
      ["r1", "route-coordinator"],
      ["r1", "relay"],
      ["r2", "relay"],
      ["r2", "observer"],
      ["h", "observer"],
    ] as const;
    await fabric.publish(
      "r1",
      roles.map(([node, role]) => fabric.signRole(node, "cluster", role)),
    );
    await fabric.publish("r1", [fabric.signService("web", ["h"])]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
  });

  test("is what relays have counted for each organization, to the byte, at both observers and at the coordinator", async () => {
    for (const name of NAMES) await expect.poll(() => askWho(lab, name, ports.get(name)!), LEASED).toBe("h");
    for (const name of NAMES) await expect.poll(() => shareOf(name), LEASED).toBeGreaterThan(0);
    for (const name of NAMES) await downloadDigest(lab, name, ports.get(name)!, SIZES[name]);
    const shares = new Map(await Promise.all(NAMES.map(async (name) => [name, await shareOf(name)] as const)));
    for (const name of NAMES)
      for (const relay of ["r1", "r2"])
        await expect.poll(() => countedAt(relay, shares.get(name)!), LEASED).toBeGreaterThan(SIZES[name]);
    const leftMs = (): number => Date.parse(hour) + 1_000 * HOUR - (Date.now() + 1_000 * ahead);
    expect(leftMs(), "the hour has not ended before all was counted").toBeGreaterThan(0);
    ahead += Math.max(0, Math.floor(leftMs() / 1_000) - 5);
    shiftClocks(lab, ahead);
    // Agents read what was counted as soon as the hour is over.
    await expect.poll(() => leftMs() < -10_000, LEASED).toBe(true);
    const before = new Map<string, number>();
    for (const name of NAMES)
      for (const relay of ["r1", "r2"]) before.set(`${relay} ${name}`, await countedAt(relay, shares.get(name)!));
    // Receipts go out within ten minutes, and are added up five minutes later.
    shiftClocks(lab, ahead + 600);
    const received = async (node: string): Promise<number> => {
      const { usage } = (await fabric.status(node)) as {
        readonly usage: { readonly observer: { readonly outcomes: Readonly<Record<string, number>> } | null };
      };
      return usage.observer?.outcomes["taken"] ?? 0;
    };
    // Five receipts, and the shares of r1.
    for (const node of ["r2", "h"]) await expect.poll(() => received(node), LEASED).toBe(6);
    shiftClocks(lab, ahead + 960);
    for (const node of ["r1", "r2", "h"])
      await expect
        .poll(async () => (await usageAt(node, `?from=${hour}&to=${hour}`)).length, LEASED)
        .toBeGreaterThanOrEqual(4);
    for (const [name, organization] of Object.entries(ORIGINS)) {
      const told = await usageAt("r1", `?from=${hour}&to=${hour}&organization=${organization}`);
      expect(told.map(({ observer, receipts, missing }) => [observer, receipts, missing])).toEqual([
        ["h", 5, 0],
        ["r2", 5, 0],
      ]);
      for (const { relays } of told)
        for (const relay of ["r1", "r2"]) {
          const own = relays.filter((row) => row.relay === relay);
          const bytes = own.reduce((sum, row) => sum + row.bytes, 0);
          const claimed = own.reduce((sum, row) => sum + row.claimed, 0);
          expect(bytes, "nobody claims more than others saw").toBe(claimed);
          // Packets that came behind the end of the hour, and before counts were read here, are of the next one.
          const counted = before.get(`${relay} ${name}`)!;
          expect(bytes).toBeGreaterThan(0.99 * counted);
          expect(bytes).toBeLessThanOrEqual(counted);
        }
    }
  });

  test("names neither origins nor hosts, and is told by flor fabric usage", async () => {
    for (const told of await usageAt("r1", `?from=${hour}&to=${hour}`))
      expect(told.relays.map(({ relay }) => relay).filter((relay) => !["r1", "r2"].includes(relay))).toEqual([]);
    const { stdout } = await flor("fabric", "usage", "--csv", "--agent", fabric.adminOf("r1"));
    expect(stdout).toContain(`${hour},red,default,h,r1,bulk,`);
    expect(stdout).not.toMatch(/a1|b1|alice|web/);
  });

  test("is held over a restart of an observer, which signs nothing twice", async () => {
    const before = await usageAt("h");
    await fabric.kill("h");
    fabric.start("h");
    await fabric.untilReady("h");
    await expect.poll(() => usageAt("h"), LEASED).toEqual(before);
  });
});
