import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BLOCK_SIZE } from "../../../src/drivers/limits.ts";
import { DiskBudget } from "../../../src/drivers/storage/disk-budget.ts";
import { ShardFolder } from "../../../src/drivers/storage/shard-folder.ts";

const NOW = 1_800_000_000_000;
const shardOf = (text: string): { readonly octets: Buffer; readonly hash: string } => {
  const octets = Buffer.from(text);
  return { octets, hash: createHash("sha256").update(octets).digest("hex") };
};
const A = shardOf("first");
const B = shardOf("second");

let state: string;
let folder: string;
let budget: DiskBudget;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "shard-folder-"));
  folder = join(state, "cluster/backup");
  budget = new DiskBudget(state, 1_000_000);
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const fileOf = (hash: string): string => join(folder, "shards", hash.slice(0, 2), hash);

test("what was written is there, also for the next process", async () => {
  const shards = await ShardFolder.open(folder, budget);
  await shards.write(A.hash, A.octets, NOW);
  await shards.write(B.hash, B.octets, NOW + 1);
  expect(await shards.find(A.hash)).toEqual({ hash: A.hash, size: 5, touched: NOW });
  expect(await shards.find("00".repeat(32))).toBeUndefined();
  await shards.touch(A.hash, NOW + 2);
  await shards.touch("00".repeat(32), NOW);
  const next = new DiskBudget(state, 1e6);
  const again = await ShardFolder.open(folder, next);
  expect([again.octets, next.used, budget.used]).toEqual([2 * BLOCK_SIZE, 2 * BLOCK_SIZE, 2 * BLOCK_SIZE]);
  expect(Buffer.from((await again.read(A.hash))!).toString()).toBe("first");
  const all = [A.hash, B.hash].toSorted();
  expect((await again.list("", 9)).map(({ hash }) => hash)).toEqual(all);
  expect((await again.list("", 1)).map(({ hash }) => hash)).toEqual(all.slice(0, 1));
  expect((await again.list(all[0]!, 9)).map(({ hash }) => hash)).toEqual(all.slice(1));
  expect((await again.find(A.hash))?.touched).toBe(NOW + 2);
  await again.remove(A.hash);
  await again.remove(A.hash);
  expect([again.octets, await again.read(A.hash)]).toEqual([BLOCK_SIZE, undefined]);
});

test("a process that was killed between the write and the name leaves no shard", async () => {
  const shards = await ShardFolder.open(folder, budget);
  await shards.write(A.hash, A.octets, NOW);
  writeFileSync(join(folder, "incoming", `${B.hash}.00000000`), "sec");
  const again = await ShardFolder.open(folder, new DiskBudget(state, 1e6));
  expect(await again.find(B.hash)).toBeUndefined();
  expect([again.octets, readdirSync(join(folder, "incoming"))]).toEqual([BLOCK_SIZE, []]);
});

test("writes of one shard at once are one shard, and the budget bounds all together", async () => {
  budget.budget = 2 * BLOCK_SIZE + 1;
  const shards = await ShardFolder.open(folder, budget);
  await Promise.all([1, 2].map(() => shards.write(A.hash, A.octets, NOW)));
  expect([shards.octets, await shards.room()]).toEqual([BLOCK_SIZE, BLOCK_SIZE + 1]);
  const others = ["sixsix", "octets", "refuse"].map(shardOf);
  const ends = await Promise.allSettled(others.map(({ hash, octets }) => shards.write(hash, octets, NOW)));
  expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
  expect([shards.octets, budget.used, budget.fault]).toEqual([2 * BLOCK_SIZE, 2 * BLOCK_SIZE, undefined]);
  expect(readdirSync(join(folder, "incoming"))).toEqual([]);
});

test("what is no shard is none: links, folders, other names", async () => {
  const shards = await ShardFolder.open(folder, budget);
  const below = join(folder, "shards", A.hash.slice(0, 2));
  mkdirSync(below);
  symlinkSync("/etc/passwd", fileOf(A.hash));
  writeFileSync(join(below, "note.txt"), "x");
  writeFileSync(join(below, B.hash), "x");
  writeFileSync(join(folder, "shards", "lost"), "x");
  expect([await shards.find(A.hash), await shards.read(A.hash), await shards.list("", 9)]).toEqual([
    undefined,
    undefined,
    [],
  ]);
  await shards.write(A.hash, A.octets, NOW);
  expect(readFileSync(fileOf(A.hash), "utf8")).toBe("first");
});

test.each([
  [1, 1],
  [BLOCK_SIZE, 1],
  [BLOCK_SIZE + 1, 2],
])("a shard of %i octets counts for the %i blocks that it takes", async (size, blocks) => {
  const shards = await ShardFolder.open(folder, budget);
  const { hash, octets } = shardOf("x".repeat(size));
  await shards.write(hash, octets, NOW);
  expect([shards.octets, budget.used]).toEqual([blocks * BLOCK_SIZE, blocks * BLOCK_SIZE]);
  await shards.remove(hash);
  expect([shards.octets, budget.used]).toEqual([0, 0]);
});

test("a file that has grown is read by no more than a shard and an octet", async () => {
  const shards = await ShardFolder.open(folder, budget);
  await shards.write(A.hash, A.octets, NOW);
  writeFileSync(fileOf(A.hash), Buffer.alloc(5_000_000));
  expect(await shards.read(A.hash)).toHaveLength(4_194_305);
});

test("a disk that does not write says why, and what was counted is as before", async () => {
  const shards = await ShardFolder.open(folder, budget);
  rmSync(join(folder, "incoming"), { recursive: true });
  await expect(shards.write(A.hash, A.octets, NOW)).rejects.toThrow("ENOENT");
  expect([shards.octets, budget.fault]).toEqual([0, "ENOENT"]);
  // All else goes, and says nothing of writing.
  await shards.touch(B.hash, NOW);
  await shards.remove(B.hash);
  await Promise.all([shards.find(B.hash), shards.read(B.hash), shards.list("", 9)]);
  expect(budget.fault).toBe("ENOENT");
  mkdirSync(join(folder, "incoming"));
  await shards.write(A.hash, A.octets, NOW);
  expect([shards.octets, budget.fault]).toEqual([BLOCK_SIZE, undefined]);
});

test("a folder that cannot be read is a fault, and one that is none is empty", async () => {
  const shards = await ShardFolder.open(folder, budget);
  await shards.write(A.hash, A.octets, NOW);
  writeFileSync(join(folder, "shards", "00"), "no folder");
  expect(await shards.list("", 9)).toHaveLength(1);
  // A link that leads to itself: the system reads it for nobody.
  symlinkSync("ff", join(folder, "shards", "ff"));
  await expect(shards.list("", 9)).rejects.toThrow("ELOOP");
  await Promise.all([shards.find(A.hash), shards.read(A.hash)]);
  expect(budget.fault).toBe("ELOOP");
  await expect(ShardFolder.open(folder, new DiskBudget(state, 1_000))).rejects.toThrow("ELOOP");
  rmSync(join(folder, "shards", "ff"));
  await shards.list("", 9);
  expect(budget.fault).toBeUndefined();
});
