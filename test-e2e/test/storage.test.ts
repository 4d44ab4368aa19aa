/*
 * Collections at five holders (src/storage-lab.ts has the drawing)
 */
import { mkdirSync, readFileSync, openSync, readSync, writeFileSync, writeSync, closeSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import { placeOf, SHARD_SIZE_MAX } from "@florenetes/blobs";
import { collected } from "@florenetes/blobs/testing";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { EmptyHolder } from "../src/empty-holder.ts";
import { runToEnd } from "../src/executables.ts";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { type StorageClient, StorageLab } from "../src/storage-lab.ts";

const withRestic = test.runIf(areInstalled("restic over five holders", "restic"));
const withAge = test.runIf(areInstalled("age opens what flor store puts", "age", "age-keygen"));
const asRoot = test.runIf(isRoot);
const TIMES = { timeout: 600_000 };
/** Holders count as gone after a minute, and look at what others have each minute. */
const REPAIR = { timeout: 240_000, interval: 2_000 };
const DAY = 86_400;

let storage: StorageLab;
beforeAll(async () => {
  const names = ["backups", "small", "sealed", "raced", "kept", "crowded", "trusting", "recovered"];
  storage = await StorageLab.open(names.map((name) => ({ name, ...(name === "kept" ? { retention: DAY } : {}) })));
}, 240_000);
afterAll(async () => {
  await storage?.[Symbol.asyncDispose]();
});

/** Runs restic, which has to do what it is asked. */
async function restic(name: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await storage.restic(name, ...words);
  expect(code, `restic ${words.join(" ")}: ${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Runs `flor store`, which has to do what it is asked. */
async function store(command: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await storage.store(command, ...words);
  expect(code, `flor store ${command} ${words.join(" ")}: ${stdout}${stderr}`).toBe(0);
  return stdout;
}

function clientOf(name: string): StorageClient {
  const client = storage.client(name);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

/** A folder of files with octets that nobody can make fewer. */
function writeFiles(name: string, count: number, size: number): string {
  const folder = join(storage.folder, name);
  mkdirSync(folder);
  for (let at = 0; at < count; at++) writeFileSync(join(folder, `file ${at}`), randomBytes(size));
  return folder;
}

/** Octets of which at least the first shard belongs to this holder, too. */
function octetsFor(node: string, size: number): Buffer {
  const { holders, copies } = storage.terms("trusting");
  for (;;) {
    const octets = randomBytes(size);
    const hash = createHash("sha256").update(octets.subarray(0, SHARD_SIZE_MAX)).digest("hex");
    if (placeOf(hash, holders).slice(0, copies).includes(node)) return octets;
  }
}

async function* octetsOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text as string);
}

const never = new AbortController().signal;

withRestic("restic backs up, checks all data, forgets and prunes", TIMES, async () => {
  await restic("small", "init");
  await restic("small", "backup", writeFiles("small", 4, 3_000_000));
  await restic("small", "backup", writeFiles("other", 2, 1_000_000));
  expect(await restic("small", "check", "--read-data")).toContain("no errors were found");
  await restic("small", "forget", "--keep-last", "1", "--group-by", "", "--prune");
  expect(await restic("small", "check", "--read-data")).toContain("no errors were found");
  expect((await clientOf("small").check(true)).short).toEqual([]);
});

withAge("age opens what flor store has put", TIMES, async () => {
  const key = join(storage.folder, "age.key");
  const { stderr } = await runToEnd(["age-keygen", "-o", key]);
  const recipient = /age1[0-9a-z]+/.exec(stderr)![0];
  storage.tell({ name: "sealed", epoch: 2, recipients: [recipient] });
  const file = join(storage.folder, "plain");
  writeFileSync(file, randomBytes(9_000_000));
  const { id } = JSON.parse(await store("put", "org/acme/sealed", file, "--json")) as { id: string };
  await store("get", "org/acme/sealed", id, "--sealed", "--out", join(storage.folder, "sealed.age"));
  const opened = join(storage.folder, "opened");
  const age = await runToEnd(["age", "-d", "-i", key, "-o", opened, join(storage.folder, "sealed.age")]);
  expect(age.code, age.stderr).toBe(0);
  expect(readFileSync(opened).equals(readFileSync(file))).toBe(true);
  expect(await store("ls", "org/acme/sealed", "--identity", key)).toContain("plain");
  await store("check", "org/acme/sealed", "--read-data");
});

test("of two writers of one name one is told, and all see the same object", TIMES, async () => {
  const { client } = clientOf("raced");
  const other = clientOf("raced").client;
  const puts = await Promise.allSettled([
    client.put("name", octetsOf("one"), { signal: never }),
    other.put("name", octetsOf("two"), { signal: never }),
  ]);
  const entry = await client.find("name", never);
  const told = puts.filter(({ status }) => status === "fulfilled");
  expect(told.length, JSON.stringify(puts)).toBeLessThanOrEqual(1);
  if (entry === undefined) {
    expect(told).toEqual([]);
    return;
  }
  expect((await other.find("name", never))?.shards).toEqual(entry.shards);
  const [winner] = puts.filter((put) => put.status === "fulfilled").map(({ value }) => value.shards);
  if (winner !== undefined) expect(entry.shards).toEqual(winner);
});

withRestic("what is younger than the retention is not removed, and locks are", TIMES, async () => {
  await expect.poll(async () => (await storage.held("b", "kept"))?.state, PATIENCE).toBe("open");
  await restic("kept", "init");
  await restic("kept", "backup", writeFiles("kept", 1, 100_000));
  const { client } = clientOf("kept");
  const [snapshot] = await collected(client.list("snapshots/", never));
  expect(await collected(client.list("locks/", never))).toEqual([]);
  await expect(client.remove(snapshot!.name, never)).rejects.toMatchObject({ code: "ERR_STORAGE_RETAINED" });
  expect(await client.find(snapshot!.name, never)).toMatchObject({ name: snapshot!.name });
  expect((await storage.held("b", "kept"))!.refused["ERR_STORAGE_RETAINED"]).toBeGreaterThan(0);
});

test("a holder that keeps nothing takes nothing from anybody, and is found out", TIMES, async () => {
  await storage.process("f").endBy("SIGKILL");
  {
    await using liar = await EmptyHolder.open(storage.socketOf("f"));
    const { client } = clientOf("trusting");
    const octets = octetsFor("f", 20_000_000);
    const entry = await client.put("name", octetsOf(octets), { signal: never });
    expect(liar.asked.get("put-shard")).toBeGreaterThan(0);
    const read: Uint8Array[] = [];
    for await (const piece of client.read(entry, { signal: never })) read.push(piece);
    expect(Buffer.concat(read).equals(octets)).toBe(true);
    const report = await client.check({ readData: true, signal: never });
    expect(report.holders.find(({ node }) => node === "f")!.wrong).toBeGreaterThan(0);
  }
  await storage.startHolder("f");
});

asRoot("a holder whose disk is full is left out, and nobody is kept from writing", TIMES, async () => {
  await storage.process("e").endBy("SIGTERM");
  // The small disk is its own alone, and goes with it.
  const small = `mount -t tmpfs -o size=40m none ${storage.stateOf("e")} && exec "$@"`;
  await storage.startHolder("e", ["unshare", "--mount", "sh", "-c", small, "sh"]);
  const { client } = clientOf("crowded");
  const octets = randomBytes(100_000_000);
  const entry = await client.put("large", octetsOf(octets), { signal: never });
  const read: Uint8Array[] = [];
  for await (const piece of client.read(entry, { signal: never })) read.push(piece);
  expect(Buffer.concat(read).equals(octets)).toBe(true);
  expect((await storage.held("e", "crowded"))!.refused["ERR_STORAGE_DISK"]).toBeGreaterThan(0);
  await storage.process("e").endBy("SIGTERM");
  await storage.startHolder("e");
});

test("a higher recovery epoch shuts out whoever has the old record", TIMES, async () => {
  const before = clientOf("recovered");
  await before.client.put("before", octetsOf("before"), { signal: never });
  storage.tell({ name: "recovered", epoch: 2, recoveryEpoch: 2 }, ["a", "b", "c", "d", "f"]);
  const { client } = clientOf("recovered");
  await expect
    .poll(async () => {
      const put = client.put("after", octetsOf("after"), { signal: never });
      return put.then(
        () => "written",
        (error: unknown) => String(error),
      );
    }, PATIENCE)
    .toBe("written");
  expect(await client.find("before", never)).toBeDefined();
  const shutOut = async (): Promise<readonly string[]> => {
    const { holders } = await client.check({ readData: true, signal: never });
    return holders.filter(({ fault }) => fault?.code === "ERR_STORAGE_EPOCH").map(({ node }) => node);
  };
  // A majority may have asked its agents before the others have.
  await expect.poll(shutOut, PATIENCE).toEqual(["e"]);
  await expect(before.client.put("by the old", octetsOf("x"), { signal: never })).rejects.toThrow();
  storage.tell({ name: "recovered", epoch: 2, recoveryEpoch: 2 }, ["e"]);
  await expect.poll(async () => (await client.check({ readData: true, signal: never })).differing, REPAIR).toBe(0);
});

/** Turns a bit of each third shard that a holder has. */
function flipBits(files: readonly string[]): number {
  const flipped = files.filter((_, at) => at % 3 === 0);
  for (const file of flipped) {
    const descriptor = openSync(file, "r+");
    const octet = Buffer.alloc(1);
    readSync(descriptor, octet, 0, 1, 100);
    octet[0]! ^= 1;
    writeSync(descriptor, octet, 0, 1, 100);
    closeSync(descriptor);
  }
  return flipped.length;
}

withRestic(
  "one dies for good, one flips bits; once that is repaired a third dies, and each time all data is there",
  TIMES,
  async () => {
    const source = writeFiles("large", isSoak ? 24 : 3, 5_000_000);
    // Octets that compress.
    const program = readFileSync(process.execPath).subarray(0, isSoak ? undefined : 25_000_000);
    writeFileSync(join(source, "node"), program);
    await restic("backups", "init");
    await restic("backups", "backup", source);
    expect(await restic("backups", "check", "--read-data")).toContain("no errors were found");

    await storage.lose("b");
    const { client } = clientOf("backups");
    // Shards of locks that restic has removed are read by nobody.
    const named = new Set(
      (await collected(client.list("data/", never))).flatMap(({ shards }) => shards.map(({ hash }) => hash)),
    );
    const flipped = flipBits(storage.shardsOf("c", "backups").filter((file) => named.has(basename(file))));
    expect(flipped).toBeGreaterThan(0);
    expect(await restic("backups", "check", "--read-data")).toContain("no errors were found");
    const copies = async (readData: boolean): Promise<number> =>
      (await client.check({ readData, signal: never })).short.filter(({ holders }) => holders.length < 3).length;
    await expect.poll(() => copies(false), REPAIR).toBe(0);
    // Whoever is asked for all octets finds what its disk has changed.
    await expect.poll(() => copies(true), REPAIR).toBe(0);
    expect((await storage.held("c", "backups"))!.counters["shardsDamaged"]).toBe(flipped);

    await storage.lose("d");
    expect(await restic("backups", "check", "--read-data")).toContain("no errors were found");
    const again = join(storage.folder, "again");
    await restic("backups", "restore", "latest", "--target", again);
    expect(readFileSync(join(again, source, "node")).equals(program)).toBe(true);
    const { holders } = await client.check({ readData: true, signal: never });
    expect(holders.filter(({ fault }) => fault === undefined).map(({ node }) => node)).toEqual(["c", "e", "f"]);
  },
);
