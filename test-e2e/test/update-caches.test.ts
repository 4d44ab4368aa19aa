/*
 * Packages over a mesh, from a store and two caches (src/update-lab.ts has the drawing)
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";
import { flipBit, type UpdateClient, UpdateLab } from "../src/update-lab.ts";

const SIZE = 8_000_000;
/** So many octets of a second that a package takes some seconds. */
const SLOWLY = { "reader-rate": "16 Mbit/s" };

let updates: UpdateLab;
beforeAll(async () => {
  updates = await UpdateLab.open([SIZE, SIZE, SIZE, SIZE, SIZE]);
}, 240_000);
afterAll(async () => {
  await updates?.[Symbol.asyncDispose]();
});

function clientAt(node: "a" | "c" = "a"): UpdateClient {
  const client = updates.client(node);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

test(
  "many nodes fetch a package from the nearest cache each, and the store sends it once",
  { timeout: 240_000 },
  async () => {
    const clients = [
      ...Array.from({ length: 4 }, () => clientAt("a")),
      ...Array.from({ length: 4 }, () => clientAt("c")),
    ];
    await Promise.all(clients.map((client) => client.fetch(0)));
    for (const [at, client] of clients.entries()) {
      expect(client.faults).toEqual([]);
      expect(client.octetsOf(at < 4 ? "update-cache.b" : "update-cache.c"), JSON.stringify([...client.octets])).toBe(
        SIZE,
      );
    }
    const { serving } = await updates.status("s");
    // Beside the package there is metadata, which each cache asks for.
    expect(serving.octets).toBeGreaterThanOrEqual(SIZE);
    expect(serving.octets).toBeLessThan(1.1 * SIZE);
  },
);

test("a cache is killed in the middle: another one goes on with what is there", { timeout: 240_000 }, async () => {
  await clientAt("c").fetch(1);
  await updates.startEmpty("b", SLOWLY);
  await clientAt().fetch(0);
  const client = clientAt();
  const fetching = client.fetch(1);
  await expect.poll(() => client.octetsOf("update-cache.b"), PATIENCE).toBeGreaterThan(SIZE / 4);
  await updates.process("b").endBy("SIGKILL");
  await fetching;
  expect(client.faults).toEqual([["update-cache.b", "lost"]]);
  expect(client.octetsOf("update-cache.c")).toBeGreaterThan(0);
  expect(client.octetsInAll).toBeLessThan(1.2 * SIZE);
  await updates.start("b");
});

test("a cache stands still in the middle: it is left, and another one goes on", { timeout: 240_000 }, async () => {
  await updates.startEmpty("b", SLOWLY);
  const client = clientAt();
  const fetching = client.fetch(1);
  await expect.poll(() => client.octetsOf("update-cache.b"), PATIENCE).toBeGreaterThan(SIZE / 4);
  updates.process("b").signal("SIGSTOP");
  await fetching;
  updates.process("b").signal("SIGCONT");
  expect(client.faults).toEqual([["update-cache.b", "slow"]]);
  expect(client.octetsInAll).toBeLessThan(1.2 * SIZE);
});

test(
  "a cache whose disk lies is found out after one package, and looks again when it starts",
  { timeout: 240_000 },
  async () => {
    await updates.startEmpty("b");
    await clientAt().fetch(2);
    flipBit(updates.stateOf("b"), SIZE / 2);
    const client = clientAt();
    await client.fetch(2);
    expect(client.faults).toEqual([["update-cache.b", "lying"]]);
    expect(client.octetsOf("update-cache.b")).toBe(SIZE);
    await client.fetch(2);
    expect(client.octetsOf("update-cache.b")).toBe(0);
    await updates.process("b").endBy("SIGTERM");
    await updates.start("b");
    const next = clientAt();
    await next.fetch(2);
    expect(next.faults).toEqual([]);
    expect((await updates.status("b")).cache!.packages.damaged).toBe(1);
  },
);

test("a cache that is full sends its readers on at once", { timeout: 240_000 }, async () => {
  await updates.startEmpty("b", { readers: 1, "readers-of-one": 1, ...SLOWLY });
  const first = clientAt();
  const second = clientAt();
  await second.fetch(2);
  const fetching = first.fetch(3);
  // Metadata has fewer octets.
  await expect.poll(() => first.octetsOf("update-cache.b"), PATIENCE).toBeGreaterThan(SIZE / 8);
  await second.fetch(3);
  expect(second.faults.at(-1)).toEqual(["update-cache.b", "full"]);
  expect(second.octetsOf("update-cache.b")).toBe(0);
  await fetching;
  expect(first.octetsOf("update-cache.b")).toBe(SIZE);
});
