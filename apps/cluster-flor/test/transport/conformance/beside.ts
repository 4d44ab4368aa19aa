/** A connection whose streams are used up gets others beside it. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TRUNK_CONNECTIONS_MAX } from "../../../src/transport/limits.ts";
import { issue } from "../mesh/identities.ts";
import { type PairOptions, pair, type TestVertex } from "../mesh/mesh.ts";
import { echoDatagrams, UdpClient } from "../mesh/udp-workloads.ts";
import { Client, echo, sha256, Target } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

/** The control stream is one of these. */
const STREAMS_MAX = 5;
const scarce = { b: { limits: { streamsOpenMax: STREAMS_MAX } } };

const rows = (vertex: TestVertex) => vertex.transport.status().connections;
const established = (vertex: TestVertex) => rows(vertex).filter(({ state }) => state === "established");
/** Open streams of each connection, the oldest connection first. */
const streams = (vertex: TestVertex) => established(vertex).map(({ streamsOpen }) => streamsOpen);
const lastBytes = (vertex: TestVertex) => new Set(rows(vertex).map(({ id }) => id.slice(-2)));

export const beside: Suite = describeInWorlds("a connection whose streams are used up", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  async function meet(options: PairOptions = scarce) {
    return await pair(world, (await Target.listen(world, echo)).address, options);
  }

  /** Waits until so many streams are open: figures of the data thread may be those of a moment ago. */
  async function areOpen(a: TestVertex, count: number): Promise<void> {
    await world.until(() => streams(a).reduce((sum, open) => sum + open, 0) === count);
  }

  async function connect(a: TestVertex, count: number): Promise<Client[]> {
    const clients = Array.from({ length: count }, () => new Client(world, a.port()));
    await Promise.all(clients.map((client) => client.pingPong()));
    return clients;
  }

  test("gets others beside it: all are served, and the older ones take new streams first", async () => {
    const { a, b } = await meet();
    const clients = await connect(a, 10);
    await areOpen(a, 10);
    expect(streams(a)).toEqual([4, 4, 2]);
    expect(a.transport.status().tunnels[0]).toMatchObject({
      connections: { open: 10, total: 10, refused: {}, cut: {} },
      connectionsBeside: 2,
    });
    const said = randomBytes(300_000);
    for (const client of clients) client.socket.end(said);
    for (const client of clients) {
      expect(await client.ended()).toBe("end");
      expect(client.received).toBe(64 + said.length);
      expect(client.hash.digest("hex")).toBe(sha256(Buffer.concat([Buffer.alloc(64, 0x5a), said])));
    }
    await areOpen(a, 0);
    // The acceptor's credit for the first connection may still be on its way.
    for (let more = 1; more <= 8 && streams(a)[0] === 0; more++) {
      await world.sleep(50);
      await connect(a, 1);
      await areOpen(a, more);
    }
    expect(streams(a)[0]).toBe(1);
    for (const vertex of [a, b]) expect(vertex.events.map(({ code }) => code)).not.toContain("TRANSPORT_DOWN");
  });

  test("shares its place in the queues of links with them", async () => {
    const { a, b } = await meet();
    await connect(a, 10);
    expect(rows(a)).toHaveLength(3);
    expect(new Set(rows(a).map(({ id }) => id)).size).toBe(3);
    expect(lastBytes(a).size).toBe(1);
    expect(lastBytes(b)).toEqual(lastBytes(a));
  });

  test("is told of as pressure: in the status and the log, and as no refusal", async () => {
    const { a } = await meet();
    expect(a.transport.status().tunnels[0]).toMatchObject({ connectionsBeside: 0, streamsUsedUp: 0 });
    await connect(a, 5);
    const [tunnel] = a.transport.status().tunnels;
    expect(tunnel).toMatchObject({ connectionsBeside: 1, streamsUsedUp: 1, unreached: "", text: "" });
    const told = a.events.filter(({ code }) => code === "STREAMS_USED_UP");
    expect(told).toMatchObject([{ service: "web", connections: 1 }]);
    expect(a.events.map(({ code }) => code)).not.toContain("STREAM_REFUSED");
  });

  test("has at most three beside it: then workloads wait for room, and are refused when they have waited", async () => {
    const tunnels = [{ as: "user/alice", service: "web", path: 0, connectWaitMs: 4_000 }];
    const { a } = await meet({ ...scarce, a: { tunnels } });
    const most = TRUNK_CONNECTIONS_MAX * (STREAMS_MAX - 1);
    const clients = await connect(a, most);
    await areOpen(a, most);
    expect(streams(a)).toEqual([4, 4, 4, 4]);
    const patient = new Client(world, a.port());
    const answered = patient.pingPong();
    await world.until(() => a.transport.status().tunnels[0]!.streamsUsedUp >= TRUNK_CONNECTIONS_MAX);
    for (const client of clients.splice(0, STREAMS_MAX - 1)) client.socket.end();
    await answered;
    const usedUp = () => a.transport.status().tunnels[0]!.streamsUsedUp;
    const before = usedUp();
    let late = new Client(world, a.port());
    for (let opened = 1; opened < STREAMS_MAX; opened++) {
      const newest = late;
      void newest.pingPong();
      await world.until(() => newest.received > 0 || usedUp() > before);
      if (newest.received === 0) break;
      late = new Client(world, a.port());
    }
    expect(await late.ended()).toBe("ECONNRESET");
    expect(late.closedAt - late.connectedAt).toBeGreaterThanOrEqual(3_900);
    expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({ STREAM_LIMIT: 1 });
    const refusal = () => a.events.find(({ code }) => code === "STREAM_REFUSED");
    await world.until(() => refusal() !== undefined);
    expect(refusal()).toMatchObject({ reason: "STREAM_LIMIT" });
    expect(rows(a)).toHaveLength(TRUNK_CONNECTIONS_MAX);
  });

  test("serves whoever waits before those that come when room comes", async () => {
    const { a } = await meet({ b: { limits: { streamsOpenMax: STREAMS_MAX, acceptedPerPrincipalMax: 1 } } });
    let open = await connect(a, STREAMS_MAX - 1);
    for (let round = 0; round < 8; round++) {
      const answered: string[] = [];
      const come = (name: string): Client => {
        const client = new Client(world, a.port());
        void client.pingPong().then(() => answered.push(name));
        return client;
      };
      const old = Array.from({ length: STREAMS_MAX - 1 }, () => come("old"));
      await world.until(() => old.every(({ connectedAt }) => connectedAt > 0));
      await world.sleep(20);
      for (const client of open) client.socket.end();
      const young: Client[] = [];
      for (let count = 0; count < STREAMS_MAX - 1; count++) {
        young.push(come("young"));
        await world.sleep(1);
      }
      await world.until(() => answered.length >= old.length);
      expect(answered.slice(0, old.length)).toEqual(old.map(() => "old"));
      for (const client of old) client.socket.end();
      await world.until(() => answered.length === old.length + young.length);
      open = young;
    }
    expect(a.transport.status().tunnels[0]!.connections).toMatchObject({ refused: {}, cut: {} });
  });

  test("and those beside it drain when there is a successor", async () => {
    const { a } = await meet();
    const clients = await connect(a, 6);
    a.transport.handleCredentials("user/alice", issue("user/alice"));
    await world.until(() => rows(a).filter(({ state }) => state === "draining").length === 2);
    expect(streams(a)).toEqual([0]);
    await Promise.all(clients.map((client) => client.pingPong()));
    const [more] = await connect(a, 1);
    await world.until(() => streams(a)[0] === 1);
    for (const client of [...clients, more!]) client.socket.end();
    await world.until(() => rows(a).length === 1);
  });

  test("and those beside it end with a vertex that stops", async () => {
    const { a, b } = await meet();
    const clients = await connect(a, 6);
    for (const client of clients) client.socket.end();
    await a.stop();
    await world.until(() => rows(b).length === 0);
    expect(b.events.map(({ code }) => code)).not.toContain("TRANSPORT_REFUSED");
  });

  test("has flows of datagrams wait for the next one as well", async () => {
    const { socket } = await echoDatagrams(world);
    const target = { kind: "udp", host: "127.0.0.1", port: socket.port } as const;
    const listen = { kind: "udp", host: "127.0.0.1", port: 0 } as const;
    const { a } = await pair(world, target, {
      a: { tunnels: [{ as: "user/alice", service: "web", path: 0, listen }] },
      b: { services: [{ name: "web", label: 900, target }], limits: { streamsOpenMax: STREAMS_MAX } },
    });
    const clients = await Promise.all(Array.from({ length: 6 }, () => UdpClient.open(world, a.port())));
    for (const client of clients) client.send("?");
    await world.until(() => clients.every(({ received }) => received.length > 0));
    await areOpen(a, 6);
    expect(streams(a)).toEqual([4, 2]);
    expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({});
  });
});
