/** Lines of the log that may come again and again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HolderDoor } from "@florenetes/blobs";
import { createRateLimitedLog, type RateLimitedLog } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FAULT_TOLD_MS } from "../../../src/drivers/limits.ts";
import { DiskBudget } from "../../../src/drivers/storage/disk-budget.ts";
import { HeldCollection } from "../../../src/drivers/storage/held-collection.ts";
import { KeeperRhythm } from "../../../src/drivers/storage/keeper-turns.ts";
import { CodesLog } from "../raw-reader.ts";

let log: CodesLog;
let now: number;
let faults: RateLimitedLog;

beforeEach(() => {
  log = new CodesLog();
  now = 0;
  faults = createRateLimitedLog(log, { burst: 1, intervalMs: FAULT_TOLD_MS, now: () => now });
});
afterEach(() => vi.useRealTimers());

test("turns that fail are told once a minute of each kind, whoever's they are", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let turns = 0;
  const fail = async (): Promise<never> => {
    turns++;
    throw new TypeError("a mistake");
  };
  const keeper = { sync: fail, repair: fail, challenge: async () => undefined, verify: fail, collect: fail };
  const rhythms = ["cluster/a", "cluster/b"].map((name) => new KeeperRhythm(keeper, name, faults));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(turns).toBeGreaterThan(50);
  expect(log.codes).toEqual(Array.from({ length: 8 }, () => "TURN_FAILED"));
  now += FAULT_TOLD_MS;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(log.codes).toHaveLength(16);
  for (const rhythm of rhythms) await rhythm[Symbol.asyncDispose]();
});

test("names that are damaged each time that they are opened are told once a minute", async () => {
  const state = mkdtempSync(join(tmpdir(), "holder-logs-"));
  const door: HolderDoor = { ask: () => Promise.reject(new Error("nobody is asked here")) };
  const options = {
    collection: { scope: "cluster", name: "backup" },
    state,
    node: "a",
    budget: new DiskBudget(state, 1e9),
    door,
    time: nodeTime,
    log,
    faults,
    goneAfter: (): number => 600_000,
    organizationOctets: (): number => 0,
    pace: (): Promise<void> => Promise.resolve(),
    onOtherEpoch: (): void => undefined,
  };
  const open = async (isDamaged: boolean): Promise<void> =>
    (await HeldCollection.open(options, isDamaged))[Symbol.asyncDispose]();
  for (const isDamaged of [false, true, true, true]) await open(isDamaged);
  expect(log.codes).toEqual(["NAMES_DAMAGED"]);
  now += FAULT_TOLD_MS;
  await open(true);
  expect(log.codes).toEqual(["NAMES_DAMAGED", "NAMES_DAMAGED"]);
  rmSync(state, { recursive: true, force: true });
});
