/** Tunnels whose datagrams are not cut: what no packet has room for is dropped, and how much that is does not follow the path's losses. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { UNCUT_PACKET_MAX } from "../../../src/transport/limits.ts";
import { encodeOpen, OpenKind } from "../../../src/transport/messages.ts";
import { isBesideQuic } from "../../../src/transport/paths/probe-message.ts";
import { HostileOriginator } from "../mesh/hostile-originator.ts";
import { issue } from "../mesh/identities.ts";
import type { TestLink } from "../mesh/mesh-link.ts";
import { datagramPair, echoDatagrams, UdpClient } from "../mesh/udp-workloads.ts";
import { joinInRow, TestVertex, warm } from "../mesh/mesh.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

/** The most bytes that QUIC and a flow need in a packet, beside the header. */
const OVERHEAD_MAX = 32;
const headerOfOne = 16;

interface Scene {
  readonly a: TestVertex;
  readonly b: TestVertex;
  readonly link: TestLink;
  readonly client: UdpClient;
  /** The largest packet of the connection that has passed. */
  readonly largest: { size: number };
}

/** A client, its tunnel, a link whose size is looked for unless the config says it, and a target that echoes. */
async function scene(mtu?: number): Promise<Scene> {
  const { socket } = await echoDatagrams(world);
  return await sceneWith(socket.port, mtu);
}

async function sceneWith(port: number, mtu?: number): Promise<Scene> {
  const target = { kind: "udp", host: "127.0.0.1", port } as const;
  const listen = { kind: "udp", host: "127.0.0.1", port: 0 } as const;
  const a = new TestVertex(world, {
    name: "a",
    paths: [{ name: "to-b", labels: [900], mtu }],
    tunnels: [{ as: "user/alice", service: "web", path: 0, listen, isUncut: true }],
  });
  const b = new TestVertex(world, { name: "b", services: [{ name: "web", label: 900, target, flowIdleMs: 10_000 }] });
  const [link] = joinInRow(world, a, b);
  const largest = { size: 0 };
  link!.tap = (packet) => {
    if (!isBesideQuic(packet.subarray(headerOfOne))) largest.size = Math.max(largest.size, packet.length);
    return true;
  };
  for (const vertex of [b, a]) {
    world.add(vertex);
    await vertex.start();
  }
  await warm(world, a);
  return { a, b, link: link!, client: await UdpClient.open(world, a.port()), largest };
}

/** Sends a datagram of each of these sizes, one after the other; returns the sizes that come back. */
async function echoed({ client }: Scene, sizes: readonly number[]): Promise<number[]> {
  for (const size of sizes) client.send(new Uint8Array(size));
  client.send("end");
  await world.until(() => client.received.at(-1)?.toString() === "end");
  return client.received.splice(0).flatMap((datagram) => (datagram.toString() === "end" ? [] : [datagram.length]));
}

const dropsOf = ({ a, b }: Scene): unknown[] =>
  [...a.transport.status().tunnels, ...b.transport.status().services].map(
    ({ datagrams }) => datagrams!.drops["tooLarge"],
  );
const ups = ({ a }: Scene): number => a.events.filter(({ code }) => code === "TRANSPORT_UP").length;

test("a datagram goes in one packet that Ethernet carries whole, or not at all", async () => {
  const all = await scene();
  const fitting = UNCUT_PACKET_MAX - headerOfOne - OVERHEAD_MAX;
  expect(await echoed(all, [0, fitting, UNCUT_PACKET_MAX, 65_507, 1])).toEqual([0, fitting, 1]);
  expect(dropsOf(all)).toEqual([2, 0]);
  // The path itself carries more, and connections that cut their datagrams use that.
  expect(all.a.transport.pathSize(0).mtu).toBe(8_192);
  expect(all.largest.size).toBeLessThanOrEqual(UNCUT_PACKET_MAX);
});

test("what the target answers is not cut either", async () => {
  const { socket, askers } = await echoDatagrams(world, "x".repeat(700));
  const { b, client } = await sceneWith(socket.port);
  client.send(new Uint8Array(600));
  await world.until(() => client.received.length === 1);
  client.send(new Uint8Array(720));
  await world.until(() => askers.length === 2);
  await world.until(() => b.transport.status().services[0]!.datagrams!.drops["tooLarge"] === 1);
  expect(client.received.length).toBe(1);
});

test("the largest datagram stays what it is while the path loses some of its size, and all of it for a while", async () => {
  const all = await scene();
  const fitting = UNCUT_PACKET_MAX - headerOfOne - OVERHEAD_MAX;
  all.link.preferredMtu = UNCUT_PACKET_MAX;
  all.a.transport.handleLinkSize(0);
  expect(all.a.transport.pathSize(0).mtu).toBe(UNCUT_PACKET_MAX);
  expect(await echoed(all, [fitting])).toEqual([fitting]);
  all.link.preferredMtu = 16_384;
  all.a.transport.handleLinkSize(0);
  await world.until(() => all.a.transport.pathSize(0).mtu === 8_192, 30_000);
  // After an outage the originator looks for the size of the path: it finds the whole size, beyond the part that this connection uses.
  all.link.isCut = true;
  all.client.send("lost");
  await world.sleep(1_000);
  all.link.isCut = false;
  for (let looks = 0; looks < 100; looks++) {
    await world.sleep(50);
    expect(all.a.transport.pathSize(0).mtu).toBe(8_192);
  }
  expect(await echoed(all, [fitting])).toEqual([fitting]);
  expect(ups(all)).toBe(1);
});

test("over a path that carries less, smaller datagrams go: a first packet of QUIC is among them", async () => {
  const all = await scene();
  Object.assign(all.link, { mtu: 1_280, preferredMtu: 1_280 });
  all.a.transport.handleLinkSize(0);
  await world.until(() => ups(all) === 2);
  expect(await echoed(all, [1_200, 1_280])).toEqual([1_200]);
});

test("what the config says of the path's size is taken as it is", async () => {
  const all = await scene(4_096);
  expect(await echoed(all, [4_000, 4_096])).toEqual([4_000]);
});

test("an originator that has said so and sends pieces all the same has them dropped", async () => {
  const { socket, askers } = await echoDatagrams(world);
  const { b, link } = await datagramPair(world, socket.port);
  const hostile = new HostileOriginator(world, link, b, issue("user/alice"));
  await hostile.greet({ isUncut: true });
  await world.until(() => hostile.quic.datagramSizeMax() > 0);
  const [stream] = await hostile.openAll(
    1,
    encodeOpen({ trafficClass: 0, kind: OpenKind.datagrams, asksTaken: false }),
  );
  for (const bytes of ["01000000017a", "01000001017a", "00"]) {
    hostile.quic.sendDatagram(Buffer.from(`${(stream! / 4).toString(16).padStart(2, "0")}${bytes}`, "hex"));
  }
  hostile.turn();
  await world.until(() => askers.length === 1);
  expect(b.transport.status().services[0]!.datagrams!.drops).toMatchObject({ malformed: 2, unfinished: 0 });
});
