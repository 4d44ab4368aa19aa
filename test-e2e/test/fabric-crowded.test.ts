/*
 *            ┌──── b ────┐
 *        a ──┤           ├── d     bulk and interactive to a service on d, over relays that let a lease have a few Mbit/s
 *            └──── c ────┘
 */
import type { FabricLab, Lab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { openLeasedDiamond } from "../src/leased-diamond.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, downloadDigest, MEGABYTE } from "../src/services.ts";

const LEASED = { ...PATIENCE, timeout: 90_000 };
const PATH = "auto.web.d";
/** So much takes half a minute at the rate of the lease. */
const SIZE = 24 * MEGABYTE;

interface PathRow {
  readonly name: string;
  readonly switches: readonly { readonly reason: string }[];
}

let lab: Lab;
let fabric: FabricLab;
const ports = { interactive: 0, bulk: 0 };

beforeAll(async () => {
  for (const name of ["interactive", "bulk"] as const) ports[name] = await freePort();
  const tunnels = Object.entries(ports).map(([name, port]) => ({ port, class: name }));
  ({ lab, fabric } = await openLeasedDiamond({ cluster: "crowded", coordinator: "b", rate: "30 Mbit/s", tunnels }));
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

/** The routes by the classes that use them. */
async function routesInUse(): Promise<Record<string, string>> {
  const routes = await fabric.routesOf("a");
  return Object.fromEntries(routes.flatMap(({ route, inUse }) => inUse.map((name) => [name, route])));
}

async function switches(): Promise<PathRow["switches"]> {
  const paths = (await lab.status("a")).clusterFlor!["paths"] as readonly PathRow[];
  return paths.find(({ name }) => name === PATH)?.switches ?? [];
}

/** Whether bulk uses another route than interactive, which goes on being asked for. */
async function areApart(): Promise<boolean> {
  expect(await askWho(lab, "a", ports.interactive)).toBe("d");
  const { interactive, bulk } = await routesInUse();
  return interactive !== undefined && bulk !== undefined && interactive !== bulk;
}

test("bulk that fills its route goes over another one than interactive, and no byte is lost", async () => {
  await expect.poll(async () => (await fabric.routesOf("a")).length, LEASED).toBe(2);
  await expect.poll(() => askWho(lab, "a", ports.interactive), PATIENCE).toBe("d");
  await expect.poll(async () => Object.keys(await routesInUse()), PATIENCE).toContain("interactive");
  expect(await areApart()).toBe(false);
  const download = downloadDigest(lab, "a", ports.bulk, SIZE);
  await expect.poll(areApart, PATIENCE).toBe(true);
  expect(await download).toBe(fileDigest(SIZE));
  // On a busy machine round trips differ, and a better route may be found beside.
  expect(await switches()).toContainEqual(expect.objectContaining({ reason: "capacity_limited" }));
  // Bulk stays where it is for a minute, though nothing is to be carried.
  await expect.poll(areApart, PATIENCE).toBe(true);
});
