/** Datagrams of clients go to their service's target and back, over the end-to-end connection of their tunnel. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DatagramCounts } from "../../../src/transport/datagrams/flow-account.ts";
import { DATAGRAM_SIZE_MAX, FLOWS_MAX } from "../../../src/transport/datagrams/limits.ts";
import type { StreamCounts } from "../../../src/transport/streams/stream-account.ts";
import { encodeOpen, OpenKind } from "../../../src/transport/messages.ts";
import { HostileOriginator } from "../mesh/hostile-originator.ts";
import { issue } from "../mesh/identities.ts";
import { datagramPair, echoDatagrams, UdpClient } from "../mesh/udp-workloads.ts";
import { pair } from "../mesh/mesh.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

const openFlow = encodeOpen({ trafficClass: 0, kind: OpenKind.datagrams, asksTaken: false });

// A system may keep to itself that nobody listens on a port (its rate of ICMP has a limit), and minutes pass in virtual time alone.
describe("datagrams, in virtual time alone,", () => {
  let world: VirtualWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

  test("that are larger than UDP over IPv4 has them are dropped where they come in", async () => {
    const { socket } = await echoDatagrams(world);
    const { a } = await datagramPair(world, socket.port);
    const client = await UdpClient.open(world, a.port());
    for (const size of [DATAGRAM_SIZE_MAX + 1, 1]) client.send(Buffer.alloc(size));
    await world.until(() => client.received.length > 0);
    expect(client.received.map(({ length }) => length)).toEqual([1]);
    expect(a.transport.status().tunnels[0]!.datagrams).toMatchObject({
      sent: { datagrams: 1 },
      drops: { malformed: 1 },
    });
  });

  test("to a target that is not there reset their flow, and the client's next one tries again", async () => {
    const { socket } = await echoDatagrams(world);
    const { port } = socket;
    socket.close();
    const { a, b } = await datagramPair(world, port);
    const client = await UdpClient.open(world, a.port());
    client.send("?");
    const ends = (): StreamCounts[] => [
      a.transport.status().tunnels[0]!.connections,
      b.transport.status().services[0]!.connections,
    ];
    await world.until(() => ends().every(({ open, total }) => open === 0 && total === 1));
    expect(ends()[1]).toEqual({ open: 0, total: 1, refused: {}, cut: { TARGET_DOWN: 1 } });
    client.send("too soon");
    await world.until(() => a.transport.status().tunnels[0]!.datagrams!.drops["refused"] === 1);
    await world.datagramSocket(() => {}, port);
    await world.sleep(1_100);
    client.send("again");
    await world.until(() => ends().every(({ open, total }) => open === 1 && total === 2));
  });

  test("that are the first wait for the connection", async () => {
    const { socket } = await echoDatagrams(world);
    const target = { kind: "udp", host: "127.0.0.1", port: socket.port } as const;
    const listen = { kind: "udp", host: "127.0.0.1", port: 0 } as const;
    const { a } = await pair(world, target, {
      a: { tunnels: [{ as: "user/alice", service: "web", path: 0, listen }] },
      b: { services: [{ name: "web", label: 900, target }] },
      isCold: true,
    });
    const client = await UdpClient.open(world, a.port());
    for (let index = 0; index < 17; index++) client.send(String(index));
    await world.until(() => client.received.length === 16);
    expect(client.received.map(String)).toEqual(Array.from({ length: 16 }, (_, index) => String(index)));
    expect(a.transport.status().tunnels[0]!.datagrams!.drops["noRoom"]).toBe(1);
  });

  test("end their flow when none has come for long, and the next one begins another", async () => {
    const { socket } = await echoDatagrams(world);
    const { a, b } = await datagramPair(world, socket.port, 10_000);
    const client = await UdpClient.open(world, a.port());
    client.send("one");
    await world.sleep(9_000);
    client.send("two");
    await world.sleep(9_000);
    expect(b.transport.status().services[0]!.connections).toMatchObject({ open: 1, total: 1 });
    await world.sleep(2_000);
    for (const { connections } of [a.transport.status().tunnels[0]!, b.transport.status().services[0]!]) {
      expect(connections).toEqual({ open: 0, total: 1, refused: {}, cut: {} });
    }
    expect(b.transport.status().services[0]!.datagrams!.ended).toEqual({ idle: 1, room: 0 });
    client.send("three");
    await world.until(() => client.received.length === 3);
    expect(a.transport.status().tunnels[0]!.connections).toMatchObject({ open: 1, total: 2 });
  });

  test("of one address that takes all places cost others nothing, and whoever was silent for longest goes", async () => {
    const { socket } = await echoDatagrams(world);
    const { a, b } = await datagramPair(world, socket.port);
    const others = [0, 1, 2].map((index) => UdpClient.open(world, a.port(), `127.0.0.${index + 2}`));
    for (const other of await Promise.all(others)) {
      other.send("I am here");
      await world.until(() => other.received.length === 1);
    }
    const first = await UdpClient.open(world, a.port());
    first.send("first");
    for (let index = 0; index < FLOWS_MAX + 96; index++) {
      (await UdpClient.open(world, a.port())).send("?");
      if (index % 64 === 63) await world.sleep(10);
    }
    const counts = (): readonly DatagramCounts[] => [
      a.transport.status().tunnels[0]!.datagrams!,
      b.transport.status().services[0]!.datagrams!,
    ];
    const streams = (): readonly StreamCounts[] => [
      a.transport.status().tunnels[0]!.connections,
      b.transport.status().services[0]!.connections,
    ];
    await world.until(() => streams().every(({ open, total }) => open === FLOWS_MAX && total === FLOWS_MAX + 100));
    expect(counts()[0]!.ended).toEqual({ idle: 0, room: 100 });
    for (const each of streams()) expect(each).toMatchObject({ refused: {}, cut: {} });
    for (const other of await Promise.all(others)) {
      other.send("I am still here");
      await world.until(() => other.received.length === 2);
    }
    expect(streams()[1]!.total).toBe(FLOWS_MAX + 100);
    first.send("again");
    await world.until(() => first.received.length === 2);
    expect(streams()[1]!.total).toBe(FLOWS_MAX + 101);
  });

  test("of a hostile originator: what is none, is for no flow, or is never whole costs little, and others nothing", async () => {
    const { socket } = await echoDatagrams(world);
    const { a, b, link } = await datagramPair(world, socket.port);
    const hostile = new HostileOriginator(world, link, b, issue("user/alice"));
    await hostile.greet();
    const account = (): DatagramCounts => b.transport.status().services[0]!.datagrams!;
    await world.until(() => hostile.quic.datagramSizeMax() > 0);
    const say = (hex: string): void => void hostile.quic.sendDatagram(Buffer.from(hex, "hex"));
    for (const hex of ["", "01", "0102", "010100000001"]) say(hex);
    hostile.turn();
    await world.until(() => account().drops["malformed"]! >= 3);
    for (let flow = 0; flow < 20; flow++) say(`3f0000`);
    hostile.turn();
    await world.until(() => account().drops["unknownFlow"] === 4);
    await world.until(() => account().drops["unknownFlow"] === 20);
    const [stream] = await hostile.openAll(1, openFlow);
    const flow = (stream! / 4).toString(16).padStart(2, "0");
    for (let number = 0; number < 30; number++) say(`${flow}01${number.toString(16).padStart(4, "0")}00ff61`);
    hostile.turn();
    await world.until(() => account().drops["unfinished"] === 26);
    await world.until(() => account().drops["unfinished"] === 30);
    hostile.say(stream!, Buffer.from("words"));
    await world.until(() => b.transport.status().services[0]!.connections.cut["MALFORMED"] === 1);
    const client = await UdpClient.open(world, a.port());
    client.send("?");
    await world.until(() => client.received.length === 1);
    hostile.quic.close(0, "");
    hostile.turn();
    await world.until(() => b.transport.status().connections.length === 1);
    expect(b.transport.bytesHeld).toBeLessThan(20_000);
  });
});
