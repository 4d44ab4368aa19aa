import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, type Logger, SerialQueue } from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api } from "../../src/api/api.ts";
import type { Audit } from "../../src/api/audit.ts";
import { newAudit } from "../api/an-audit.ts";
import { EventHub } from "../../src/api/event-hub.ts";
import { Readers } from "../../src/api/readers.ts";
import { AuditDesk } from "../../src/drivers/audit-desk.ts";
import { ConsolePages } from "../../src/drivers/console-pages.ts";
import { LogDesk } from "../../src/drivers/log-desk.ts";
import { ApiServer } from "../../src/drivers/api-server.ts";
import { ANSWERS_UNREAD_MAX } from "../../src/api/limits.ts";
import { CONNECTIONS_OF_ONE_MAX } from "../../src/drivers/limits.ts";
import { LineDesk } from "./a-desk.ts";
import { type Fabric, FABRIC, serviceRecord, viewOf } from "../a-fabric.ts";

const PATIENCE = { timeout: 30_000 };
/** The header of user/alice, as cluster-flor writes it. */
const ALICE = Buffer.from("0d0a0d0a000d0a515549540a2100000de0000a757365722f616c696365", "hex");
/** The header of user/bob, who is none of the readers. */
const BOB = Buffer.from("0d0a0d0a000d0a515549540a2100000be00008757365722f626f62", "hex");
const QUESTION = "GET /v1/services HTTP/1.1\r\nhost: localhost\r\n\r\n";

let folder: string;
let path: string;
let server: ApiServer;
let api: Api;
let hub: EventHub;
let audit: Audit;
let isAuditWritten: boolean;
let pages: ConsolePages;
let line: LineDesk;
let log: Logger;
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "control-flor-"));
  path = join(folder, "api.sock");
  isAuditWritten = true;
  audit = newAudit({ append: () => isAuditWritten });
  line = new LineDesk();
  api = new Api({ cluster: "demo", version: "0.1.0", audit, recordOf: () => undefined });
  hub = new EventHub("demo", () => undefined);
  change(FABRIC);
  const rights = { organizations: "all" as const, mayPropose: true };
  const readers = new Readers({ readers: new Map([["user/alice", rights]]), hosts: new Set() });
  log = createLogger({ name: "control-flor", level: "error" });
  const entries = new LogDesk({ api, path: join(folder, "agent.sock"), now: time.now });
  const mail = { others: () => [], askAudit: () => Promise.resolve("no-way" as const) };
  const audits = new AuditDesk({ api, audit, mail, time });
  pages = new ConsolePages({ cluster: "demo", api, audits, entries, time, log });
  server = new ApiServer({
    path,
    api,
    hub,
    pages,
    desk: line.desk,
    entries,
    audits,
    queue: new SerialQueue(),
    readers,
    audit,
    time,
    log,
  });
  await server.start();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server[Symbol.asyncDispose]();
  pages[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function change(fabric: Fabric): void {
  api.handleView({ ...viewOf(fabric), at: time.now() });
  hub.handleView(time.now());
}

interface Visit {
  readonly socket: Socket;
  /** All that was answered. */
  said: string;
}

function visit(...parts: readonly (Buffer | string)[]): Visit {
  const socket = connect(path);
  const visit = { socket, said: "" };
  sockets.push(socket);
  socket.on("error", () => undefined).on("data", (chunk: Buffer) => (visit.said += chunk.toString()));
  for (const part of parts) socket.write(part);
  return visit;
}

/** Whether it ended by an error makes no difference. */
async function untilClosed({ socket }: Visit): Promise<void> {
  await vi.waitFor(() => expect(socket.closed).toBe(true), PATIENCE);
}

async function untilSaid(visit: Visit, text: string): Promise<void> {
  await vi.waitFor(() => expect(visit.said).toContain(text), PATIENCE);
}

test("a request is answered that comes in one piece with the header, and after it", async () => {
  await untilSaid(visit(Buffer.concat([ALICE, Buffer.from(QUESTION)])), '"items"');
  const later = visit(ALICE);
  await vi.waitFor(() => expect(server.connections).toBe(2), PATIENCE);
  later.socket.write(QUESTION);
  await untilSaid(later, '"items"');
});

test("a request is answered that comes octet by octet", async () => {
  const slow = visit();
  for (const octet of Buffer.concat([ALICE, Buffer.from(QUESTION)])) {
    slow.socket.write(Buffer.of(octet));
    await new Promise(setImmediate);
  }
  await untilSaid(slow, '"items"');
});

test("what a path has of signs that nobody sees is noted by its numbers; the problem of a page of the console by its code", async () => {
  await untilSaid(visit(ALICE, QUESTION.replace("services", "a%0Ab%E2%80%AE")), "ERR_CONTROL_ROUTE");
  await untilSaid(visit(ALICE, QUESTION.replace("v1/services", "log")), "ERR_CONTROL_AGENT_SILENT");
  expect(audit.entries.map(({ path, code }) => [path, code])).toEqual([
    ["/log", "ERR_CONTROL_AGENT_SILENT"],
    ["/v1/a%0Ab%E2%80%AE", "ERR_CONTROL_ROUTE"],
  ]);
});

test("several requests of one connection are answered, each in the audit with its principal", async () => {
  const kept = visit(ALICE, QUESTION, QUESTION.replace("services", "nowhere"));
  await untilSaid(kept, "ERR_CONTROL_ROUTE");
  expect(kept.said).toMatch(/^HTTP\/1\.1 200 OK[^]+HTTP\/1\.1 404 Not Found/);
  expect(audit.entries.map(({ principal, path, status, code }) => [principal, path, status, code])).toEqual([
    ["user/alice", "/v1/nowhere", 404, "ERR_CONTROL_ROUTE"],
    ["user/alice", "/v1/services", 200, null],
  ]);
  expect([...server.answers]).toEqual([
    ["200", 1],
    ["404", 1],
  ]);
});

test.each([
  ["no header", QUESTION],
  [
    "a header that lies",
    Buffer.concat([ALICE.subarray(0, 16), Buffer.of(0xe1), ALICE.subarray(17), Buffer.from(QUESTION)]),
  ],
])("a connection with %s ends without an answer, and is counted", async (_, octets) => {
  const foreign = visit(octets);
  await untilClosed(foreign);
  expect(foreign.said).toBe("");
  expect(server.refused).toBe(1);
});

test("a look at the target, which closes without an octet, is no fault", async () => {
  const look = visit();
  await vi.waitFor(() => expect(server.connections).toBe(1), PATIENCE);
  look.socket.end();
  await vi.waitFor(() => expect(server.connections).toBe(0), PATIENCE);
  expect(server.refused).toBe(0);
});

test("events come as the fabric changes, until the reader goes", async () => {
  const follower = visit(ALICE, QUESTION.replace("services", "events"));
  await untilSaid(follower, "event: begin");
  const { service = [] } = FABRIC.records;
  change({ ...FABRIC, records: { ...FABRIC.records, service: [...service, serviceRecord("new", ["a"])] } });
  await untilSaid(follower, 'event: changed\ndata: {"collections":["verdict","services"]');
  expect(server.streams).toBe(1);
  follower.socket.destroy();
  await vi.waitFor(() => expect(server.streams).toBe(0), PATIENCE);
});

test("streams of events end where readers are others than before", async () => {
  const follower = visit(ALICE, QUESTION.replace("services", "events"));
  await untilSaid(follower, "event: begin");
  server.endStreams();
  await untilSaid(follower, "\r\n0\r\n");
  await vi.waitFor(() => expect(server.streams).toBe(0), PATIENCE);
});

test("a follower that reads nothing is sent no more than a bound, however often the fabric changes", async () => {
  const follower = visit(ALICE, QUESTION.replace("services", "events"));
  await untilSaid(follower, "event: begin");
  follower.socket.pause();
  const { service = [] } = FABRIC.records;
  for (let each = 0; each < 5_000; each++) {
    change({ ...FABRIC, records: { ...FABRIC.records, service: [...service, serviceRecord(`n${each}`, ["a"])] } });
  }
  follower.socket.resume();
  await vi.waitFor(() => {
    change({ ...FABRIC, records: { ...FABRIC.records, announce: [] } });
    expect(follower.said).toContain('"collections":["verdict","nodes","services"]');
  }, PATIENCE);
  // The system keeps less than this for a connection that is not read, and 5,000 events have two million characters.
  expect(follower.said.length).toBeLessThan(1_000_000);
});

test("the console is a page that loads nothing of others, and its sections come as a stream", async () => {
  const page = visit(ALICE, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await untilSaid(page, "</html>");
  expect(page.said).toMatch(/content-security-policy: default-src 'none'/);
  const follower = visit(ALICE, QUESTION.replace("v1/services", "events"));
  await untilSaid(follower, "event: sections");
  expect(follower.said).toContain("NOT WHOLE: 3 nodes, 3 services, 2 routes");
  expect(server.streams).toBe(1);
});

test.each([
  { request: "POST /", answer: "405 Method Not Allowed", allow: "GET, HEAD" },
  { request: "DELETE /console.js", answer: "405 Method Not Allowed", allow: "GET, HEAD" },
  { request: "POST /events", answer: "405 Method Not Allowed", allow: "GET" },
  { request: "HEAD /v1/events", answer: "405 Method Not Allowed", allow: "GET" },
  { request: "GET /v1/records", answer: "405 Method Not Allowed", allow: "POST" },
  { request: "HEAD /", answer: "200 OK", allow: undefined },
  { request: "HEAD /v1/audit", answer: "200 OK", allow: undefined },
])("$request is answered with $answer", async ({ request, answer, allow }) => {
  const asked = visit(ALICE, `${request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  await untilClosed(asked);
  expect(asked.said).toContain(`HTTP/1.1 ${answer}\r\n`);
  expect(/\r\nallow: (.+)\r\n/.exec(asked.said)?.[1]).toBe(allow);
  if (request.startsWith("HEAD")) expect(asked.said).toMatch(/\r\n\r\n$/);
});

/** A request that brings a body. */
function bringing(body: string, headers = ""): string {
  return `POST /v1/proposals HTTP/1.1\r\nhost: localhost\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

test("a proposal is answered with its place", async () => {
  const bringer = visit(ALICE, bringing("web 1 k1"));
  await untilSaid(bringer, '"state":"waits"');
  expect(bringer.said).toMatch(/^HTTP\/1\.1 201 Created[^]+location: \/v1\/proposals\/[0-9a-f]{64}\r\n/);
});

test("a proposal that the audit cannot note is refused, and changes nothing; questions are answered", async () => {
  isAuditWritten = false;
  await untilSaid(visit(ALICE, bringing("web 1 k1")), "507 Insufficient Storage");
  expect(line.states).toEqual([]);
  await untilSaid(visit(ALICE, QUESTION), "200 OK");
  isAuditWritten = true;
  await untilSaid(visit(ALICE, bringing("web 1 k1")), '"state":"waits"');
  expect(audit.entries[0]).toMatchObject({ method: "POST", status: 201 });
});

test("many proposals at a time are taken one after the other", async () => {
  const bringers = ["k1", "k2", "k3"].map((name) => visit(ALICE, bringing(`web 1 ${name}`)));
  for (const bringer of bringers) await untilSaid(bringer, "HTTP/1.1");
  expect(line.states).toMatchObject([expect.stringContaining("published")]);
  expect(line.agent.handed).toHaveLength(1);
});

test.each([
  ["JSON", bringing("{}", "content-type: application/json\r\n"), "ERR_CONTROL_BODY_TYPE"],
  [
    "a body of 1 GB that is announced",
    bringing("").replace("content-length: 0", "content-length: 1000000000"),
    "ERR_CONTROL_BODY_SIZE",
  ],
  ["parameters", bringing("web 1 k1").replace("proposals", "proposals?a=b"), "ERR_CONTROL_QUERY"],
  ["no record", bringing("x"), "ERR_CONTROL_RECORD"],
])("%s is no proposal", async (_, octets, code) => {
  await untilSaid(visit(ALICE, octets), code);
  expect(line.states).toEqual([]);
});

test("a body that grows beyond a mebibyte is cut off", async () => {
  const head = "POST /v1/proposals HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
  const endless = visit(ALICE, head);
  const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
  for (let each = 0; each < 20; each++) endless.socket.write(chunk);
  await untilSaid(endless, "ERR_CONTROL_BODY_SIZE");
  await untilClosed(endless);
});

test("a bringer that goes in the middle of its body is no fault", async () => {
  const gone = visit(ALICE, "POST /v1/proposals HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nweb");
  await vi.waitFor(() => expect(server.connections).toBe(1), PATIENCE);
  gone.socket.destroy();
  await vi.waitFor(() => expect(server.connections).toBe(0), PATIENCE);
  expect([...server.answers]).toEqual([]);
});

test.each([
  ["headers without end", `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(100_000)}`],
  ["a first line of 100,000 octets", `GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`],
  ["no HTTP", "\0".repeat(1_000)],
  ["two lengths", "POST /v1/nodes HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx"],
])("%s ends one connection, and no other", async (_, octets) => {
  const hostile = visit(ALICE, octets);
  await untilClosed(hostile);
  await untilSaid(visit(ALICE, QUESTION), '"items"');
});

test("whoever has as many connections as one may have is turned away, and others are not", async () => {
  const held = Array.from({ length: CONNECTIONS_OF_ONE_MAX }, () => visit(ALICE));
  await vi.waitFor(() => expect(server.connections).toBe(CONNECTIONS_OF_ONE_MAX), PATIENCE);
  const last = visit(ALICE, QUESTION);
  await untilClosed(last);
  expect(last.said).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 10/);
  await untilSaid(visit(BOB, QUESTION), "ERR_CONTROL_READER");
  held[0]!.socket.destroy();
  await vi.waitFor(() => expect(server.connections).toBe(CONNECTIONS_OF_ONE_MAX), PATIENCE);
  await untilSaid(visit(ALICE, QUESTION), '"items"');
});

test("a body that nobody reads ends with the answer, and what follows is no request", async () => {
  const head = `POST /v1/nodes HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000\r\n\r\n`;
  const large = visit(ALICE, head, QUESTION.repeat(100));
  await untilClosed(large);
  expect(large.said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 405"]);
  expect(audit.size).toBe(1);
});

test("connections with no request, half of one, and half of a second one do not stay", async () => {
  const half = "GET / HTTP/1.1\r\nhost: local";
  const still = ["", half, `${QUESTION}${half}`].map((octets) => visit(ALICE, octets));
  await Promise.all(still.map(untilClosed));
  expect(server.connections).toBe(0);
  expect(still[2]!.said).toContain('"items"');
});

test("requests that are not let in are counted, and fill neither the audit nor the log", async () => {
  const lines = vi.spyOn(log, "info").mockReturnValue(undefined);
  const post = "POST /v1/proposals HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
  const stranger = visit(BOB, post.repeat(50));
  const foreign = visit(ALICE, post.replace("host: localhost", "host: evil.example").repeat(50));
  await vi.waitFor(
    () =>
      expect([...server.answers]).toEqual(
        expect.arrayContaining([
          ["403", 50],
          ["421", 50],
        ]),
      ),
    PATIENCE,
  );
  for (const { socket } of [stranger, foreign]) socket.destroy();
  expect(audit.entries).toEqual([]);
  expect(lines).not.toHaveBeenCalled();
  await server[Symbol.asyncDispose]();
  const refused = (principal: string, problem: string) => ({ code: "REQUESTS_REFUSED", principal, problem, count: 50 });
  const told = lines.mock.calls.map(([line]) => line as unknown);
  expect(told).toHaveLength(2);
  expect(told).toEqual(
    expect.arrayContaining([
      refused("user/bob", "ERR_CONTROL_READER"),
      refused("user/alice", "ERR_CONTROL_FOREIGN_HOST"),
    ]),
  );
});

test("the log has what would change something, and no question", async () => {
  const lines = vi.spyOn(log, "info").mockReturnValue(undefined);
  const asks = [QUESTION, QUESTION.replace("GET", "HEAD"), QUESTION.replace("GET", "PUT")];
  await untilSaid(visit(ALICE, ...asks), "ERR_CONTROL_METHOD");
  expect(lines.mock.calls).toMatchObject([[{ code: "REQUEST", method: "PUT" }, expect.any(String)]]);
  expect(audit.size).toBe(asks.length);
});

test("no part of a query is left unread", async () => {
  await untilSaid(visit(ALICE, QUESTION.replace("services", "services?limit=1?limit=2")), "ERR_CONTROL_QUERY");
});

test("answers that nobody reads are no more than a bound, over however many connections", async () => {
  const { service = [] } = FABRIC.records;
  const many = Array.from({ length: 500 }, (_, at) => serviceRecord(`${"n".repeat(2_000)}${at}`, ["a"]));
  change({ ...FABRIC, records: { ...FABRIC.records, service: [...service, ...many] } });
  const ask = QUESTION.replace("services", "services?limit=500");
  const still = Array.from({ length: 60 }, () => visit(ALICE));
  for (const { socket } of still) socket.pause().write(ask);
  const answered = (): number => [...server.answers.values()].reduce((sum, count) => sum + count, 0);
  await vi.waitFor(() => expect(answered()).toBe(still.length), PATIENCE);
  const served = server.answers.get("200") ?? 0;
  expect(server.answers.get("429")).toBe(still.length - served);
  expect(served * 1_000_000).toBeLessThan(2 * ANSWERS_UNREAD_MAX);
  for (const { socket } of still) socket.destroy();
  await vi.waitFor(() => expect(server.connections).toBe(0), PATIENCE);
  await untilSaid(visit(ALICE, QUESTION), '"items"');
});
