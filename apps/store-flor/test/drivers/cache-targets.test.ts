import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import type { TargetFile } from "@florenetes/releases";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CacheTargets } from "../../src/drivers/cache-targets.ts";
import type { Asking } from "../../src/drivers/file-supply.ts";
import { FETCHES_MAX } from "../../src/drivers/limits.ts";
import { octetsOf, targetOf } from "./a-repository.ts";
import { CodesLog } from "./raw-reader.ts";

const NODE: Asking = { isCachedOnly: false, cache: undefined };
const FILES = Array.from({ length: 8 }, (_, at) => octetsOf(1_000, at));
const TARGETS = FILES.map((octets, at) => targetOf(octets, `0.1.${at}`));

let state: string;
beforeEach(() => (state = mkdtempSync(join(tmpdir(), "cache-targets-"))));
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** A cache whose sources do what the test says. */
class World {
  readonly log = new CodesLog();
  downloads = 0;
  /** Holds downloads back until it resolves. */
  gate: Promise<void> = Promise.resolve();
  source = "update-store";
  failure: Error | undefined;
  /** Octets of the file at the beginning of each download. */
  readonly begunWith: number[] = [];
  readonly targets: CacheTargets;

  constructor(budget = 10_000) {
    this.targets = new CacheTargets({
      state,
      budget,
      own: "update-cache.b",
      metadata: {
        target: async (name, sha256) => TARGETS.find((each) => each.name === name && each.sha256 === sha256),
      },
      sources: {
        download: async (target, file, { onSource }) => {
          this.downloads++;
          onSource?.(this.source);
          await this.gate;
          if (this.failure !== undefined) throw this.failure;
          this.begunWith.push(statSync(file, { throwIfNoEntry: false })?.size ?? 0);
          writeFileSync(file, FILES[TARGETS.indexOf(target)]!);
        },
      },
      time: nodeTime,
      log: this.log,
      signal: new AbortController().signal,
    });
  }

  async read(at: number, asking: Asking = NODE): Promise<Buffer | undefined> {
    const file = await this.targets.open(pathOf(TARGETS[at]!), asking);
    if (file === undefined) return undefined;
    try {
      return await file.handle.readFile();
    } finally {
      await file.release();
    }
  }
}

function pathOf({ path, name, sha256 }: TargetFile): Parameters<CacheTargets["open"]>[0] {
  return { kind: "target", path, name, sha256 };
}

function keptNames(): readonly string[] {
  return readdirSync(join(state, "kept/targets"));
}

test("a package is fetched once, for however many want it, and is there from then on", async () => {
  const world = new World();
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  const reading = Array.from({ length: 20 }, () => world.read(0));
  gate.resolve();
  for (const octets of await Promise.all(reading)) expect(octets).toEqual(FILES[0]);
  expect(await world.read(0)).toEqual(FILES[0]);
  expect(world.downloads).toBe(1);
  expect(world.targets.counts).toMatchObject({ hits: 1, misses: 1, shared: 19 });
});

test("what the repository does not know is not there, and nobody is asked for it", async () => {
  const world = new World();
  const unknown = targetOf(octetsOf(10, 99));
  expect(await world.targets.open(pathOf(unknown), NODE)).toBeUndefined();
  expect(await world.targets.open(pathOf({ ...TARGETS[0]!, sha256: unknown.sha256 }), NODE)).toBeUndefined();
  expect(world.downloads).toBe(0);
});

test("the least recently read packages go where the budget is full, and none that is read now", async () => {
  const world = new World(3_000);
  const held = await world.targets.open(pathOf(TARGETS[0]!), NODE);
  for (const at of [1, 2, 3, 4]) await world.read(at);
  expect(keptNames()).toHaveLength(3);
  expect(world.targets.counts.evictions).toBe(2);
  expect(await held!.handle.readFile()).toEqual(FILES[0]);
  await held!.release();
  expect(await world.read(0)).toEqual(FILES[0]);
  expect(world.downloads).toBe(5);
  world.targets.handleBudget(1_000);
  expect(keptNames()).toHaveLength(1);
  expect(world.targets.shelf.octets).toBe(1_000);
});

test("a package that is larger than the budget, and one for which all that is kept is read, are refused", async () => {
  const small = new World(999);
  await expect(small.read(0)).rejects.toMatchObject({ code: "ERR_STORE_LARGE" });
  const world = new World(1_500);
  const held = await world.targets.open(pathOf(TARGETS[0]!), NODE);
  await expect(world.read(1)).rejects.toMatchObject({ code: "ERR_STORE_BUSY" });
  await held!.release();
  expect(await world.read(1)).toEqual(FILES[1]);
});

test("no more packages come at once than may", async () => {
  const world = new World();
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  const reading = Array.from({ length: FETCHES_MAX }, (_, at) => world.read(at));
  await expect.poll(() => world.downloads, { timeout: 10_000 }).toBe(FETCHES_MAX);
  await expect(world.read(FETCHES_MAX)).rejects.toMatchObject({ code: "ERR_STORE_BUSY" });
  gate.resolve();
  await Promise.all(reading);
});

test("what a life of the process leaves is there in the next one, if the disk has kept it, and parts are gone on with", async () => {
  const first = new World();
  for (const at of [0, 1]) await first.read(at);
  const damaged = Buffer.from(FILES[1]!);
  damaged[500]! ^= 1;
  writeFileSync(join(state, "kept", TARGETS[1]!.path), damaged);
  writeFileSync(join(state, "fetching", TARGETS[2]!.path), FILES[2]!.subarray(0, 300));
  writeFileSync(join(state, "kept/targets/something"), "else");
  const second = new World();
  expect(second.targets.shelf.octets).toBe(2_300);
  expect(await second.read(0)).toEqual(FILES[0]);
  expect(second.downloads).toBe(0);
  expect(await second.read(1)).toEqual(FILES[1]);
  expect(second.targets.counts.damaged).toBe(1);
  expect(second.log.codes).toEqual(["PACKAGE_DAMAGED"]);
  expect(await second.read(2)).toEqual(FILES[2]);
  expect(second.begunWith).toEqual([0, 300]);
  expect(second.targets.shelf.octets).toBe(3_000);
  expect(keptNames()).not.toContain("something");
  const third = new World(1_000);
  expect(third.targets.shelf.octets).toBe(1_000);
  expect(keptNames()).toHaveLength(1);
});

test.each([
  ["a full disk", Object.assign(new Error("no space"), { code: "ENOSPC" }), "ERR_STORE_DISK", "DISK_FAILED"],
  [
    "no source",
    new OperatorError("ERR_RELEASE_SOURCES", "none gives it", { advice: "" }),
    "ERR_STORE_FETCH",
    "FETCH_FAILED",
  ],
])("%s is told once, what is there is served, and the next try is a new one", async (_, failure, code, line) => {
  const world = new World();
  await world.read(0);
  world.failure = failure;
  for (const at of [1, 2]) await expect(world.read(at)).rejects.toMatchObject({ code });
  expect(world.log.codes).toEqual([line]);
  expect(world.targets.fault).toBe(code === "ERR_STORE_DISK" ? "ENOSPC" : undefined);
  expect(await world.read(0)).toEqual(FILES[0]);
  world.failure = undefined;
  expect(await world.read(1)).toEqual(FILES[1]);
  expect(world.targets.fault).toBeUndefined();
  expect(world.targets.counts.failures).toBe(2);
});

test("another cache gets what is here, and waits for what comes from a store, never for what comes from caches behind it", async () => {
  const world = new World();
  const asking = (cache: string): Asking => ({ isCachedOnly: true, cache });
  expect(await world.read(0, asking("update-cache.a"))).toBeUndefined();
  expect(world.downloads).toBe(0);
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  const own = world.read(0);
  await expect.poll(() => world.downloads, { timeout: 10_000 }).toBe(1);
  const other = world.read(0, asking("update-cache.a"));
  world.source = "update-cache.c";
  const next = world.read(1);
  await expect.poll(() => world.downloads, { timeout: 10_000 }).toBe(2);
  expect(await world.read(1, asking("update-cache.a"))).toBeUndefined();
  const behind = world.read(1, asking("update-cache.c"));
  gate.resolve();
  expect(await Promise.all([own, other, next, behind])).toEqual([FILES[0], FILES[0], FILES[1], FILES[1]]);
  expect(await world.read(1, asking("update-cache.a"))).toEqual(FILES[1]);
});
