import { createHash, randomBytes } from "node:crypto";
import { type ClientRequest, request } from "node:http";
import { connect } from "node:net";
import { type CollectionTerms, HolderError, SHARD_SIZE_MAX } from "@florenetes/blobs";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CollectionClients } from "../../src/drivers/collection-clients.ts";
import { GatewayServer } from "../../src/drivers/gateway-server.ts";
import { FILE_SIZE_MAX, FILES_AT_ONCE, GATEWAY_CONNECTIONS_MAX } from "../../src/gateway/limits.ts";
import { MemoryClient } from "./memory-client.ts";
import { CodesLog } from "./raw-reader.ts";

const PATIENCE = { timeout: 20_000 };
const BACKUPS = { scope: "org/acme", name: "backups" };
const TERMS = { ...BACKUPS, epoch: 1 } as CollectionTerms;
const AT = "/org/acme/backups";

let port = 0;
let client: MemoryClient;
let terms: CollectionTerms | undefined;
let server: GatewayServer;
let log: CodesLog;
let opened = 0;

beforeEach(async () => {
  client = new MemoryClient();
  terms = TERMS;
  opened = 0;
  log = new CodesLog();
  const clients = new CollectionClients({
    collections: [BACKUPS],
    terms: { termsOf: () => terms, isTold: () => true },
    open: () => {
      opened++;
      return client;
    },
  });
  server = new GatewayServer({
    bind: { host: "127.0.0.1", port: 0 },
    clients,
    password: undefined,
    time: nodeTime,
    log,
  });
  await server.start();
  port = server.port;
});
afterEach(() => server[Symbol.asyncDispose]());

interface Told {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

interface Asking {
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

function begin(method: string, path: string, headers: Readonly<Record<string, string>> = {}): ClientRequest {
  const asking = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
  asking.on("error", () => undefined);
  return asking;
}

function ask(method: string, path: string, { body, headers }: Asking = {}): Promise<Told> {
  return new Promise((done, fail) => {
    const asking = begin(method, `${AT}${path}`, headers);
    asking.on("error", fail).on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("error", fail).on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asking.end(body);
  });
}

const idOf = (octets: Uint8Array): string => createHash("sha256").update(octets).digest("hex");

test("files are created, found, given whole and in parts, listed and removed", async () => {
  const pack = randomBytes(SHARD_SIZE_MAX + 1_000);
  const id = idOf(pack);
  expect(await ask("POST", "/?create=true")).toMatchObject({ status: 200 });
  expect(await ask("HEAD", "/config")).toMatchObject({ status: 404 });
  expect(await ask("POST", "/config", { body: Buffer.from("sealed") })).toMatchObject({ status: 200 });
  expect(await ask("HEAD", "/config")).toMatchObject({ status: 200, headers: { "content-length": "6" } });
  expect(await ask("GET", "/config")).toMatchObject({ status: 200, body: Buffer.from("sealed") });
  expect(await ask("POST", `/data/${id}`, { body: pack })).toMatchObject({ status: 200 });
  expect(client.entries.get(`data/${id}`)?.shards).toHaveLength(2);
  expect((await ask("GET", `/data/${id}`)).body.equals(pack)).toBe(true);
  const part = await ask("GET", `/data/${id}`, {
    headers: { range: `bytes=${SHARD_SIZE_MAX - 10}-${SHARD_SIZE_MAX + 9}` },
  });
  expect(part).toMatchObject({ status: 206, headers: { "content-range": `bytes 4194294-4194313/${pack.length}` } });
  expect(part.body.equals(pack.subarray(SHARD_SIZE_MAX - 10, SHARD_SIZE_MAX + 10))).toBe(true);
  expect((await ask("GET", `/data/${id}`, { headers: { range: `bytes=${pack.length}-` } })).status).toBe(416);
  const v1 = await ask("GET", "/data/");
  expect(JSON.parse(v1.body.toString())).toEqual([id]);
  expect(v1.headers["content-type"]).toBe("application/vnd.x.restic.rest.v1");
  const v2 = await ask("GET", "/data/", { headers: { accept: "application/vnd.x.restic.rest.v2" } });
  expect(JSON.parse(v2.body.toString())).toEqual([{ name: id, size: pack.length }]);
  expect(v2.headers["content-type"]).toBe("application/vnd.x.restic.rest.v2");
  expect(JSON.parse((await ask("GET", "/locks/")).body.toString())).toEqual([]);
  expect((await ask("DELETE", `/data/${id}`)).status).toBe(200);
  expect((await ask("DELETE", `/data/${id}`)).status).toBe(404);
  expect((await ask("GET", `/data/${id}`)).status).toBe(404);
  expect(opened).toBe(1);
});

test("parts of a shard fetch it once, also at the same time, and a client goes by the newest terms", async () => {
  const pack = randomBytes(100_000);
  const id = idOf(pack);
  await ask("POST", `/data/${id}`, { body: pack });
  const parts = await Promise.all(
    [0, 1, 2, 3].map((at) => ask("GET", `/data/${id}`, { headers: { range: `bytes=${at * 10}-${at * 10 + 9}` } })),
  );
  for (const [at, { body }] of parts.entries()) expect(body.equals(pack.subarray(at * 10, at * 10 + 10))).toBe(true);
  expect(client.reads).toBe(1);
  expect(server.shards).toMatchObject({ misses: 1, hits: 3 });
  terms = { ...TERMS, epoch: 2 };
  await ask("HEAD", "/config");
  expect(opened).toBe(1);
  expect(client.terms).toEqual([terms]);
});

test("octets that do not have their name's hash are not kept, nor are those that end too early", async () => {
  const octets = randomBytes(1_000);
  const refused = await ask("POST", `/data/${"0".repeat(64)}`, { body: octets });
  expect(refused.status).toBe(400);
  expect(refused.body.toString()).toMatch(/^ERR_STORE_REQUEST: .*nothing is kept/);
  const cut = begin("POST", `${AT}/data/${idOf(octets)}`, { "content-length": "1000" });
  cut.write(octets.subarray(0, 500));
  await vi.waitFor(() => expect(server.files).toBe(1), PATIENCE);
  cut.destroy();
  await vi.waitFor(() => expect(server.files).toBe(0), PATIENCE);
  expect(client.entries.size).toBe(0);
});

test.each(["/config", `/data/${idOf(Buffer.of())}`])("no octets at %s are no file", async (path) => {
  const refused = await ask("POST", path);
  expect(refused.status).toBe(400);
  expect(refused.body.toString()).toBe("ERR_STORE_REQUEST: a file without octets is posted: nothing is kept\n");
  expect((await ask("POST", path, { headers: { "content-length": "0" } })).status).toBe(400);
  expect(client.entries.size).toBe(0);
});

test.each([
  ["a body beyond the bound", "POST", `/data/${"a".repeat(64)}`, { "content-length": String(FILE_SIZE_MAX + 1) }, 413],
  ["a name that is no hash", "GET", "/data/../config", {}, 404],
  ["another folder", "GET", "/tmp/", {}, 404],
  ["the repository itself", "DELETE", "/", {}, 405],
  ["another method", "PUT", "/config", {}, 405],
  ["a list that is posted", "POST", "/data/", {}, 405],
  ["a page of others", "GET", "/config", { host: "evil.example" }, 421],
  ["no host that is one", "GET", "/config", { host: "127.0.0.1.evil.example:80" }, 421],
  ["a post of a page in a browser", "POST", "/config", { origin: "https://evil.example" }, 403],
  ["a post of a page without a name", "POST", "/config", { origin: "null" }, 403],
  ["a post of a page that asks without CORS", "POST", "/config", { "sec-fetch-site": "cross-site" }, 403],
  ["a page that comes of this address", "GET", "/locks/", { "sec-fetch-site": "same-origin" }, 403],
])("%s is refused", async (_, method, path, headers, status) => {
  expect(await ask(method, path, { headers })).toMatchObject({ status });
  expect(client.entries.size).toBe(0);
});

test("a collection that the config does not name is not there, one of which nobody says what it is comes later", async () => {
  const other = await new Promise<number>((done) =>
    begin("HEAD", "/org/acme/other/config")
      .on("response", ({ statusCode = 0 }) => done(statusCode))
      .end(),
  );
  expect(other).toBe(404);
  terms = undefined;
  expect(await ask("HEAD", "/config")).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
  expect(Object.fromEntries(server.faults)).toEqual({ ERR_STORE_REQUEST: 1, ERR_STORAGE_COLLECTION: 1 });
});

test.each([
  ["ERR_STORAGE_RETAINED", "DELETE", 403],
  ["ERR_STORAGE_MAJORITY", "POST", 503],
  ["ERR_STORAGE_QUOTA", "POST", 507],
  ["ERR_STORAGE_RIGHT", "GET", 403],
  ["ERR_STORAGE_MISSING", "GET", 500],
  ["ERR_STORAGE_DAMAGED", "GET", 500],
] as const)("%s is told with its sentence, and logged", async (code, method, status) => {
  const octets = randomBytes(100);
  await ask("POST", `/data/${idOf(octets)}`, { body: octets });
  client.onAsked = () => {
    throw new HolderError({ code, message: "so it is" });
  };
  const told = await ask(method, `/data/${idOf(octets)}`, method === "POST" ? { body: octets } : {});
  expect(told.status).toBe(status);
  expect(told.body.toString()).toBe(`${code}: so it is\n`);
  expect(log.codes).toEqual(["RESTIC_REFUSED"]);
});

test("a mistake of ours is told with none of its words, and logged once a minute", async () => {
  client.onAsked = () => {
    throw new TypeError("a secret of ours");
  };
  for (let count = 0; count < 3; count++) {
    const told = await ask("GET", "/locks/");
    expect(told).toMatchObject({ status: 500, body: Buffer.from("ANSWER_FAILED: see the log of store-flor\n") });
  }
  expect(log.codes).toEqual(["ANSWER_FAILED", "RESTIC_REFUSED"]);
});

test("a fault in the middle of a file cuts the connection, and the next request is served", async () => {
  const pack = randomBytes(3 * SHARD_SIZE_MAX);
  await ask("POST", `/data/${idOf(pack)}`, { body: pack });
  client.shards.delete(client.entries.get(`data/${idOf(pack)}`)!.shards[2]!.hash);
  await expect(ask("GET", `/data/${idOf(pack)}`)).rejects.toThrow();
  expect(server.faults.get("ERR_STORAGE_MISSING")).toBe(1);
  expect((await ask("GET", "/locks/")).status).toBe(200);
});

test("more files than may be at a time wait, in order, and whoever goes meanwhile keeps nobody", async () => {
  const gate = Promise.withResolvers<void>();
  client.onAsked = () => gate.promise;
  const octets = Array.from({ length: FILES_AT_ONCE + 2 }, (_, at) => Buffer.from(`file ${at}`));
  const puts = octets.map((body) => ask("POST", `/data/${idOf(body)}`, { body }));
  await vi.waitFor(() => expect(server.connections).toBe(octets.length), PATIENCE);
  const leaving = begin("POST", `${AT}/data/${"0".repeat(64)}`);
  leaving.write("x");
  await vi.waitFor(() => expect(server.connections).toBe(octets.length + 1), PATIENCE);
  expect(server.files).toBe(FILES_AT_ONCE);
  leaving.destroy();
  gate.resolve();
  for (const told of await Promise.all(puts)) expect(told.status).toBe(200);
  await vi.waitFor(() => expect(server.files).toBe(0), PATIENCE);
});

test("more lists than may be at a time wait as files do", async () => {
  const gate = Promise.withResolvers<void>();
  let listed = 0;
  client.onAsked = () => {
    listed++;
    return gate.promise;
  };
  const lists = Array.from({ length: FILES_AT_ONCE + 2 }, () => ask("GET", "/locks/"));
  await vi.waitFor(() => expect(server.connections).toBe(lists.length), PATIENCE);
  await vi.waitFor(() => expect(server.files).toBe(FILES_AT_ONCE), PATIENCE);
  expect(listed).toBe(FILES_AT_ONCE);
  gate.resolve();
  for (const told of await Promise.all(lists)) expect(told.status).toBe(200);
  await vi.waitFor(() => expect(server.files).toBe(0), PATIENCE);
});

test("a list that is not taken keeps its place until its connection ends", async () => {
  for (let at = 0; at < 200_000; at++) {
    const name = `data/${String(at).padStart(64, "0")}`;
    client.entries.set(name, { name, turn: 1, isGone: false, shards: [], written: 0, by: "user/alice" });
  }
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  socket.pause().write(`GET ${AT}/data/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  await vi.waitFor(() => expect(server.answers.get("200")).toBe(1), PATIENCE);
  expect(server.files).toBe(1);
  await ask("HEAD", "/config");
  expect(server.files).toBe(1);
  socket.destroy();
  await vi.waitFor(() => expect(server.files).toBe(0), PATIENCE);
  expect(log.codes).toEqual([]);
});

test("connections are bounded, and what is no HTTP ends its own", async () => {
  const sockets = Array.from({ length: GATEWAY_CONNECTIONS_MAX + 3 }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) socket.on("error", () => undefined);
  await vi.waitFor(() => expect(server.turnedAway).toBe(3), PATIENCE);
  for (const socket of sockets) socket.write("SSH-2.0-x\r\n\r\n");
  await vi.waitFor(() => expect(server.connections).toBe(0), PATIENCE);
  expect((await ask("GET", "/locks/")).status).toBe(200);
});

test("with a password nobody is served without it", async () => {
  server.handlePassword((authorization) => authorization === "Basic right");
  expect(await ask("GET", "/locks/")).toMatchObject({ status: 401, headers: { "www-authenticate": /Basic/ } });
  expect((await ask("GET", "/locks/", { headers: { authorization: "Basic wrong" } })).status).toBe(401);
  expect((await ask("GET", "/locks/", { headers: { authorization: "Basic right" } })).status).toBe(200);
  expect(server.refused).toBe(2);
});
