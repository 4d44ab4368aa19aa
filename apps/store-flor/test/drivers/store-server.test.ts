import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetFile } from "@florenetes/releases";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServingLimits } from "../../src/config/store-config.ts";
import { FolderSupply } from "../../src/drivers/folder-supply.ts";
import { CONNECTIONS_OF_ONE_MAX, PIECE_MS, SIGN_OF_LIFE_MS } from "../../src/drivers/limits.ts";
import { StoreServer } from "../../src/drivers/store-server.ts";
import { octetsOf, writeRepository } from "./a-repository.ts";
import { ask, CodesLog, connectAs } from "./raw-reader.ts";

const LIMITS: ServingLimits = { readers: 8, readersOfOne: 4, rate: undefined, readerRate: undefined };
const SMALL = octetsOf(1_000);
const LARGE = octetsOf(4_000_000, 7);
const PATIENCE = { timeout: 20_000 };

let folder: string;
let path: string;
let small: TargetFile;
let large: TargetFile;
let server: StoreServer;
const log = new CodesLog();

async function serve(limits: Partial<ServingLimits> = {}): Promise<void> {
  const supply = new FolderSupply(join(folder, "published"));
  server = new StoreServer({ path, supply, limits: { ...LIMITS, ...limits }, time: nodeTime, log });
  await server.start();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-server-"));
  path = join(folder, "store.sock");
  [small, large] = writeRepository(join(folder, "published"), [SMALL, LARGE]) as [TargetFile, TargetFile];
});
afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("files of a repository are given whole, in parts, and by their heads", async () => {
  await serve();
  const whole = await ask(path, `/${small.path}`);
  expect(whole).toMatchObject({ status: 200, body: SMALL });
  expect(whole.headers).toMatchObject({ "content-length": "1000", "accept-ranges": "bytes" });
  expect(whole.headers["content-encoding"]).toBeUndefined();
  const part = await ask(path, `/${small.path}`, { headers: { range: "bytes=990-" } });
  expect(part).toMatchObject({ status: 206, body: SMALL.subarray(990) });
  expect(part.headers["content-range"]).toBe("bytes 990-999/1000");
  expect(await ask(path, `/${small.path}`, { headers: { range: "bytes=1000-" } })).toMatchObject({ status: 416 });
  const head = await ask(path, "/metadata/timestamp.json", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, headers: { "content-length": "2" } });
  expect(head.body).toHaveLength(0);
  expect(Object.fromEntries(server.answers)).toEqual({ 200: 2, 206: 1, 416: 1 });
  expect(server.octets).toBe(1_010);
});

test("what is no file of a repository is not there: no lists, no links, no pipes, no other methods", async () => {
  await serve();
  const published = join(folder, "published");
  symlinkSync("/etc/passwd", join(published, "metadata/1.root.json"));
  execFileSync("mkfifo", [join(published, "metadata/2.root.json")]);
  execFileSync("mkdir", [join(published, "metadata/3.root.json")]);
  const absent = ["1.root.json", "2.root.json", "3.root.json", "4.root.json", "", "../targets"];
  for (const name of absent) expect((await ask(path, `/metadata/${name}`)).status).toBe(404);
  for (const url of ["/", "/targets/", "/etc/passwd", `/${small.path}?x`])
    expect((await ask(path, url)).status).toBe(404);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
    expect((await ask(path, `/${small.path}`, { method })).status).toBe(405);
  symlinkSync(join(published, "targets"), join(published, "elsewhere"));
  rmSync(join(published, "metadata"), { recursive: true });
  symlinkSync(join(published, "targets"), join(published, "metadata"));
  expect((await ask(path, "/metadata/timestamp.json")).status).toBe(404);
});

/** Reads from a raw connection until it ends. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let text = "";
    socket.on("data", (octets) => (text += octets.toString("latin1"))).once("close", () => done(text));
  });
}

test("a connection without the header of a cluster vertex is refused", async () => {
  await serve();
  const socket = connectAs(path, "vertex/a");
  socket.destroy();
  const { connect } = await import("node:net");
  const raw = connect(path);
  raw.write("GET /metadata/timestamp.json HTTP/1.1\r\nhost: a\r\n\r\n");
  expect(await textOf(raw)).toBe("");
  await vi.waitFor(() => expect(server.refused).toBe(1), PATIENCE);
});

test.each([
  ["no HTTP", "SSH-2.0-client\r\n\r\n"],
  ["a head without end", `GET / HTTP/1.1\r\nx: ${"x".repeat(50_000)}`],
  ["two lengths", "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n"],
])("%s ends the connection", async (_, text) => {
  await serve();
  const socket = connectAs(path, "vertex/a");
  socket.write(text);
  await textOf(socket);
  await vi.waitFor(() => expect(server.connections).toBe(0), PATIENCE);
  expect((await ask(path, `/${small.path}`)).status).toBe(200);
});

test("a body is not read, and a second request before the answer to the first costs the connection", async () => {
  await serve();
  const asked = `GET /${large.path} HTTP/1.1\r\nhost: a\r\n\r\n`;
  const piped = connectAs(path, "vertex/a");
  piped.write(asked.repeat(50));
  const text = await textOf(piped);
  expect(text.length).toBeLessThan(2 * LARGE.length);
  const withBody = connectAs(path, "vertex/a");
  withBody.write(`GET /${small.path} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n`);
  expect(await textOf(withBody)).toContain("connection: close");
  await vi.waitFor(() => expect(server.readers).toBe(0), PATIENCE);
});

/** Opens a reader that reads nothing. */
async function stalled(principal: string, url = large.path): Promise<Socket> {
  const before = server.readers;
  const socket = connectAs(path, principal);
  socket.pause().write(`GET /${url} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await vi.waitFor(() => expect(server.readers).toBe(before + 1), PATIENCE);
  return socket;
}

test("one who reads nothing has some places, and all together have some more: the next one may come later", async () => {
  await serve({ readers: 6, readersOfOne: 4 });
  const readers: Socket[] = [];
  for (let count = 0; count < 4; count++) readers.push(await stalled("vertex/a"));
  const refused = await ask(path, `/${small.path}`);
  expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
  expect(refused.body.toString()).toMatch(/^ERR_STORE_BUSY: /);
  for (let count = 0; count < 2; count++) readers.push(await stalled("vertex/b"));
  expect((await ask(path, `/${small.path}`, { principal: "vertex/c" })).status).toBe(503);
  for (const reader of readers) reader.destroy();
  await vi.waitFor(() => expect(server.readers).toBe(0), PATIENCE);
  expect((await ask(path, `/${small.path}`)).status).toBe(200);
  // Files that nobody reads are sent by a piece each, and by as much as the system holds.
  expect(server.octets).toBeLessThan(6 * 1_000_000);
});

test("a reader that takes nothing is cut", async () => {
  await serve();
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    expect(ms).toBe(PIECE_MS);
    const ending = new AbortController();
    setTimeout(() => ending.abort(new DOMException("late", "TimeoutError")), 100);
    return ending.signal;
  });
  const reader = await stalled("vertex/a");
  await vi.waitFor(() => expect(server.slow).toBe(1), PATIENCE);
  await vi.waitFor(() => expect(server.readers).toBe(0), PATIENCE);
  reader.destroy();
  vi.restoreAllMocks();
});

test("a reader that waits gets signs of life, and one that goes has no place any more", async () => {
  const coming = Promise.withResolvers<undefined>();
  const supply = { open: () => coming.promise };
  server = new StoreServer({ path, supply, limits: LIMITS, time: nodeTime, log });
  await server.start();
  const gone = await stalled("vertex/a");
  gone.destroy();
  await vi.waitFor(() => expect(server.readers).toBe(0), PATIENCE);
  const waiting = ask(path, `/${small.path}`, { headers: { "cache-control": "only-if-cached" } });
  await vi.waitFor(() => expect(server.readers).toBe(1), PATIENCE);
  setTimeout(() => coming.resolve(undefined), 1.2 * SIGN_OF_LIFE_MS);
  const { status, signs } = await waiting;
  expect(status).toBe(504);
  expect(signs).toBeGreaterThan(0);
});

test("one principal has so many connections, and idle ones keep nobody else out", async () => {
  await serve();
  const sockets = Array.from({ length: CONNECTIONS_OF_ONE_MAX + 5 }, () => connectAs(path, "vertex/a"));
  await vi.waitFor(() => expect(server.turnedAway).toBe(5), PATIENCE);
  expect((await ask(path, `/${small.path}`, { principal: "vertex/b" })).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test("a rate holds for all readers together, and another one for each", async () => {
  await serve({ rate: 8_000_000 });
  const begunAt = nodeTime.now();
  await Promise.all([1, 2].map((each) => ask(path, `/${large.path}`, { principal: `vertex/${each}` })));
  // 8 MB of which a moment's worth and two pieces go at once.
  expect(nodeTime.now() - begunAt).toBeGreaterThan(600);
  server.handleLimits({ ...LIMITS, readerRate: 8_000_000 });
  const at = nodeTime.now();
  await ask(path, `/${large.path}`);
  expect(nodeTime.now() - at).toBeGreaterThan(200);
});

test("a folder that is gone is told, and nobody is hurt", async () => {
  await serve();
  rmSync(join(folder, "published"), { recursive: true });
  expect((await ask(path, `/${small.path}`)).status).toBe(404);
  symlinkSync("published", join(folder, "published"));
  expect((await ask(path, `/${small.path}`)).status).toBe(404);
});
