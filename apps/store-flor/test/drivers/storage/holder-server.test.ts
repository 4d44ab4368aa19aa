import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, HolderError, type Question } from "@florenetes/blobs";
import { HttpDoor } from "@florenetes/blobs/wire";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServingLimits } from "../../../src/config/store-config.ts";
import { PIECE_MS, QUESTION_SILENT_MS } from "../../../src/drivers/limits.ts";
import { type HolderDesk, HolderServer } from "../../../src/drivers/storage/holder-server.ts";
import { CodesLog, connectAs } from "../raw-reader.ts";

const LIMITS: ServingLimits = { readers: 8, readersOfOne: 4, rate: undefined, readerRate: undefined };
const PATIENCE = { timeout: 20_000 };
const COLLECTION = { scope: "org/acme", name: "backup" };
const AT = { collection: COLLECTION, recoveryEpoch: 0 };
const SHARD = Buffer.alloc(4_194_304, 7);
const HASH = createHash("sha256").update(SHARD).digest("hex");
const PUT: Question<"put-shard"> = { op: "put-shard", ...AT, hash: HASH, octets: SHARD };
const never = new AbortController().signal;

/** Answers as a test wants it, and remembers who asked what. */
class Desk implements HolderDesk {
  readonly asked: (readonly [string, string])[] = [];
  refusal: HolderError["code"] | undefined;
  reply: (question: Question) => Promise<Answer> = async () => ({ isNew: true });

  admit({ op, recoveryEpoch }: Parameters<HolderDesk["admit"]>[0], principal: string): void {
    if (this.refusal === undefined) return;
    throw new HolderError({ code: this.refusal, message: `${principal} may not ${op} by ${recoveryEpoch}` });
  }

  answer(question: Question, principal: string): Promise<Answer> {
    this.asked.push([principal, question.op]);
    return this.reply(question);
  }
}

let folder: string;
let path: string;
let desk: Desk;
let server: HolderServer;
let log: CodesLog;

async function serve(limits: Partial<ServingLimits> = {}): Promise<void> {
  server = new HolderServer({ path, desk, limits: { ...LIMITS, ...limits }, time: nodeTime, log });
  await server.callers.start();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holder-server-"));
  path = join(folder, "store.sock");
  desk = new Desk();
  log = new CodesLog();
});
afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function doorOf(principal: string): HttpDoor {
  return new HttpDoor({ connect: async () => connectAs(path, principal) });
}

/** Reads from a raw connection until it ends. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let text = "";
    socket.on("data", (octets) => (text += octets.toString("latin1"))).once("close", () => done(text));
  });
}

const headOf = (line: string, headers = ""): string =>
  `${line} HTTP/1.1\r\nhost: storage\r\nflorenetes-recovery-epoch: 0\r\n${headers}\r\n`;
const TARGET = `/v1/org/acme/backup/shards/${HASH}`;

test("questions and answers of all sizes go over a kept connection, by the principal that cluster-flor names", async () => {
  await serve();
  using door = doorOf("service/storage.b");
  desk.reply = async (question) => (question.op === "get-shard" ? { octets: SHARD } : { isNew: true });
  expect(await door.ask("a", PUT, never)).toEqual({ isNew: true });
  const got = await door.ask("a", { op: "get-shard", ...AT, hash: HASH }, never);
  expect(Buffer.from(got.octets).equals(SHARD)).toBe(true);
  expect(desk.asked).toEqual([
    ["service/storage.b", "put-shard"],
    ["service/storage.b", "get-shard"],
  ]);
  expect([server.received, Object.fromEntries(server.answers)]).toEqual([SHARD.length, { 200: 2 }]);
  expect(server.callers.connections).toBe(1);
});

test("shards that come at once, and one after the other, keep their octets, though memory is used again", async () => {
  await serve({ readers: 64, readersOfOne: 64 });
  const shards = Array.from({ length: 12 }, (_, at) => Buffer.alloc(4_194_304 - at, at));
  const asked = new Map<string, number>();
  desk.reply = async (question) => {
    if (question.op !== "put-shard") throw new Error("another question");
    await new Promise((done) => setImmediate(done));
    asked.set(createHash("sha256").update(question.octets).digest("hex"), question.octets.length);
    return { isNew: true };
  };
  using door = doorOf("user/alice");
  for (let round = 0; round < 2; round++)
    await Promise.all(shards.map((octets) => door.ask("a", { ...PUT, octets }, never)));
  const hashes = shards.map((octets) => createHash("sha256").update(octets).digest("hex"));
  expect([...asked.keys()].toSorted()).toEqual(hashes.toSorted());
});

test("a refusal of the holder is told with its code, and a mistake of ours with none of its words", async () => {
  await serve();
  using door = doorOf("user/alice");
  desk.reply = async () => {
    throw new HolderError({ code: "ERR_STORAGE_QUOTA", message: "1 GB of 1 GB" });
  };
  await expect(door.ask("a", PUT, never)).rejects.toMatchObject({ code: "ERR_STORAGE_QUOTA", message: "1 GB of 1 GB" });
  desk.reply = async () => {
    throw new TypeError("a secret of ours");
  };
  await expect(door.ask("a", PUT, never)).rejects.toMatchObject({
    code: "ERR_STORAGE_DISK",
    message: expect.not.stringContaining("secret"),
  });
  expect(log.codes).toEqual(["ANSWER_FAILED"]);
});

test("whoever may ask nothing is answered before its body is read", async () => {
  await serve();
  desk.refusal = "ERR_STORAGE_RIGHT";
  const socket = connectAs(path, "user/mallory");
  socket.write(headOf(`PUT ${TARGET}`, `content-length: ${SHARD.length}\r\n`));
  const text = await textOf(socket);
  expect(text).toContain("403 Forbidden");
  expect(text.toLowerCase()).toContain("connection: close");
  expect(text).toContain("ERR_STORAGE_RIGHT");
  expect(text).toContain("user/mallory may not put-shard by 0");
  expect([desk.asked, server.received]).toEqual([[], 0]);
});

test("a refusal before the body comes to whoever is sending it", async () => {
  await serve();
  desk.refusal = "ERR_STORAGE_EPOCH";
  using door = doorOf("user/alice");
  for (let count = 0; count < 20; count++)
    await expect(door.ask("a", PUT, never)).rejects.toMatchObject({ code: "ERR_STORAGE_EPOCH" });
  expect([desk.asked, server.received]).toEqual([[], 0]);
});

test.each<[string, string]>([
  ["a body that is longer than a shard", headOf(`PUT ${TARGET}`, `content-length: ${SHARD.length + 1}\r\n`)],
  ["a body in pieces", headOf(`PUT ${TARGET}`, "transfer-encoding: chunked\r\n")],
  ["a body where there is none", `${headOf("GET /v1/org/acme/backup/state", "content-length: 5\r\n")}hello`],
  ["an entry that is too long", headOf("PUT /v1/org/acme/backup/entries/a", "content-length: 3000000\r\n")],
  ["a path of elsewhere", headOf("GET /v1/org/acme/backup/../../etc/passwd")],
  ["a path with escapes", headOf("GET /v1/org/acme/backup/entries/%2e%2e%2fx")],
  ["another method", headOf(`DELETE ${TARGET}`)],
  ["no epoch", `GET ${TARGET} HTTP/1.1\r\nhost: storage\r\n\r\n`],
])("%s is refused, and costs nobody else anything", async (_, text) => {
  await serve();
  const socket = connectAs(path, "user/mallory");
  socket.write(text);
  const told = textOf(socket);
  await vi.waitFor(() => expect(server.answers.get("400")).toBe(1), PATIENCE);
  socket.end();
  expect(await told).toContain("ERR_STORAGE_FORM");
  expect(desk.asked).toEqual([]);
  using door = doorOf("user/alice");
  expect(await door.ask("a", PUT, never)).toEqual({ isNew: true });
});

test("a body that is cut asks nothing, and its place is free again", async () => {
  await serve();
  const socket = connectAs(path, "user/mallory");
  socket.write(headOf(`PUT ${TARGET}`, `content-length: ${SHARD.length}\r\n`) + "x".repeat(100_000));
  await vi.waitFor(() => expect(server.callers.readers).toBe(1), PATIENCE);
  socket.destroy();
  await vi.waitFor(() => expect(server.callers.readers).toBe(0), PATIENCE);
  expect(desk.asked).toEqual([]);
});

test("whoever sends nothing of a body is cut", async () => {
  await serve();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const socket = connectAs(path, "user/mallory");
  const told = textOf(socket);
  socket.write(headOf(`PUT ${TARGET}`, `content-length: ${SHARD.length}\r\n`));
  await vi.waitFor(() => expect(server.callers.readers).toBe(1), PATIENCE);
  await vi.advanceTimersByTimeAsync(QUESTION_SILENT_MS);
  vi.useRealTimers();
  expect(await told).toBe("");
  expect(server.slow).toBe(1);
});

test("whoever takes nothing of an answer is cut", async () => {
  await serve();
  desk.reply = async () => ({ octets: SHARD });
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    expect(ms).toBe(PIECE_MS);
    const ending = new AbortController();
    setTimeout(() => ending.abort(new DOMException("late", "TimeoutError")), 100);
    return ending.signal;
  });
  const socket = connectAs(path, "user/mallory");
  socket.pause().write(headOf(`GET ${TARGET}`));
  await vi.waitFor(() => expect(server.slow).toBe(1), PATIENCE);
  await vi.waitFor(() => expect(server.callers.readers).toBe(0), PATIENCE);
  socket.destroy();
  vi.restoreAllMocks();
});

test("a refusal that is not taken keeps its place until its connection ends", async () => {
  await serve();
  const shards = Array.from({ length: 16_384 }, () => ({ hash: HASH, size: SHARD.length }));
  const entry = { name: "a", turn: 1, isGone: false, shards, written: 1, by: "user/bob" };
  desk.reply = async () => {
    throw new HolderError({ code: "ERR_STORAGE_EXISTS", message: "another object has the name", entry });
  };
  const socket = connectAs(path, "user/mallory");
  socket.pause().write(headOf(`GET ${TARGET}`));
  await vi.waitFor(() => expect(server.answers.get("409")).toBe(1), PATIENCE);
  using door = doorOf("user/alice");
  await expect(door.ask("a", PUT, never)).rejects.toMatchObject({ code: "ERR_STORAGE_EXISTS" });
  await vi.waitFor(() => expect(server.callers.readers).toBe(1), PATIENCE);
  socket.destroy();
  await vi.waitFor(() => expect(server.callers.readers).toBe(0), PATIENCE);
  expect(server.slow).toBe(0);
});

test("one who asks too much at once waits its turn elsewhere, and others are served", async () => {
  await serve({ readers: 6, readersOfOne: 2 });
  const waiting = Promise.withResolvers<Answer>();
  desk.reply = () => waiting.promise;
  using greedy = doorOf("user/mallory");
  const told = [1, 2, 3].map(() => greedy.ask("a", PUT, never).catch((error: HolderError) => error.code));
  await vi.waitFor(() => expect(server.answers.get("503")).toBe(1), PATIENCE);
  using door = doorOf("user/alice");
  desk.reply = async () => ({ isNew: false });
  expect(await door.ask("a", PUT, never)).toEqual({ isNew: false });
  waiting.resolve({ isNew: true });
  expect((await Promise.all(told)).filter((end) => end === "ERR_STORAGE_BUSY")).toHaveLength(1);
});
