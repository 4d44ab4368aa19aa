import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HolderError, type Question } from "../../src/index.ts";
import { SHARD_RATE_MIN } from "../../src/limits.ts";
import { writeAnswer } from "../../src/wire/answer-form.ts";
import { HttpDoor } from "../../src/wire/drivers/http-door.ts";
import { CONNECTIONS_OF_HOLDER_MAX, SILENT_MS } from "../../src/wire/limits.ts";

const PATIENCE = { timeout: 20_000 };
const HASH = "ab".repeat(32);
const AT = { collection: { scope: "cluster", name: "backup" }, recoveryEpoch: 3 };
const GET: Question<"get-shard"> = { op: "get-shard", ...AT, hash: HASH };
const SHARD = Buffer.alloc(4_194_304, 7);
const never = new AbortController().signal;

let folder: string;
let path: string;
let server: Server;
let door: HttpDoor;
/** Connections that the server has taken, and those that are open. */
let taken: number;
const sockets = new Set<Socket>();
/** The last connection that the door has made. */
let client: Socket;

async function serve(onSocket: (socket: Socket) => void): Promise<void> {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    taken++;
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(path);
  await once(server, "listening");
}

async function serveHttp(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<void> {
  const http = createHttp({ keepAliveTimeout: 0 }, answer);
  await serve((socket) => void http.emit("connection", socket));
}

function giveShard(request: IncomingMessage, response: ServerResponse): void {
  request.resume().once("end", () => {
    const { headers, body } = writeAnswer("get-shard", { octets: SHARD });
    response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "http-door-"));
  path = join(folder, "holder.sock");
  taken = 0;
  door = new HttpDoor({ connect: async () => (client = connect(path)) });
});
afterEach(() => {
  vi.useRealTimers();
  door[Symbol.dispose]();
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function codeOf(asking: Promise<unknown>): Promise<string> {
  return asking.then(
    () => "no error",
    (error: unknown) => (error instanceof HolderError ? error.code : String(error)),
  );
}

test("question after question goes over one connection", async () => {
  await serveHttp(giveShard);
  for (let count = 0; count < 5; count++)
    expect(Buffer.from((await door.ask("a", GET, never)).octets).equals(SHARD)).toBe(true);
  expect(taken).toBe(1);
});

test("one holder has so many connections, and further questions wait for them", async () => {
  let most = 0;
  await serveHttp((request, response) => {
    most = Math.max(most, sockets.size);
    giveShard(request, response);
  });
  const gone = new AbortController();
  const asked = Array.from({ length: 3 * CONNECTIONS_OF_HOLDER_MAX }, (_, at) =>
    door.ask("a", GET, at % 5 === 4 ? gone.signal : never),
  );
  gone.abort(new Error("nobody waits"));
  const ends = await Promise.allSettled(asked);
  expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
  expect(most).toBeLessThanOrEqual(CONNECTIONS_OF_HOLDER_MAX);
  expect((await door.ask("a", GET, never)).octets).toHaveLength(SHARD.length);
});

test("a connection that the holder has ended meanwhile is not missed", async () => {
  await serveHttp(giveShard);
  await door.ask("a", GET, never);
  for (const socket of sockets) socket.destroy();
  expect((await door.ask("a", GET, never)).octets).toHaveLength(SHARD.length);
  // The holder reads the question, and ends the connection instead of an answer.
  await vi.waitFor(() => expect(sockets.size).toBe(1), PATIENCE);
  for (const socket of sockets) socket.once("data", () => socket.destroy());
  expect((await door.ask("a", GET, never)).octets).toHaveLength(SHARD.length);
  expect(taken).toBe(3);
});

test("a holder that ends every connection is asked once", async () => {
  await serve((socket) => void socket.once("data", () => socket.destroy()));
  expect(await codeOf(door.ask("a", GET, never))).toBe("ERR_STORAGE_UNREACHABLE");
  expect(taken).toBe(1);
});

test("a holder that is not there gives no answer", async () => {
  await serve(() => undefined);
  server.close();
  expect(await codeOf(door.ask("a", GET, never))).toBe("ERR_STORAGE_UNREACHABLE");
});

test.each<[string, Question]>([
  ["does not answer", GET],
  ["does not read", { op: "put-shard", ...AT, hash: HASH, octets: SHARD }],
])("a holder that %s is left after a silence", async (_, question) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await serve((socket) => void socket.pause());
  const told = codeOf(door.ask("a", question, never));
  await vi.waitFor(() => expect(taken).toBe(1), PATIENCE);
  await vi.advanceTimersByTimeAsync(SILENT_MS);
  expect(await told).toBe("ERR_STORAGE_UNREACHABLE");
  expect(client.destroyed).toBe(true);
});

test("a shard that was handed on has as long as it may take over the mesh", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const whole = Promise.withResolvers<ServerResponse>();
  await serveHttp((request, response) => void request.resume().once("end", () => whole.resolve(response)));
  const told = door.ask("a", { op: "put-shard", ...AT, hash: HASH, octets: SHARD }, never);
  const response = await whole.promise;
  await vi.advanceTimersByTimeAsync((SHARD.length / SHARD_RATE_MIN) * 1_000);
  const { headers, body } = writeAnswer("put-shard", { isNew: true });
  response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
  expect(await told).toEqual({ isNew: true });
});

test("a way that is never made ends, too, and one that comes late is not kept", async () => {
  await serve(() => undefined);
  const coming = Promise.withResolvers<Socket>();
  using slow = new HttpDoor({ connect: () => coming.promise });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const told = codeOf(slow.ask("a", GET, never));
  await vi.advanceTimersByTimeAsync(SILENT_MS);
  expect(await told).toBe("ERR_STORAGE_UNREACHABLE");
  const late = connect(path);
  coming.resolve(late);
  vi.useRealTimers();
  await vi.waitFor(() => expect(late.destroyed).toBe(true), PATIENCE);
});

test.each([
  ["endless headers", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_000)}`],
  ["more octets than a shard may have", `HTTP/1.1 200 OK\r\ncontent-length: 4194305\r\n\r\n${"x".repeat(10_000)}`],
  ["something else", "220 mail.example.net ESMTP\r\n"],
])("a holder that answers with %s costs its connection", async (_, text) => {
  await serve((socket) => void socket.once("data", () => socket.end(text)));
  expect(["ERR_STORAGE_FORM", "ERR_STORAGE_UNREACHABLE"]).toContain(await codeOf(door.ask("a", GET, never)));
  await vi.waitFor(() => expect(sockets.size).toBe(0), PATIENCE);
});

test("whoever speaks without being asked is asked over another connection", async () => {
  await serveHttp(giveShard);
  await door.ask("a", GET, never);
  for (const socket of sockets) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  await vi.waitFor(() => expect(sockets.size).toBe(0), PATIENCE);
  expect((await door.ask("a", GET, never)).octets).toHaveLength(SHARD.length);
});

test("a question that nobody waits for any more ends with its reason, and its connection", async () => {
  await serve((socket) => void socket.resume());
  const gone = new AbortController();
  const told = codeOf(door.ask("a", GET, gone.signal));
  await vi.waitFor(() => expect(taken).toBe(1), PATIENCE);
  gone.abort(new Error("nobody waits"));
  expect(await told).toBe("Error: nobody waits");
  expect(client.destroyed).toBe(true);
});

test("a door that is shut ends what is asked", async () => {
  await serve((socket) => void socket.resume());
  const told = codeOf(door.ask("a", GET, never));
  await vi.waitFor(() => expect(taken).toBe(1), PATIENCE);
  door[Symbol.dispose]();
  expect(await told).toBe("ERR_STORAGE_UNREACHABLE");
});
