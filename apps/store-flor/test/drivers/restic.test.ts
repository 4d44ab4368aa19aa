/** The real restic at the gateway, over a collection in memory. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CollectionTerms, HolderError } from "@florenetes/blobs";
import { nodeTime } from "@florenetes/scheduling";
import { runs } from "@florenetes/simkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CollectionClients } from "../../src/drivers/collection-clients.ts";
import { GatewayServer } from "../../src/drivers/gateway-server.ts";
import { MemoryClient } from "./memory-client.ts";
import { CodesLog } from "./raw-reader.ts";

const isInstalled = existsSync("/usr/bin/restic");
if (!isInstalled) process.stderr.write("left out: restic at the gateway (not installed: restic)\n");
const withRestic = test.runIf(isInstalled);
const TIMES = { timeout: 120_000 };
const BACKUPS = { scope: "org/acme", name: "backups" };
const run = promisify(execFile);

let folder: string;
let client: MemoryClient;
let server: GatewayServer;
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "restic-"));
  client = new MemoryClient();
  const terms = { termsOf: () => BACKUPS as CollectionTerms, isTold: () => true };
  const clients = new CollectionClients({ collections: [BACKUPS], terms, open: () => client });
  const bind = { host: "127.0.0.1", port: 0 };
  server = new GatewayServer({ bind, clients, password: undefined, time: nodeTime, log: new CodesLog() });
  await server.start();
  environment = {
    PATH: process.env["PATH"],
    RESTIC_REPOSITORY: `rest:http://127.0.0.1:${server.port}/org/acme/backups/`,
    RESTIC_PASSWORD: "long enough",
    RESTIC_CACHE_DIR: join(folder, "cache"),
    GOMAXPROCS: "2",
  };
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function restic(...words: readonly string[]): Promise<string> {
  const { stdout } = await run("restic", [...words], { env: environment, timeout: TIMES.timeout });
  return stdout;
}

/** Writes files whose octets nobody can make fewer. */
function writeFiles(name: string, count: number, size: number): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (let at = 0; at < count; at++) writeFileSync(join(path, `file ${at}`), randomBytes(size));
  return path;
}

function fileIn(prefix: string): readonly string[] {
  return [...client.entries.keys()].filter((name) => name.startsWith(prefix));
}

withRestic("backs up, checks all data, restores, forgets and prunes", TIMES, async () => {
  const source = writeFiles("source", runs(6, 3), 5_000_000);
  cpSync(join(import.meta.dirname, "../../src"), join(source, "src"), { recursive: true });
  await restic("init");
  await expect(restic("init")).rejects.toThrow(/already/);
  await restic("backup", source);
  expect(await restic("check", "--read-data")).toContain("no errors were found");
  rmSync(join(source, "file 0"));
  writeFileSync(join(source, "file 1"), randomBytes(3_000_000));
  await restic("backup", source);
  await restic("restore", "latest", "--target", join(folder, "restored"));
  const restored = join(folder, "restored", source);
  expect(readdirSync(restored)).toEqual(readdirSync(source));
  for (const name of ["file 1", "file 2", "src/main.ts"])
    expect(readFileSync(join(restored, name)).equals(readFileSync(join(source, name))), name).toBe(true);
  const before = client.entries.size;
  expect(await restic("forget", "--keep-last", "1", "--prune")).toContain("done");
  expect(fileIn("snapshots/")).toHaveLength(1);
  expect(client.entries.size).toBeLessThan(before);
  expect(await restic("check", "--read-data")).toContain("no errors were found");
  expect(fileIn("locks/")).toEqual([]);
  expect([...server.answers.keys()].filter((status) => Number(status) >= 500)).toEqual([]);
});

withRestic(
  "two programs at a time are each other's no harm, and a lock of one keeps the other from pruning",
  TIMES,
  async () => {
    await restic("init");
    const sources = [writeFiles("one", 3, 6_000_000), writeFiles("two", 3, 6_000_000)];
    await Promise.all(sources.map((source) => restic("backup", source)));
    expect(fileIn("snapshots/")).toHaveLength(2);
    const gate = Promise.withResolvers<void>();
    client.onAsked = (what, name) => (what === "put" && name.startsWith("data/") ? gate.promise : undefined);
    const held = restic("backup", writeFiles("three", 1, 1_000_000));
    await vi.waitFor(() => expect(fileIn("locks/")).toHaveLength(1), { timeout: 60_000 });
    await expect(restic("prune")).rejects.toThrow(/locked/);
    gate.resolve();
    await held;
    expect(await restic("check", "--read-data")).toContain("no errors were found");
  },
);

/** Starts restic, and ends it once it has written so many packs. */
async function killInTheMiddle(source: string, packs: number): Promise<void> {
  const child: ChildProcess = spawn("restic", ["backup", source], { env: environment, stdio: "ignore" });
  const ended = new Promise((done) => child.once("close", done));
  await vi.waitFor(() => expect(fileIn("data/").length).toBeGreaterThanOrEqual(packs), {
    timeout: 60_000,
    interval: 5,
  });
  child.kill("SIGKILL");
  await ended;
}

withRestic(
  "one that is killed in the middle leaves a repository that is whole, and the next one goes on",
  TIMES,
  async () => {
    await restic("init");
    const source = writeFiles("source", 20, 5_000_000);
    await killInTheMiddle(source, 2);
    await vi.waitFor(() => expect(server.files).toBe(0), { timeout: 60_000 });
    for (const name of fileIn("data/")) expect(name).toMatch(/^data\/[0-9a-f]{64}$/);
    expect(fileIn("snapshots/")).toEqual([]);
    await restic("unlock", "--remove-all");
    await restic("backup", source);
    expect(await restic("check", "--read-data")).toContain("no errors were found");
  },
);

withRestic("what may not be removed yet is told by restic, and stays", TIMES, async () => {
  await restic("init");
  await restic("backup", writeFiles("source", 1, 10_000));
  client.onAsked = (what, name) => {
    if (what !== "remove" || name.startsWith("locks/")) return;
    throw new HolderError({ code: "ERR_STORAGE_RETAINED", message: "it stays until tomorrow" });
  };
  const [snapshot] = fileIn("snapshots/");
  const child = spawn("restic", ["forget", snapshot!.slice("snapshots/".length)], { env: environment });
  let told = "";
  child.stderr.on("data", (text: Buffer) => (told += text.toString()));
  const ended = new Promise((done) => child.once("close", done));
  // restic tries for as long as a quarter of an hour.
  await vi.waitFor(() => expect(told).toContain("403"), { timeout: 60_000 });
  child.kill("SIGTERM");
  await ended;
  expect(fileIn("snapshots/")).toEqual([snapshot]);
});

withRestic("octets that were changed on the way to holders are found by the check", TIMES, async () => {
  await restic("init");
  await restic("backup", writeFiles("source", 2, 1_000_000));
  const [pack] = fileIn("data/");
  const { hash } = client.entries.get(pack!)!.shards[0]!;
  client.shards.get(hash)![100]! ^= 1;
  await expect(restic("check", "--read-data")).rejects.toThrow();
  expect(await restic("snapshots")).toContain("1 snapshots");
});
