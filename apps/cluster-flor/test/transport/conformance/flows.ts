/** Datagrams of clients go to their service's target and back, over the end-to-end connection of their tunnel. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DATAGRAM_SIZE_MAX } from "../../../src/transport/datagrams/limits.ts";
import { datagramPair, echoDatagrams, UdpClient } from "../mesh/udp-workloads.ts";
import { pair, type TestVertex } from "../mesh/mesh.ts";
import { Client } from "../mesh/workloads.ts";
import { every, type TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

export const flows: Suite = describeInWorlds("datagrams", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test.each([0, 1, 1_200, 4_000, DATAGRAM_SIZE_MAX])("of %d bytes go there and come back", async (size) => {
    const { socket } = await echoDatagrams(world);
    const { a, b } = await datagramPair(world, socket.port);
    const client = await UdpClient.open(world, a.port());
    const said = randomBytes(size);
    client.send(said);
    await world.until(() => client.received.length > 0);
    expect(client.received[0]!.equals(said)).toBe(true);
    // A datagram may be with its client before it is counted.
    const ends = () => [a.transport.status().tunnels[0], b.transport.status().services[0]] as const;
    const isCounted = (end: ReturnType<typeof ends>[number]): boolean =>
      end?.datagrams?.sent.datagrams === 1 && end.datagrams.received.datagrams === 1;
    await world.until(() => ends().every(isCounted));
    const [tunnel, service] = ends();
    const traffic = { sent: { datagrams: 1, bytes: size }, received: { datagrams: 1, bytes: size } };
    expect(tunnel).toMatchObject({ connections: { open: 1, total: 1 }, datagrams: traffic });
    expect(service).toMatchObject({ connections: { open: 1, total: 1 }, datagrams: traffic });
    for (const drops of [tunnel!.datagrams!.drops, service!.datagrams!.drops]) {
      expect(new Set(Object.values(drops))).toEqual(new Set([0]));
    }
  });

  test("of two clients get answers of their own, each by one socket of the service", async () => {
    const { socket, askers } = await echoDatagrams(world, "re: ");
    const { a } = await datagramPair(world, socket.port);
    const clients = [await UdpClient.open(world, a.port()), await UdpClient.open(world, a.port())];
    for (const word of ["one", "two"]) clients.forEach((client, index) => client.send(`${index} ${word}`));
    await world.until(() => clients.every(({ received }) => received.length === 2));
    expect(clients.map(({ received }) => received.map(String))).toEqual([
      ["re: 0 one", "re: 0 two"],
      ["re: 1 one", "re: 1 two"],
    ]);
    expect(new Set(askers.map(({ port }) => port)).size).toBe(2);
  });

  test("of many clients that come at once arrive", async () => {
    const { socket } = await echoDatagrams(world);
    const { a } = await datagramPair(world, socket.port);
    const clients = await Promise.all(Array.from({ length: 150 }, () => UdpClient.open(world, a.port())));
    // Clients without an answer ask again, as is usual with datagrams: a busy machine drops datagrams that have waited for too long.
    const ask = (): void =>
      clients.filter(({ received }) => received.length === 0).forEach((client) => client.send("?"));
    ask();
    const stop = every(world, 1_000, ask);
    await world.until(() => clients.every(({ received }) => received.length > 0));
    stop();
  });

  test("to a service of streams are refused, and streams to one of datagrams, too", async () => {
    const { socket } = await echoDatagrams(world);
    const target = { kind: "udp", host: "127.0.0.1", port: socket.port } as const;
    const tcp = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
    const udp = { kind: "udp", host: "127.0.0.1", port: 0 } as const;
    const { a, b } = await pair(world, target, {
      a: {
        paths: [
          { name: "to dns", labels: [900] },
          { name: "to web", labels: [901] },
        ],
        tunnels: [
          { as: "user/alice", service: "dns", path: 0 },
          { as: "user/alice", service: "web", path: 1, listen: udp },
        ],
      },
      b: {
        services: [
          { name: "dns", label: 900, target },
          { name: "web", label: 901, target: tcp },
        ],
      },
    });
    const stream = new Client(world, a.port(0));
    expect(await stream.ended()).toBe("ECONNRESET");
    const client = await UdpClient.open(world, a.port(1));
    client.send("?");
    const refused = (vertex: TestVertex): unknown => {
      const { tunnels, services } = vertex.transport.status();
      return [...tunnels, ...services].map(({ connections }) => connections.refused["WRONG_KIND"]);
    };
    await world.until(() => JSON.stringify(refused(a)) === "[1,1]");
    expect(refused(b)).toEqual([1, 1]);
  });

  test.each([1, 40])("of an outage do not come when it is over, %d at a time", async (burst) => {
    const { socket } = await echoDatagrams(world);
    const { a, link } = await datagramPair(world, socket.port);
    const client = await UdpClient.open(world, a.port());
    client.send("before");
    await world.until(() => client.received.length === 1);
    link.isCut = true;
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < burst; i++) client.send(Buffer.alloc(1_000, "old"));
      await world.sleep(round < 10 ? 5 : 50);
    }
    // The last datagrams are too old for anybody by then. Steps help where this process is held up: the vertex has read all of them before
    // the last step.
    for (let step = 0; step < 60; step++) await world.sleep(10);
    link.isCut = false;
    const stop = every(world, 20, () => client.send("new"));
    await world.until(() => client.received.length > 1);
    stop();
    expect(String(client.received[1])).toBe("new");
    await world.sleep(200);
    expect(new Set(client.received.slice(1).map(String))).toEqual(new Set(["new"]));
  });

  test("of a lost connection find the next one", async () => {
    const { socket } = await echoDatagrams(world);
    const { a, b } = await datagramPair(world, socket.port);
    const client = await UdpClient.open(world, a.port());
    client.send("one");
    await world.until(() => client.received.length === 1);
    b.kill();
    await b.start();
    const isBack = (): boolean => {
      client.send("two");
      return client.received.length > 1;
    };
    await world.until(isBack, 30_000);
    expect(String(client.received[1])).toBe("two");
  });

  test("end with their vertex, which does not wait for them", async () => {
    const { socket } = await echoDatagrams(world);
    const { a, b } = await datagramPair(world, socket.port);
    const client = await UdpClient.open(world, a.port());
    client.send("?");
    await world.until(() => client.received.length === 1);
    const startedAt = world.now;
    await b.stop(60_000);
    await a.stop(60_000);
    expect(world.now - startedAt).toBeLessThan(30_000);
  });
});
