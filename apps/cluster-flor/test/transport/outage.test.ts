/** Links that lose, hold back or are cut. */
import { wordsOf, writeHeader } from "@florenetes/forwarding";
import type { QuicConfig } from "@florenetes/quic";
import { afterEach, beforeEach, expect, test } from "vitest";
import { APPLICATION_PROTOCOL, CONNECTION_WINDOW } from "../../src/transport/limits.ts";
import { issue } from "./mesh/identities.ts";
import { pair, pairAtRest, warm } from "./mesh/mesh.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import type { TransportWorld } from "./worlds/world.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

test("a stream goes on at once after a cut of five seconds", async () => {
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address);
  const client = new Client(world, a.port());
  await client.pingPong();
  link.isCut = true;
  const answered = client.pingPong(100_000);
  await world.sleep(5_000);
  link.isCut = false;
  const healed = world.now;
  await answered;
  // The last packet is repeated every 100 ms; QUIC's own probe would come seconds later.
  expect(world.now - healed).toBeLessThan(1_000);
  expect(client.outcome).toBe("open");
  client.socket.destroy();
}, 20_000);

test.each(["a", "b"])(
  "a handshake whose first flight from %s is lost is not kept waiting for QUIC's own second",
  async (loser) => {
    const target = await Target.listen(world, echo);
    const { a, b, link } = pairAtRest(world, target.address);
    let lostUntil = Number.POSITIVE_INFINITY;
    link.tap = (_, toB) => {
      if (toB !== (loser === "a")) return true;
      lostUntil = Math.min(lostUntil, world.now + 100);
      return world.now > lostUntil;
    };
    await b.start();
    await a.start();
    const started = world.now;
    await warm(world, a);
    expect(world.now - started).toBeLessThan(900);
  },
);

test("an acceptor answers a first packet that is repeated, and not out of itself", async () => {
  const target = await Target.listen(world, echo);
  const { b, link } = await pair(world, target.address);
  let answered = 0;
  link.tap = (packet, toB) => {
    if (!toB && Buffer.compare(packet.subarray(4, 12), Buffer.alloc(8)) === 0) answered += packet.length;
    return true;
  };
  const quic = world.engine.connect(clientConfig(), new Uint8Array(0), world.now);
  const packet = new Uint8Array(1_216);
  writeHeader(packet, 0, 0, 0, wordsOf([900]));
  expect(quic.pollTransmit(packet.subarray(16), world.now)).toBe(1_200);
  link.inject(b, packet.slice());
  await world.sleep(100);
  const once = answered;
  expect(once).toBeGreaterThan(1_200);
  expect(once).toBeLessThanOrEqual(3 * 1_216);
  await world.sleep(500);
  expect(answered).toBe(once);
  link.inject(b, packet.slice());
  await world.sleep(50);
  expect(answered).toBe(2 * once);
});

test("a first link that comes back is used at once", async () => {
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address, { a: { limits: { repeatEveryMs: 60_000 } } });
  const client = new Client(world, a.port());
  await client.pingPong();
  link.isCut = true;
  const answered = client.pingPong();
  await world.sleep(1_500);
  link.isCut = false;
  const healed = world.now;
  a.transport.handleLinkUp(0);
  await answered;
  expect(world.now - healed).toBeLessThan(150);
  client.socket.destroy();
});

test("a link that takes no packets is waited for, and nothing is lost", async () => {
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address);
  link.isWritable = false;
  const before = link.packets;
  const client = new Client(world, a.port());
  const answered = client.pingPong(10_000);
  await world.sleep(300);
  expect(link.packets).toBe(before);
  link.isWritable = true;
  const freed = world.now;
  a.transport.handleLinkWritable(0);
  await answered;
  // QUIC's timers alone would find out after a while.
  expect(world.now - freed).toBeLessThan(10);
  client.socket.destroy();
});

test("an end that stays away is given up by both", async () => {
  const target = await Target.listen(world, echo);
  const limits = { silenceMs: 1_000 };
  const { a, b, link } = await pair(world, target.address, { a: { limits }, b: { limits } });
  const client = new Client(world, a.port());
  await client.pingPong();
  link.isCut = true;
  expect(await client.ended()).toBe("ECONNRESET");
  await world.until(() => b.transport.status().connections.length === 0);
  expect(target.sockets.size).toBe(0);
  expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason: "SILENT" });
  link.isCut = false;
  const later = new Client(world, a.port());
  await later.pingPong();
  later.socket.destroy();
});

function clientConfig(): QuicConfig {
  return {
    credentials: issue("user/alice"),
    applicationProtocol: APPLICATION_PROTOCOL,
    idleTimeoutMs: 0,
    receivePayloadMax: 1_200,
    sendPayloadMax: 1_200,
    streams: {
      connectionWindow: CONNECTION_WINDOW,
      streamWindow: 65_536,
      streamWindowMax: 65_536,
      bidirectionalMax: 0,
    },
    congestionControl: "cubic",
  };
}
