/*
 *   b ───── a ───── c     alice, whom the control API knows, attacks both its replicas over her tunnel, and bob is answered meanwhile
 */
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ControlFabric, REPLICAS } from "../src/control-fabric.ts";
import { PATIENCE } from "../src/patience.ts";

const MIB = 1_048_576;
/** A replica has less than half of it while it has nothing to do. */
const MEMORY_MAX = 400 * MIB;
/** A replica that stands still for others answers nobody for as long as it is attacked. */
const ANSWER_MS_MAX = 10_000;
const BOB_ASKS = 20;

let control: ControlFabric;

beforeAll(async () => {
  control = await ControlFabric.open();
});
afterAll(() => control?.[Symbol.asyncDispose]());

interface ControlStatus {
  readonly instance: string;
  readonly process: { readonly rssBytes: number };
  readonly requests: { readonly connections: number; readonly streams: number };
}

function statuses(): Promise<readonly ControlStatus[]> {
  return Promise.all(REPLICAS.map((node) => control.status(node) as unknown as Promise<ControlStatus>));
}

/** A connection of alice's, and all that was said over it. */
interface Attack {
  readonly socket: Socket;
  said: string;
  readonly closed: Promise<void>;
}

function attack(text = ""): Attack {
  const { hostname, port } = new URL(control.addresses.alice);
  const socket = connect(Number(port), hostname);
  const closed = new Promise<void>((done) => socket.once("close", () => done()));
  const attack: Attack = { socket, said: "", closed };
  socket.on("error", () => undefined).on("data", (part: Buffer) => (attack.said += part.toString("latin1")));
  socket.write(text);
  return attack;
}

/** Bob asks again and again, until what goes on is over, and some times at least. */
async function whileBobIsServed(work: Promise<unknown>): Promise<void> {
  const asking = { isOver: false };
  const over = work.finally(() => (asking.isOver = true));
  const took: number[] = [];
  while (!asking.isOver || took.length < BOB_ASKS) {
    const begun = performance.now();
    expect((await control.ask("/v1/nodes", "bob")).status).toBe(200);
    took.push(performance.now() - begun);
    await pause(50);
  }
  await over;
  expect(Math.max(...took)).toBeLessThan(ANSWER_MS_MAX);
  for (const { process } of await statuses()) expect(process.rssBytes).toBeLessThan(MEMORY_MAX);
}

const HEAD = "HTTP/1.1\r\nhost: localhost\r\n";
const QUESTION = `GET /v1/nodes ${HEAD}\r\n`;

test("bob is served before all else", async () => {
  await expect.poll(() => control.ask("/v1/nodes", "bob").then(({ status }) => status, String), PATIENCE).toBe(200);
  await whileBobIsServed(Promise.resolve());
});

/** Sends a gigabyte as far as it is taken. @returns octets that were taken by the system of the sender */
async function sendGigabyte({ socket, closed }: Attack, part: Buffer): Promise<number> {
  let sent = 0;
  while (sent < 1_000 * MIB && !socket.destroyed) {
    sent += part.length;
    const drained = new Promise<void>((done) => socket.once("drain", () => done()));
    if (!socket.write(part)) await Promise.race([drained, closed]);
  }
  return sent;
}

test.each([
  ["/v1/records", "content-length: 1048576000", Buffer.alloc(MIB)],
  ["/v1/records", "transfer-encoding: chunked", Buffer.from(`100000\r\n${"a".repeat(MIB)}\r\n`)],
  ["/v1/nodes", "content-length: 1048576000", Buffer.alloc(MIB)],
  ["/v1/nothing", "transfer-encoding: chunked", Buffer.from(`100000\r\n${"a".repeat(MIB)}\r\n`)],
])("a body of a gigabyte to %s with %s is cut off", async (path, header, part) => {
  const large = attack(`POST ${path} ${HEAD}${header}\r\n\r\n`);
  const sent = sendGigabyte(large, part);
  await whileBobIsServed(sent);
  await large.closed;
  // Answers that are under way fill the buffers of the mesh.
  expect(await sent).toBeLessThan(100 * MIB);
  expect(large.said).toMatch(/^(HTTP\/1\.1 4(13|04|05) [^]*)?$/);
});

test("what follows a body that is too large in the same connection is no request", async () => {
  const inside = QUESTION.repeat(1_000);
  const smuggling = attack(`POST /v1/records ${HEAD}content-length: 2000000\r\n\r\n${inside}`);
  await smuggling.closed;
  expect(smuggling.said.match(/HTTP\/1\.1 \d+/g) ?? []).toEqual(smuggling.said === "" ? [] : ["HTTP/1.1 413"]);
  const both = attack(
    `POST /v1/records ${HEAD}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${QUESTION}`,
  );
  await both.closed;
  expect(both.said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
});

test("100,000 requests whose answers nobody reads hold up their own connection alone", async () => {
  const greedy = attack();
  greedy.socket.pause();
  for (let each = 0; each < 100; each++) greedy.socket.write(QUESTION.repeat(1_000));
  await whileBobIsServed(Promise.resolve());
  greedy.socket.destroy();
});

test("2,000 streams of events are those of one principal: 32 at each replica", async () => {
  const streams = Array.from({ length: 2_000 }, () => attack(`GET /v1/events ${HEAD}\r\n`));
  const settled = (): number => streams.filter(({ said, socket }) => said !== "" || socket.destroyed).length;
  await whileBobIsServed(expect.poll(settled, PATIENCE).toBe(streams.length));
  for (const { requests } of await statuses()) expect(requests.streams).toBeLessThanOrEqual(32);
  const begun = streams.filter(({ said }) => said.startsWith("HTTP/1.1 200 ")).length;
  expect(begun).toBeGreaterThanOrEqual(32);
  expect(begun).toBeLessThanOrEqual(64);
  for (const { socket } of streams) socket.destroy();
  const left = async (): Promise<number> => (await statuses()).reduce((sum, { requests }) => sum + requests.streams, 0);
  await expect.poll(left, PATIENCE).toBe(0);
});

test("headers that never end give their connections up, however slowly they come", async () => {
  const slow = Array.from({ length: 100 }, () => attack("GET /v1/nodes HTTP/1.1\r\n"));
  const drip = setInterval(() => slow.forEach(({ socket }) => socket.write("x: y\r\n")), 500);
  await whileBobIsServed(Promise.all(slow.map(({ closed }) => closed))).finally(() => clearInterval(drip));
});

test.each([
  ["/v1/nodes/..%2f..%2fetc%2fpasswd", 404],
  ["/..%2f..%2fetc%2fpasswd", 404],
  ["/v1/%2e%2e/v1/nodes", 404],
  ["/console.css/../../etc/passwd", 404],
  ["//v1/nodes", 404],
  ["http://evil/v1/nodes", 404],
  ["/v1%2fnodes", 404],
  ["/v1/nodes%00", 404],
  ["/v1/proposals/..%2f..%2fcontrol-flor.yaml", 404],
  ["/v1/proposals/..%2fadmin/record", 404],
  ["/v1/nodes?role=relay&role=relay", 400],
  ["/v1/nodes?role=relay&rol%65=relay", 400],
  ["/v1/nodes?limit[]=1", 400],
  ["/v1/nodes?__proto__=1", 400],
  ["/v1/nodes?limit=1?limit=2", 400],
])("%s is answered with %i", async (path, status) => {
  await whenAnswered(`GET ${path} ${HEAD}connection: close\r\n\r\n`, status);
});

/** The principal has asked for much, and waits until it is answered again. */
async function whenAnswered(request: string, status: number): Promise<void> {
  const ask = async (): Promise<string> => {
    const asked = attack(request);
    await asked.closed;
    return asked.said;
  };
  let said = await ask();
  for (let turn = 0; turn < 100 && !said.startsWith(`HTTP/1.1 ${status} `) && !said.startsWith("HTTP/1.1 2"); turn++) {
    await pause(100);
    said = await ask();
  }
  expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
}
