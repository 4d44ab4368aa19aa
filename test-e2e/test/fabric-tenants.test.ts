/*
 *   a1 ──┐           ┌── h     three organizations lease the way over r, which coordinates, too: red has a1, blue has b1, and grey, whose budget says
 *   b1 ──┼──── r ────┘         that it has no shares, has g1
 *   g1 ──┘
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface Row {
  readonly from: string;
  readonly to: string;
  readonly share: number;
  readonly classes: Readonly<Record<string, { readonly packets: number; readonly bytes: number }>>;
}

interface ToldLease {
  readonly origin: string;
  readonly share: number | null;
}

const ORIGINS = { a1: "red", b1: "blue", g1: "grey" } as const;
const NAMES = Object.keys(ORIGINS);
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"];
/** Beacons come each 30 s. */
const LEASED = { ...PATIENCE_OF_PROCESSES, timeout: 90_000 };

let lab: Lab;
let fabric: FabricLab;
let ports: ReadonlyMap<string, number>;

const rows = async (): Promise<readonly Row[]> =>
  ((await requestAdmin(fabric.doorOf("r"), "/view")) as { readonly transit: readonly Row[] }).transit;
const leasesAt = async (node: string): Promise<readonly ToldLease[]> => {
  const { leases } = (await requestAdmin(fabric.adminOf(node), "/leases")) as { readonly leases: readonly ToldLease[] };
  return leases;
};
const shareOf = async (origin: string): Promise<number | null | undefined> =>
  (await leasesAt(origin)).find((each) => each.origin === origin)?.share;

/** Packets that passed the relay from a neighbour, by the share that they were charged to. */
async function chargedFrom(neighbour: string): Promise<ReadonlyMap<number, number>> {
  const own = (await rows()).filter(({ from, to }) => from === neighbour && to === "h");
  return new Map(own.map(({ share, classes }) => [share, classes["reliable"]?.packets ?? 0]));
}

beforeAll(async () => {
  const target = await freePort();
  ports = new Map(await Promise.all(NAMES.map(async (name) => [name, await freePort()] as const)));
  lab = await openLab({
    cluster: "shares",
    nodes: { a1: {}, b1: {}, g1: {}, r: {}, h: {} },
    links: [...NAMES, "h"].map((name) => ({ between: [name, "r"] })),
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/alice"], targets: { h: `tcp://127.0.0.1:${target}` } } },
    tunnels: NAMES.map((node) => {
      return { node, listen: `tcp://127.0.0.1:${ports.get(node)!}`, as: "user/alice", service: "web" };
    }),
    organizations: ORIGINS,
    agents: { r: { coordinator: { partition: "default" } } },
    doors: { r: { relay: { classes: CLASSES, rate: "1 Gbit/s" } } },
  });
  await startFileServer(lab, "h", target);
  await lab.up();
  await fabric.up();
  const roles = ["route-coordinator", "relay"].map((role) => fabric.signRole("r", "cluster", role));
  await fabric.publish("r", [...roles, fabric.sign("budget", "grey", { limits: [], shares: "off" })]);
  await fabric.publish("r", [fabric.signService("web", ["h"])]);
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("organizations get different shares, and one whose budget says off gets none", async () => {
  await expect.poll(async () => (await leasesAt("r")).length, LEASED).toBe(3);
  await expect
    .poll(async () => [await shareOf("a1"), await shareOf("b1")], LEASED)
    .toEqual([expect.any(Number), expect.any(Number)]);
  const [red, blue] = [await shareOf("a1"), await shareOf("b1")];
  expect(red).not.toBe(blue);
  await expect.poll(() => shareOf("g1"), LEASED).toBeNull();
});

test("packets are charged to the share of their organization at the relay, there and back", async () => {
  for (const name of NAMES) await expect.poll(() => askWho(lab, name, ports.get(name)!), LEASED).toBe("h");
  for (const name of NAMES) {
    const share = (await shareOf(name)) ?? 0;
    const before = (await chargedFrom(name)).get(share) ?? 0;
    expect(await askWho(lab, name, ports.get(name)!)).toBe("h");
    await expect.poll(async () => (await chargedFrom(name)).get(share), PATIENCE).toBeGreaterThan(before);
    const others = [...(await chargedFrom(name))].filter(([other, packets]) => other !== share && packets > 0);
    expect(others, `${name} is of the share ${share}`).toEqual([]);
    const back = (await rows()).find((row) => row.from === "h" && row.to === name && row.share === share);
    expect(back?.classes["reliable"]?.packets).toBeGreaterThan(0);
  }
});

test("permits name neither the organizations nor the origins", async () => {
  const { overlay } = (await requestAdmin(fabric.doorOf("r"), "/view")) as {
    readonly overlay: { readonly transit: unknown };
  };
  expect(JSON.stringify(overlay.transit)).toMatch(/"share":\d+/);
  for (const name of Object.values(ORIGINS)) expect(JSON.stringify(overlay)).not.toContain(name);
});
