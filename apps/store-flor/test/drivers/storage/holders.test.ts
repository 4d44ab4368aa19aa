/** Holders with disks and sockets of their own, which ask each other as cluster-flor would bring them. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, type CollectionTerms, HolderError, placeOf, type Question } from "@florenetes/blobs";
import { HttpDoor } from "@florenetes/blobs/wire";
import { type AdminServer, openAdminServer } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storageFindings, storageLines } from "../../../src/admin/storage-view.ts";
import { Collections } from "../../../src/drivers/storage/collections.ts";
import { HolderServer } from "../../../src/drivers/storage/holder-server.ts";
import { NameFile } from "../../../src/drivers/storage/name-file.ts";
import { CodesLog, connectAs } from "../raw-reader.ts";

const PATIENCE = { timeout: 40_000 };
const NODES = ["a", "b", "c"];
const AT = { collection: { scope: "org/acme", name: "backup" }, recoveryEpoch: 0 };
const never = new AbortController().signal;

let folder: string;
let terms: CollectionTerms[];
/** Words of each holder's last question to its agent. */
const told = new Map<string, readonly string[]>();
const agents: AdminServer[] = [];
let writer: HttpDoor;
const logs: Record<string, CodesLog> = {};
const holders = new Map<
  string,
  { readonly collections: Collections; readonly server: HolderServer; readonly door: HttpDoor }
>();

const stateOf = (node: string): string => join(folder, node);

function doorAs(principal: string): HttpDoor {
  return new HttpDoor({ connect: async (node) => connectAs(join(folder, `${node}.sock`), principal) });
}

async function start(node: string): Promise<void> {
  const log = (logs[node] = new CodesLog());
  const door = doorAs(`service/storage.${node}`);
  const config = {
    mode: "storage",
    state: stateOf(node),
    tunnels: "",
    agent: join(folder, `${node}-agent.sock`),
    budget: 1e9,
    goneAfter: 600_000,
    rate: undefined,
  } as const;
  const collections = new Collections({ config, cluster: "demo", node, door, time: nodeTime, log });
  const limits = { readers: 64, readersOfOne: 16, rate: undefined, readerRate: undefined };
  const server = new HolderServer({
    path: join(folder, `${node}.sock`),
    desk: collections,
    limits,
    time: nodeTime,
    log,
  });
  await collections.start();
  await server.callers.start();
  holders.set(node, { collections, server, door });
}

/** Starts all of them, and waits until they have heard each other. */
async function startAll(): Promise<void> {
  for (const node of NODES) await start(node);
  await vi.waitFor(() => expect(NODES.map((node) => heldBy(node)?.isYoung)).toEqual([false, false, false]), PATIENCE);
}

async function stop(node: string): Promise<void> {
  const { collections, server, door } = holders.get(node)!;
  holders.delete(node);
  await server[Symbol.asyncDispose]();
  door[Symbol.dispose]();
  await collections[Symbol.asyncDispose]();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holders-"));
  terms = [
    {
      ...AT.collection,
      epoch: 1,
      recoveryEpoch: 0,
      copies: 2,
      holders: NODES.map((node) => ({ node, domain: node })),
      readers: ["user/bob"],
      writers: ["user/alice"],
      retention: 3_600,
      unretained: ["locks"],
      budget: 1e8,
      recipients: [],
    },
  ];
  for (const node of NODES) {
    const routes = {
      "/collections": (query: URLSearchParams) => {
        told.set(node, query.getAll("held"));
        return { cluster: "demo", node, collections: terms };
      },
    };
    const path = join(folder, `${node}-agent.sock`);
    agents.push(await openAdminServer({ path, routes, actions: {}, onError: () => undefined }));
    mkdirSync(stateOf(node));
  }
  writer = doorAs("user/alice");
});
afterEach(async () => {
  writer[Symbol.dispose]();
  for (const node of holders.keys()) await stop(node);
  for (const agent of agents.splice(0)) await agent[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Shard {
  readonly hash: string;
  readonly octets: Uint8Array;
}

function newShard(size = 100_000): Shard {
  const octets = randomBytes(size);
  return { octets, hash: createHash("sha256").update(octets).digest("hex") };
}

const placeOfShard = ({ hash }: Shard): readonly string[] => placeOf(hash, terms[0]!.holders);
const fileOf = (node: string, { hash }: Shard): string =>
  join(stateOf(node), "org/acme/backup/shards", hash.slice(0, 2), hash);

/** Puts an object of one shard, as writers do. */
async function put(name: string, shard: Shard): Promise<void> {
  const places = placeOfShard(shard).slice(0, 2);
  for (const node of places) await writer.ask(node, { op: "put-shard", ...AT, ...shard }, never);
  const entry = { name, turn: 1, isGone: false, shards: [{ hash: shard.hash, size: shard.octets.length }] };
  for (const node of holders.keys()) await writer.ask(node, { op: "put-entry", ...AT, entry }, never);
}

function codeOf(asked: Promise<Answer>): Promise<string> {
  return asked.then(
    () => "no error",
    (error: unknown) => (error instanceof HolderError ? error.code : String(error)),
  );
}

const statusOf = (node: string): ReturnType<Collections["status"]> => holders.get(node)!.collections.status();
const heldBy = (node: string) => statusOf(node).collections[0]?.held;

test("objects are there after a restart, for those whom the record names", async () => {
  await startAll();
  const shard = newShard();
  await put("objects/1", shard);
  const [first = "a"] = placeOfShard(shard);
  await stop(first);
  await start(first);
  using reader = doorAs("user/bob");
  const get: Question<"get-shard"> = { op: "get-shard", ...AT, hash: shard.hash };
  expect(Buffer.from((await reader.ask(first, get, never)).octets).equals(shard.octets)).toBe(true);
  expect(await reader.ask(first, { op: "list-entries", ...AT, prefix: "", after: "" }, never)).toMatchObject({
    entries: [{ name: "objects/1", by: "user/alice" }],
    next: null,
  });
  expect(await codeOf(reader.ask(first, { op: "put-shard", ...AT, ...newShard() }, never))).toBe("ERR_STORAGE_RIGHT");
  using stranger = doorAs("user/mallory");
  expect(await codeOf(stranger.ask(first, get, never))).toBe("ERR_STORAGE_RIGHT");
  const elsewhere = { ...get, collection: { scope: "cluster", name: "backup" } };
  expect(await codeOf(reader.ask(first, elsewhere, never))).toBe("ERR_STORAGE_COLLECTION");
  expect(statusOf(first)).toMatchObject({ octets: 25 * 4_096, fault: null, agentFault: null });
  expect(storageLines({ ...statusOf(first), received: 0 }).join("\n")).toContain("org/acme/backup: open, 1 object");
});

test("a holder tells its agent how many octets each organization has here", async () => {
  await startAll();
  await put("objects/1", newShard());
  // A holder of the shard counts it in whole blocks, any other as its name says.
  await vi.waitFor(() => expect(told.get("a")).toEqual([expect.stringMatching(/^acme:10[02]\d{3}$/)]), PATIENCE);
});

test.each([
  ["a reader puts", "user/bob", 0, "ERR_STORAGE_RIGHT"],
  ["a stranger puts", "user/mallory", 0, "ERR_STORAGE_RIGHT"],
  ["a writer puts by another recovery epoch", "user/alice", 7, "ERR_STORAGE_EPOCH"],
])("what %s is refused before anything of it has come", async (_, principal, epoch, code) => {
  await start("a");
  const { hash } = newShard();
  const socket = connectAs(join(folder, "a.sock"), principal);
  let text = "";
  socket.on("data", (octets) => (text += octets.toString("latin1")));
  const head = `PUT /v1/org/acme/backup/shards/${hash} HTTP/1.1\r\nhost: storage\r\nflorenetes-recovery-epoch: ${epoch}`;
  socket.write(`${head}\r\ncontent-length: 4194304\r\n\r\n`);
  await vi.waitFor(() => expect(text).toContain(code), PATIENCE);
  expect(holders.get("a")!.server).toMatchObject({ received: 0, slow: 0 });
  expect(heldBy("a")?.refused).toEqual({ [code]: 1 });
  socket.destroy();
});

test("names that are damaged, and shards that are damaged or lost, come back from the other holders", async () => {
  await startAll();
  const [flipped, lost] = [newShard(), newShard()];
  await put("objects/1", flipped);
  await put("objects/2", lost);
  const [hasFlipped = "", hasLost = ""] = [flipped, lost].map((shard) => placeOfShard(shard)[0]);
  await stop(hasFlipped);
  writeFileSync(join(stateOf(hasFlipped), "org/acme/backup/names.db"), "nothing of the kind".repeat(999));
  await start(hasFlipped);
  expect(logs[hasFlipped]!.codes).toContain("NAMES_DAMAGED");
  const octets = Buffer.from(flipped.octets);
  octets[5]! ^= 1;
  writeFileSync(fileOf(hasFlipped, flipped), octets);
  rmSync(fileOf(hasLost, lost));
  await vi.waitFor(() => expect(heldBy(hasFlipped)?.objects).toBe(2), PATIENCE);
  const get: Question<"get-shard"> = { op: "get-shard", ...AT, hash: flipped.hash };
  expect(await codeOf(writer.ask(hasFlipped, get, never))).toBe("ERR_STORAGE_DAMAGED");
  await vi.waitFor(() => expect(readFileSync(fileOf(hasFlipped, flipped)).equals(flipped.octets)).toBe(true), PATIENCE);
  await vi.waitFor(() => expect(existsSync(fileOf(hasLost, lost))).toBe(true), PATIENCE);
  const texts = [...storageFindings({ ...statusOf(hasFlipped), received: 0 })].map(({ text }) => text);
  expect(texts).toContainEqual(expect.stringContaining("the disk has changed 1 shard"));
}, 90_000);

test("what the agent tells no more is read on, and not written, and what it tells anew is written", async () => {
  await startAll();
  const shard = newShard();
  await put("objects/1", shard);
  const [first = ""] = placeOfShard(shard);
  const told = terms;
  terms = [];
  await vi.waitFor(() => expect(heldBy(first)?.state).toBe("read-only"), PATIENCE);
  const asked: Question = { op: "put-shard", ...AT, ...newShard() };
  expect(await codeOf(writer.ask(first, asked, never))).toBe("ERR_STORAGE_ENDED");
  expect(await codeOf(writer.ask(first, { op: "get-shard", ...AT, hash: shard.hash }, never))).toBe("no error");
  terms = [{ ...told[0]!, epoch: 2, recoveryEpoch: 1 }];
  const late: Question = { ...asked, recoveryEpoch: 1 };
  // By the epoch of the question the holder knows that there is something to ask the agent for.
  expect(await codeOf(writer.ask(first, late, never))).toBe("ERR_STORAGE_EPOCH");
  await vi.waitFor(async () => expect(await codeOf(writer.ask(first, late, never))).toBe("no error"), PATIENCE);
  expect(await codeOf(writer.ask(first, asked, never))).toBe("ERR_STORAGE_EPOCH");
}, 60_000);

test("names that cannot be read any more, and a folder that is none, end nothing", async () => {
  writeFileSync(join(stateOf("a"), "cluster"), "");
  await startAll();
  expect(logs["a"]!.codes).toContain("COLLECTION_FAILED");
  const read = vi.spyOn(NameFile.prototype, "state").mockImplementation(() => {
    throw new Error("disk I/O error");
  });
  try {
    terms = [{ ...terms[0]!, epoch: 2 }];
    await vi.waitFor(() => expect(read.mock.results.length).toBeGreaterThan(5), PATIENCE);
    expect(heldBy("a")).toMatchObject({ state: "open", isYoung: false });
    expect(heldBy("a")!.counters["diskFaults"]).toBeGreaterThan(0);
    const asked: Question = { op: "get-state", ...AT };
    expect(await codeOf(writer.ask("a", asked, never))).toBe("no error");
  } finally {
    read.mockRestore();
  }
}, 60_000);

test.runIf(process.getuid?.() === 0)("a disk that is full refuses shards, and keeps what it has", async () => {
  const disk = stateOf("a");
  expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=19m", "tmpfs", disk]).status).toBe(0);
  try {
    await startAll();
    const kept = newShard(1_000_000);
    expect(await writer.ask("a", { op: "put-shard", ...AT, ...kept }, never)).toEqual({ isNew: true });
    expect(await codeOf(writer.ask("a", { op: "put-shard", ...AT, ...newShard(3_000_000) }, never))).toBe(
      "ERR_STORAGE_DISK",
    );
    // Names still have their room.
    const entry = { name: "x", turn: 1, isGone: false, shards: [{ hash: kept.hash, size: kept.octets.length }] };
    expect(await codeOf(writer.ask("a", { op: "put-entry", ...AT, entry }, never))).toBe("no error");
    // Somebody else fills the disk to its end.
    spawnSync("dd", ["if=/dev/zero", `of=${disk}/ballast`, "bs=1M", "count=64"]);
    const codes = new Set<string>();
    for (let count = 0; count < 20; count++) {
      const more = { ...entry, name: `y/${count}`, note: "YWFh".repeat(1_000) };
      codes.add(await codeOf(writer.ask("a", { op: "put-entry", ...AT, entry: more }, never)));
    }
    expect(codes).toContain("ERR_STORAGE_DISK");
    const get: Question<"get-shard"> = { op: "get-shard", ...AT, hash: kept.hash };
    expect(Buffer.from((await writer.ask("a", get, never)).octets).equals(kept.octets)).toBe(true);
    rmSync(join(disk, "ballast"));
    expect(await codeOf(writer.ask("a", { op: "put-entry", ...AT, entry: { ...entry, name: "z" } }, never))).toBe(
      "no error",
    );
  } finally {
    if (holders.has("a")) await stop("a");
    spawnSync("umount", [disk]);
  }
});
