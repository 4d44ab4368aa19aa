/** Losses, cuts and restarts. */
import { randomBytes } from "node:crypto";
import { wordsOf, writeHeader } from "@florenetes/labels";
import { type QuicConfig, quicheEngine } from "@florenetes/quic";
import { afterEach, describe, expect, test } from "vitest";
import { applicationProtocol, connectionWindow } from "../src/transport/limits.ts";
import { Cleanup, TestVertex, eventually, issue, joinInRow, pair, sleep, warm } from "./transport-mesh.ts";
import { Client, Target, echo, sha256 } from "./transport-sockets.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

test.each([
  [0.02, 0],
  [0.1, 5],
])(
  "a share of %d of the packets is lost, each takes %d ms: bytes still arrive whole",
  async (loss, delayMs) => {
    const target = cleanup.add(await Target.listen(echo));
    const { a, link } = await pair(cleanup, target.address);
    link.lossProbability = loss;
    link.delayMs = delayMs;
    const client = new Client(a.port());
    const bytes = randomBytes(400_000);
    client.socket.end(bytes);
    expect(await client.ended()).toBe("end");
    expect(client.hash.digest("hex")).toBe(sha256(bytes));
  },
  30_000,
);

test("a stream goes on at once after a cut of five seconds", async () => {
  const target = cleanup.add(await Target.listen(echo));
  const { a, link } = await pair(cleanup, target.address);
  const client = new Client(a.port());
  await client.pingPong();
  link.isCut = true;
  const answered = client.pingPong(100_000);
  await sleep(5_000);
  link.isCut = false;
  const healed = performance.now();
  await answered;
  // The last packet is repeated every 250 ms; QUIC's own probe would come seconds later.
  expect(performance.now() - healed).toBeLessThan(1_000);
  expect(client.outcome).toBe("open");
  client.socket.destroy();
}, 20_000);

test.each(["a", "b"])(
  "a handshake whose first flight from %s is lost is not kept waiting for QUIC's own second",
  async (loser) => {
    const target = cleanup.add(await Target.listen(echo));
    const a = cleanup.add(
      new TestVertex({
        name: "a",
        paths: [{ name: "to-b", labels: [900] }],
        tunnels: [{ as: "user/alice", service: "web", path: 0 }],
      }),
    );
    const b = cleanup.add(
      new TestVertex({ name: "b", services: [{ name: "web", label: 900, target: target.address }] }),
    );
    const [link] = joinInRow(a, b);
    let lostUntil = Number.POSITIVE_INFINITY;
    link!.tap = (_, toB) => {
      if (toB !== (loser === "a")) return true;
      lostUntil = Math.min(lostUntil, performance.now() + 100);
      return performance.now() > lostUntil;
    };
    await b.start();
    await a.start();
    const started = performance.now();
    await warm(a);
    expect(performance.now() - started).toBeLessThan(900);
  },
);

test("an acceptor answers a first packet that is repeated, and not out of itself", async () => {
  const target = cleanup.add(await Target.listen(echo));
  const { b, link } = await pair(cleanup, target.address);
  let answered = 0;
  link.tap = (packet, toB) => {
    if (!toB && Buffer.compare(packet.subarray(4, 12), Buffer.alloc(8)) === 0) answered += packet.length;
    return true;
  };
  const quic = quicheEngine.connect(clientConfig(), new Uint8Array(0), performance.now());
  const packet = new Uint8Array(1_216);
  writeHeader(packet, 0, 0, 0, wordsOf([900]));
  expect(quic.pollTransmit(packet.subarray(16), performance.now())).toBe(1_200);
  link.inject(b, packet.slice());
  await sleep(100);
  const once = answered;
  expect(once).toBeGreaterThan(1_200);
  expect(once).toBeLessThanOrEqual(3 * 1_216);
  await sleep(500);
  expect(answered).toBe(once);
  link.inject(b, packet.slice());
  await sleep(50);
  expect(answered).toBe(2 * once);
});

test("a first link that comes back is used at once", async () => {
  const target = cleanup.add(await Target.listen(echo));
  const { a, link } = await pair(cleanup, target.address, { a: { limits: { repeatEveryMs: 60_000 } } });
  const client = new Client(a.port());
  await client.pingPong();
  link.isCut = true;
  const answered = client.pingPong();
  await sleep(1_500);
  link.isCut = false;
  const healed = performance.now();
  a.transport.handleLinkUp(0);
  await answered;
  expect(performance.now() - healed).toBeLessThan(150);
  client.socket.destroy();
});

test("a link that takes no packets is waited for, and nothing is lost", async () => {
  const target = cleanup.add(await Target.listen(echo));
  const { a, link } = await pair(cleanup, target.address);
  link.isWritable = false;
  const before = link.packets;
  const client = new Client(a.port());
  const answered = client.pingPong(10_000);
  await sleep(300);
  expect(link.packets).toBe(before);
  link.isWritable = true;
  a.transport.handleLinkWritable(0);
  await answered;
  client.socket.destroy();
});

test("an end that stays away is given up by both", async () => {
  const target = cleanup.add(await Target.listen(echo));
  const limits = { silenceMs: 1_000 };
  const { a, b, link } = await pair(cleanup, target.address, { a: { limits }, b: { limits } });
  const client = new Client(a.port());
  await client.pingPong();
  link.isCut = true;
  expect(await client.ended()).toBe("ECONNRESET");
  await eventually(() => b.transport.status().connections.length === 0);
  expect(target.sockets.size).toBe(0);
  expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason: "SILENT" });
  link.isCut = false;
  const later = new Client(a.port());
  await later.pingPong();
  later.socket.destroy();
});

describe("restarts", () => {
  test("of the service's vertex: streams are reset within two seconds, and new ones work", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const { a, b } = await pair(cleanup, target.address);
    const idle = new Client(a.port());
    await idle.pingPong();
    b.kill();
    await sleep(300);
    expect(idle.outcome).toBe("open");
    const restarted = performance.now();
    await b.start();
    expect(await idle.ended()).toBe("ECONNRESET");
    expect(performance.now() - restarted).toBeLessThan(2_000);
    const later = new Client(a.port());
    await later.pingPong();
    expect(performance.now() - restarted).toBeLessThan(2_500);
    later.socket.destroy();
    expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ cause: "reset" });
  });

  test("of the originator's vertex: its servers see a reset within two seconds", async () => {
    let error = "";
    const target = cleanup.add(
      await Target.listen((socket) => {
        socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code!));
        echo(socket);
      }),
    );
    const { a, b } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    await client.pingPong();
    a.kill();
    await sleep(200);
    expect(error).toBe("");
    const restarted = performance.now();
    await a.start();
    await eventually(() => error !== "");
    expect(error).toBe("ECONNRESET");
    expect(performance.now() - restarted).toBeLessThan(2_000);
    await eventually(
      () => b.transport.status().connections.filter(({ state }) => state === "established").length === 1,
    );
  });

  test("of one originator leave another of the same principal alone", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const alice = issue("user/alice");
    const options = {
      paths: [{ name: "to-b", labels: [900] }],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
      credentials: { "user/alice": alice },
    };
    const a = cleanup.add(new TestVertex({ name: "a", ...options }));
    const c = cleanup.add(new TestVertex({ name: "c", ...options }));
    const b = cleanup.add(
      new TestVertex({ name: "b", services: [{ name: "web", label: 900, target: target.address }] }),
    );
    joinInRow(a, b);
    joinInRow(c, b);
    for (const vertex of [b, a, c]) await vertex.start();
    await Promise.all([warm(a), warm(c)]);
    const client = new Client(a.port());
    await client.pingPong();
    c.kill();
    await c.start();
    await eventually(() => c.events.filter(({ code }) => code === "TRANSPORT_UP").length === 2);
    await client.pingPong();
    expect(client.outcome).toBe("open");
    client.socket.destroy();
  });

  test("a service that is down when its clients start is found when it comes", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const a = cleanup.add(
      new TestVertex({
        name: "a",
        paths: [{ name: "to-b", labels: [900] }],
        tunnels: [{ as: "user/alice", service: "web", path: 0 }],
      }),
    );
    const b = cleanup.add(
      new TestVertex({ name: "b", services: [{ name: "web", label: 900, target: target.address }] }),
    );
    joinInRow(a, b);
    await a.start();
    await sleep(1_000);
    const client = new Client(a.port());
    await sleep(500);
    await b.start();
    expect(await client.pingPong()).toBeLessThan(1_500);
    client.socket.destroy();
  });
});

function clientConfig(): QuicConfig {
  return {
    credentials: issue("user/alice"),
    applicationProtocol,
    idleTimeoutMs: 0,
    receivePayloadMax: 1_200,
    sendPayloadMax: 1_200,
    streams: { connectionWindow, streamWindow: 65_536, streamWindowMax: 65_536, bidirectionalMax: 0 },
    congestionControl: "cubic",
  };
}
