/** A running vertex takes another config. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { TestVertex, joinInRow, warm } from "../mesh/mesh.ts";
import { OwnFlowTalker, OwnTalker, ownAccounts } from "../mesh/own-workloads.ts";
import { Client, Target, echo, sha256 } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const SIZE = 2_000_000;
export const toWeb = { as: "user/alice", service: "web", path: 0 };
/** A path that leads nowhere yet. */
const unled = { name: "auto:web", link: undefined, labels: [0], mtu: undefined, problem: "no host of it is known" };
export const toDb = { as: "user/alice", service: "db", path: 0 };

/** Vertices a and b share a link, and a way over c exists. Service db is labelled 901 on b. */
export async function scene(world: TransportWorld) {
  const [web, db] = [await Target.listen(world, echo), await Target.listen(world, echo)];
  const services = [
    { name: "web", label: 900, target: web.address },
    { name: "db", label: 901, target: db.address },
  ];
  const paths = [
    { name: "to-web", labels: [900] },
    { name: "to-db", labels: [901] },
  ];
  const a = new TestVertex(world, { name: "a", paths, tunnels: [toWeb] });
  const c = new TestVertex(world, { name: "c", transit: [[0, 1]] });
  const b = new TestVertex(world, { name: "b", services });
  const [direct] = joinInRow(world, a, b);
  const over = joinInRow(world, a, c, b);
  for (const vertex of [b, c, a]) await vertex.start();
  await warm(world, a);
  return { a, b, c, web, db, services, paths, direct: direct!, over };
}

/** Sends bytes that come back while `meanwhile` happens; none of them is lost or doubled. */
export async function carries(world: TransportWorld, client: Client, meanwhile: () => Promise<void>): Promise<void> {
  await client.pingPong();
  const bytes = randomBytes(SIZE);
  client.socket.write(bytes);
  await world.until(() => client.received > SIZE / 10);
  await meanwhile();
  await client.until(64 + SIZE);
  expect(client.hash.digest("hex")).toBe(sha256(Buffer.concat([Buffer.alloc(64, 0x5a), bytes])));
}

export const connections = ({ transport }: TestVertex): readonly { state: string; service: string }[] =>
  transport.status().connections;

export const otherConfig: Suite = describeInWorlds("another config", ({ open, isReal, within }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("adds tunnels and takes them away, beside streams that go on", async () => {
    const { a } = await scene(world);
    const client = new Client(world, a.port());
    await carries(world, client, async () => {
      await a.reconfigure({ tunnels: [toWeb, { ...toDb, path: 1 }] });
      const other = new Client(world, a.port(1));
      await other.pingPong();
      await a.reconfigure({ tunnels: [toWeb] });
      await other.pingPong();
      const refused = new Client(world, a.port(1));
      expect(await refused.ended()).toBe("ECONNREFUSED");
      other.socket.end();
      expect(await other.ended()).toBe("end");
    });
    expect(a.transport.status().tunnels).toMatchObject([{ service: "web", isListening: true }]);
    await world.until(() => connections(a).every(({ service }) => service === "web"), 10_000);
  });

  test("leads who waits while no host of a service was known, and streams of this process too", async () => {
    const { a, paths } = await scene(world);
    await a.reconfigure({ paths: [...paths, unled], tunnels: [{ ...toWeb, path: 2 }] });
    const client = new Client(world, a.port());
    const answered = client.pingPong();
    const [before, after] = [2, 0].map((path) => a.transport.join({ ...toWeb, path, trafficClass: 0 }).clients);
    const accounts = ownAccounts();
    let talker!: OwnTalker;
    before!.openOwn(accounts.streams, (stream) => (talker = new OwnTalker(stream, ["hello"])));
    let flow!: OwnFlowTalker;
    before!.openOwnFlow(accounts, (opened) => (flow = new OwnFlowTalker(opened)));
    await world.sleep(500);
    expect([client.received, talker.heard]).toEqual([0, []]);
    after!.addOwn(before!.takeOwn(accounts.streams));
    await world.until(() => talker.hasPeerEnded);
    expect(String(talker.received)).toBe("hello");
    // The service takes streams alone.
    await world.until(() => flow.reset !== undefined);
    expect(flow.reset).toMatchObject({ code: Code.wrongKind });
    await a.reconfigure({ tunnels: [toWeb] });
    await answered;
  });

  test("pins keys: connections of other keys end at once, and the others go on", async () => {
    const { a, b } = await scene(world);
    await a.reconfigure({ tunnels: [toWeb, { ...toDb, path: 1 }] });
    const [web, db] = [new Client(world, a.port()), new Client(world, a.port(1))];
    await db.pingPong();
    await carries(world, web, async () => {
      const keys = new Map([
        ["service/web", new Set([b.credentialsOf("service/web").keyHash])],
        ["service/db", new Set(["00".repeat(32)])],
      ]);
      await a.reconfigure({ pins: { keys, bindAll: false } });
      await db.pingPong();
      await a.reconfigure({ pins: { keys, bindAll: true } });
      expect(await db.ended()).toBe("ECONNRESET");
    });
    const downs = (vertex: TestVertex) => vertex.events.filter(({ code }) => code === "TRANSPORT_DOWN");
    await world.until(() => downs(b).length > 0);
    for (const { ["service"]: service, ["reason"]: reason } of [...downs(a), ...downs(b)])
      expect([service, reason]).toEqual(["db", "WRONG_KEY"]);
    expect(a.transport.status().tunnels.map(({ connections: { cut } }) => cut)).toEqual([{}, { WRONG_KEY: 1 }]);
  });

  test("leads a tunnel elsewhere: its listener and its streams stay, and new ones go there", async () => {
    const { a, web, db } = await scene(world);
    const client = new Client(world, a.port());
    await carries(world, client, async () => {
      const port = a.port();
      await a.reconfigure({ tunnels: [{ ...toDb, path: 1 }] });
      expect(a.port()).toBe(port);
      const next = new Client(world, port);
      await next.pingPong();
      expect([web.connections, db.connections]).toEqual([1, 1]);
    });
    client.socket.end();
    await client.ended();
    await world.until(() => connections(a).every(({ service }) => service === "db"), 10_000);
    expect(a.transport.status().tunnels).toMatchObject([{ service: "db", connections: { total: 2 } }]);
  });

  test("takes the connections of a path along when it goes another way", async () => {
    const { a, b, direct, over } = await scene(world);
    const client = new Client(world, a.port());
    await carries(world, client, async () => {
      await a.reconfigure({ paths: [{ name: "to-web", labels: [101, 900], link: 1 }] });
      direct.isCut = true;
      await world.until(() => client.received > SIZE / 2, 60_000);
      await a.reconfigure({ paths: [{ name: "to-web", labels: [900], link: 0, mtu: 1_400 }] });
      direct.isCut = false;
      over[1]!.isCut = true;
    });
    expect(b.transport.status().connections.filter(({ streamsOpen }) => streamsOpen > 0)).toMatchObject([
      { path: "l0 1" },
    ]);
    expect(client.outcome).toBe("open");
  });

  test("cuts who is on the list no more, and welcomes who is", async () => {
    const { a, b, services } = await scene(world);
    await a.reconfigure({ tunnels: [toWeb, { ...toDb, path: 1 }] });
    const [client, other] = [new Client(world, a.port()), new Client(world, a.port(1))];
    await Promise.all([client.pingPong(), other.pingPong()]);
    await b.reconfigure({ services: [{ ...services[0]!, allow: ["user/bob"] }, services[1]!] });
    expect(await client.ended()).toBe("ECONNRESET");
    expect(b.events).toContainEqual(
      expect.objectContaining({ code: "TRANSPORT_DOWN", reason: "NOT_ALLOWED", peer: "user/alice" }),
    );
    await other.pingPong();
    await world.sleep(isReal ? 100 : 60_000);
    expect(await new Client(world, a.port()).ended()).toBe("ECONNRESET");
    await b.reconfigure({ services });
    await a.reconfigure({});
    await world.until(() => connections(a).filter(({ state }) => state === "established").length === 2, within(1_500));
    await new Client(world, a.port()).pingPong();
    await other.pingPong();
  });

  test("leads new streams of a service to its new target, and tells that who has connected", async () => {
    const { a, b, web, db, services } = await scene(world);
    const client = new Client(world, a.port());
    await client.pingPong();
    await b.reconfigure({ services: [{ ...services[0]!, target: db.address, tellsPrincipal: true }, services[1]!] });
    await client.pingPong();
    const next = new Client(world, a.port());
    next.socket.write("!");
    await next.until(20);
    expect([web.connections, db.connections]).toEqual([1, 1]);
    expect(next.received).toBeGreaterThan(20);
  });

  test("has successors made of connections that have had more than the new share", async () => {
    const { a } = await scene(world);
    for (let streams = 0; streams < 3; streams++) await new Client(world, a.port()).pingPong();
    await a.reconfigure({ limits: { streamsPerConnection: 2 } });
    await new Client(world, a.port()).pingPong();
    await world.until(() => connections(a).length === 2);
  });
});
