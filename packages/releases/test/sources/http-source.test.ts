import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpSource } from "../../src/sources/drivers/http-source.ts";
import { ANSWER_WAIT_MS, RATE_WINDOW_MS, SILENT_MS } from "../../src/sources/limits.ts";

/** A server that says what a test has it say, whatever it is asked. */
class RawServer {
  readonly folder: string = mkdtempSync(join(tmpdir(), "http-source-"));
  readonly path: string = join(this.folder, "socket");
  readonly sockets = new Set<Socket>();
  asked = "";
  #answer: (socket: Socket) => void = () => undefined;
  readonly #server: Server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
    socket.on("data", (octets) => {
      this.asked += octets.toString("latin1");
      if (this.asked.endsWith("\r\n\r\n")) this.#answer(socket);
    });
  });

  async listen(answer: (socket: Socket) => void): Promise<void> {
    this.#answer = answer;
    await new Promise<void>((done) => this.#server.listen(this.path, () => done()));
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let server: RawServer;
let now = 0;
const signal = new AbortController().signal;
const time = { ...nodeTime, now: () => now };
const PATH = "targets/x.deb";

beforeEach(() => {
  server = new RawServer();
  now = 0;
});
afterEach(() => {
  vi.useRealTimers();
  server.close();
});

function source(): HttpSource {
  return new HttpSource({ connect: async () => connect(server.path), time, headers: { via: "1.1 a" } });
}

async function readAll(offset = 0, lengthMax = 1_000): Promise<string | undefined> {
  const octets = await source().read(PATH, { offset, lengthMax, signal });
  if (octets === undefined) return undefined;
  let text = "";
  for await (const chunk of octets) text += Buffer.from(chunk).toString("latin1");
  return text;
}

test("a file is asked for as it is, without packing, and a part of it by its place", async () => {
  await server.listen((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  expect(await readAll()).toBe("hello");
  expect(server.asked).toMatch(/^GET \/targets\/x\.deb HTTP\/1\.1\r\n/);
  expect(server.asked.toLowerCase()).toContain("accept-encoding: identity\r\n");
  expect(server.asked.toLowerCase()).not.toContain("range:");
  server.close();
  server = new RawServer();
  const part = "HTTP/1.1 206 OK\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\nlo";
  await server.listen((socket) => socket.end(part));
  expect(await readAll(3)).toBe("lo");
  expect(server.asked.toLowerCase()).toContain("range: bytes=3-1002\r\n");
});

test("no more is taken than was asked for, and the connection ends when its reader goes", async () => {
  await server.listen((socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n${"x".repeat(100)}`));
  expect(await readAll(0, 50)).toBe("x".repeat(50));
  await vi.waitFor(() => expect(server.sockets.size).toBe(0), { timeout: 10_000 });
  const octets = await source().read(PATH, { offset: 0, lengthMax: 1_000, signal });
  for await (const chunk of octets!) if (chunk.length > 0) break;
  await vi.waitFor(() => expect(server.sockets.size).toBe(0), { timeout: 10_000 });
});

test.each([
  ["no HTTP", "SSH-2.0-x\r\n\r\n", "ERR_RELEASE_SOURCE_LOST"],
  ["a head without end", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}`, "ERR_RELEASE_SOURCE_LOST"],
  ["nothing", "", "ERR_RELEASE_SOURCE_LOST"],
  ["a file that is cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "ERR_RELEASE_SOURCE_LOST"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n\r\n", "ERR_RELEASE_SOURCE_LOST"],
  [
    "chunks without a length",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "ERR_RELEASE_SOURCE_ANSWER",
  ],
  [
    "a way elsewhere",
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "ERR_RELEASE_SOURCE_ANSWER",
  ],
  ["no room", "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", "ERR_RELEASE_SOURCE_FULL"],
])("a server that answers with %s has failed", async (_, text, code) => {
  await server.listen((socket) => socket.end(text));
  await expect(readAll()).rejects.toMatchObject({ code });
  await vi.waitFor(() => expect(server.sockets.size).toBe(0), { timeout: 10_000 });
});

test("nobody at the socket is a connection that is lost", async () => {
  await expect(readAll()).rejects.toMatchObject({ code: "ERR_RELEASE_SOURCE_LOST" });
});

/** Lets time pass for the timers of the source, once the server was asked. */
async function pass(ms: number): Promise<void> {
  await vi.waitFor(() => expect(server.asked).not.toBe(""), { timeout: 10_000 });
  await vi.advanceTimersByTimeAsync(ms);
}

const FAKED = { toFake: ["setTimeout" as const, "clearTimeout" as const] };

test("a server that says nothing is slow, and one that stops in the middle as well", async () => {
  await server.listen(() => undefined);
  vi.useFakeTimers(FAKED);
  const silent = expect(readAll()).rejects.toMatchObject({ code: "ERR_RELEASE_SOURCE_SLOW" });
  await pass(SILENT_MS);
  await silent;
  server.close();
  server = new RawServer();
  await server.listen((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"));
  const octets = await source().read(PATH, { offset: 0, lengthMax: 1_000, signal });
  const chunks = octets![Symbol.asyncIterator]();
  expect((await chunks.next()).value).toHaveLength(5);
  const stopped = expect(chunks.next()).rejects.toMatchObject({ code: "ERR_RELEASE_SOURCE_SLOW" });
  await pass(SILENT_MS);
  await stopped;
});

test("signs of life are waited for, and not for ever", async () => {
  await server.listen((socket) => socket.write("HTTP/1.1 102 Processing\r\n\r\n"));
  vi.useFakeTimers(FAKED);
  const outcome = expect(readAll()).rejects.toMatchObject({ code: "ERR_RELEASE_SOURCE_SLOW" });
  const over: true[] = [];
  void outcome.then(() => over.push(true));
  let waited = 0;
  for (; over.length === 0 && waited < 2 * ANSWER_WAIT_MS; waited += SILENT_MS / 2) {
    await pass(SILENT_MS / 2);
    for (const socket of server.sockets) socket.write("HTTP/1.1 102 Processing\r\n\r\n");
    // Signs have to come before more time passes.
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
  }
  await outcome;
  expect(waited).toBeGreaterThan(ANSWER_WAIT_MS / 2);
  expect(waited).toBeLessThanOrEqual(ANSWER_WAIT_MS + SILENT_MS);
});

test("a server that drips is slow", async () => {
  await server.listen((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nx"));
  const octets = await source().read(PATH, { offset: 0, lengthMax: 9_000, signal });
  const reading = (async () => {
    for await (const chunk of octets!) {
      now += chunk.length * (RATE_WINDOW_MS / 4);
      for (const socket of server.sockets) socket.write("x");
    }
  })();
  // All the time that passes is waited for the source.
  now += RATE_WINDOW_MS;
  await expect(reading).rejects.toMatchObject({ code: "ERR_RELEASE_SOURCE_SLOW" });
});

test("whoever gives up gets the own reason, and the connection ends", async () => {
  await server.listen(() => undefined);
  const own = new AbortController();
  const reading = source().read(PATH, { offset: 0, lengthMax: 9, signal: own.signal });
  await vi.waitFor(() => expect(server.asked).not.toBe(""), { timeout: 10_000 });
  own.abort(new Error("no longer wanted"));
  await expect(reading).rejects.toThrow("no longer wanted");
  await vi.waitFor(() => expect(server.sockets.size).toBe(0), { timeout: 10_000 });
});
