/** Another config holds in a running vertex. */
import { randomBytes } from "node:crypto";
import { TrafficClass } from "@florenetes/forwarding";
import { OperatorError } from "@florenetes/operator-text";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestVertex, joinInRow, warm } from "./mesh/mesh.ts";
import { Client, Target, echo, sha256 } from "./mesh/workloads.ts";
import { everyWorld } from "./worlds/both-worlds.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";
import type { TransportWorld } from "./worlds/world.ts";

const SIZE = 2_000_000;
const toWeb = { as: "user/alice", service: "web", path: 0 };
const toDb = { as: "user/alice", service: "db", path: 0 };

let world: TransportWorld;
afterEach(() => world.close());

/** a and b share a link, and there is a way over c. Service db is labelled 901 on b. */
async function scene() {
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
async function carries(client: Client, meanwhile: () => Promise<void>): Promise<void> {
  await client.pingPong();
  const bytes = randomBytes(SIZE);
  client.socket.write(bytes);
  await world.until(() => client.received > SIZE / 10);
  await meanwhile();
  await client.until(64 + SIZE);
  expect(client.hash.digest("hex")).toBe(sha256(Buffer.concat([Buffer.alloc(64, 0x5a), bytes])));
}

const connections = ({ transport }: TestVertex): readonly { state: string; service: string }[] =>
  transport.status().connections;

describe("a label that is wrong, in virtual time,", () => {
  const SEEN_MS = 5_000;
  const isReachable = (vertex: TestVertex): boolean | null =>
    vertex.transport.reach.look(world.now)("to-web").isReachable;

  beforeEach(() => void (world = new VirtualWorld()));

  /** Returns how long that takes. */
  async function untilReachable(vertex: TestVertex, is: boolean): Promise<number> {
    const began = world.now;
    await world.until(() => isReachable(vertex) === is, 60_000);
    return world.now - began;
  }

  test("is seen at the origin within 5 s, whatever is heard from the far end, and so is the right one", async () => {
    const { a, c, b, web } = await scene();
    const pathWith = (label: number): Promise<void> =>
      a.reconfigure({ paths: [{ name: "to-web", labels: [101, label], link: 1, mtu: 1_280 }] });
    const serviceAt = (label: number): Promise<void> =>
      b.reconfigure({ services: [{ name: "web", label, target: web.address }] });
    await pathWith(900);
    await world.sleep(3_000);
    expect(isReachable(a)).toBe(true);
    const wrongs: readonly (readonly [what: string, wrong: () => Promise<void>, right: () => Promise<void>])[] = [
      // The far end still speaks to the origin, which hears it.
      ["a label of the path", () => pathWith(777), () => pathWith(900)],
      ["the label of the service", () => serviceAt(778), () => serviceAt(900)],
      ["a pair of links", () => c.reconfigure({ transit: [] }), () => c.reconfigure({ transit: [[0, 1]] })],
    ];
    for (const [what, wrong, right] of wrongs) {
      await wrong();
      expect(await untilReachable(a, false), what).toBeLessThan(SEEN_MS);
      await right();
      expect(await untilReachable(a, true), what).toBeLessThan(SEEN_MS);
    }
  });
});

describe.each(everyWorld)("another config, $where,", ({ open }) => {
  beforeEach(() => void (world = open()));

  test("adds tunnels and takes them away, beside streams that go on", async () => {
    const { a } = await scene();
    const client = new Client(world, a.port());
    await carries(client, async () => {
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

  test("leads a tunnel elsewhere: its listener and its streams stay, and new ones go there", async () => {
    const { a, web, db } = await scene();
    const client = new Client(world, a.port());
    await carries(client, async () => {
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
    const { a, b, direct, over } = await scene();
    const client = new Client(world, a.port());
    await carries(client, async () => {
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
});

describe("another config", () => {
  beforeEach(() => void (world = new VirtualWorld()));

  test("finds out anew how large packets of a path may be", async () => {
    const { a, direct, over } = await scene();
    await a.reconfigure({ paths: [{ name: "to-web", labels: [900], mtu: undefined }] });
    await world.until(() => a.transport.pathSize(0).mtu === 8_192);
    over[1]!.mtu = over[1]!.preferredMtu = 1_419;
    const client = new Client(world, a.port());
    await carries(client, async () => {
      await a.reconfigure({ paths: [{ name: "to-web", labels: [101, 900], link: 1, mtu: undefined }] });
      direct.isCut = true;
    });
    await world.until(() => a.transport.pathSize(0).origin !== "probing");
    expect(a.transport.pathSize(0).mtu).toBe(1_419);
  });

  test("tells whoever waits for the connection of one trunk to wait for that of another", async () => {
    const { a, direct, db } = await scene();
    await a.reconfigure({ tunnels: [toWeb, { as: "user/alice", service: "nowhere", path: 0 }] });
    direct.isCut = true;
    const waiting = new Client(world, a.port(1));
    waiting.socket.write("early");
    await world.sleep(1_000);
    await a.reconfigure({ tunnels: [toWeb, { ...toDb, path: 1 }] });
    direct.isCut = false;
    await waiting.until(5);
    expect([waiting.outcome, db.connections]).toEqual(["open", 1]);
  });

  test("cuts who is on the list no more, and welcomes who is", async () => {
    const { a, b, services } = await scene();
    await a.reconfigure({ tunnels: [toWeb, { ...toDb, path: 1 }] });
    const [client, other] = [new Client(world, a.port()), new Client(world, a.port(1))];
    await Promise.all([client.pingPong(), other.pingPong()]);
    await b.reconfigure({ services: [{ ...services[0]!, allow: ["user/bob"] }, services[1]!] });
    expect(await client.ended()).toBe("ECONNRESET");
    expect(b.events.at(-1)).toMatchObject({ code: "TRANSPORT_DOWN", reason: "NOT_ALLOWED", peer: "user/alice" });
    await other.pingPong();
    await world.sleep(60_000);
    expect(await new Client(world, a.port()).ended()).toBe("ECONNRESET");
    await b.reconfigure({ services });
    await a.reconfigure({});
    await world.until(() => connections(a).filter(({ state }) => state === "established").length === 2, 1_500);
    await new Client(world, a.port()).pingPong();
    await other.pingPong();
  });

  test("closes connections of a class that is not taken any more", async () => {
    const { a, b, services } = await scene();
    const classes = new Set<TrafficClass>([TrafficClass.bulk]);
    const client = new Client(world, a.port());
    await client.pingPong();
    await b.reconfigure({ services: [{ ...services[0]!, classes }, services[1]!] });
    expect(await client.ended()).toBe("ECONNRESET");
    expect(a.events.at(-1)).toMatchObject({ code: "TRANSPORT_DOWN", reason: "WRONG_CLASS" });
    await a.reconfigure({ tunnels: [{ ...toWeb, trafficClass: TrafficClass.bulk }] });
    await new Client(world, a.port()).pingPong();
  });

  test("leads new streams of a service to its new target, and tells that who has connected", async () => {
    const { a, b, web, db, services } = await scene();
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

  test("ends a service that is gone at once, and has a new one", async () => {
    const { a, b, services } = await scene();
    const client = new Client(world, a.port());
    await client.pingPong();
    await b.reconfigure({ services: [undefined, services[1]!, { ...services[0]!, label: 902 }] });
    expect(await client.ended()).toBe("ECONNRESET");
    expect(a.events.at(-1)).toMatchObject({ code: "TRANSPORT_DOWN", reason: "UNKNOWN_SERVICE" });
    expect(b.transport.status().services.map(({ name, label }) => [name, label])).toEqual([
      ["db", 901],
      ["web", 902],
    ]);
    await a.reconfigure({ paths: [{ name: "to-web", labels: [902] }, undefined] });
    await new Client(world, a.port()).pingPong();
  });

  test("has tunnels of one service keep their connection for as long as the most patient of them says", async () => {
    const { a } = await scene();
    const brief = { ...toWeb, keepMs: 1_000 };
    await a.reconfigure({ tunnels: [toWeb, brief] });
    await a.reconfigure({ tunnels: [undefined, brief] });
    await world.until(() => connections(a).length === 0, 10_000);
    await a.reconfigure({ tunnels: [undefined, brief, toWeb] });
    await world.until(() => connections(a).length === 1);
    await world.sleep(10_000);
    expect(connections(a)).toMatchObject([{ state: "established" }]);
  });

  test("has successors made of connections that have had more than the new share", async () => {
    const { a } = await scene();
    for (let streams = 0; streams < 3; streams++) await new Client(world, a.port()).pingPong();
    await a.reconfigure({ limits: { streamsPerConnection: 2 } });
    await new Client(world, a.port()).pingPong();
    await world.until(() => connections(a).length === 2);
  });

  test("gives connections another grace by their successors", async () => {
    const { a } = await scene();
    const [before] = a.transport.status().connections;
    await a.reconfigure({ expiryGraceMs: 60_000 });
    await world.until(
      () => connections(a).length === 1 && a.transport.status().connections[0]!.id !== before!.id,
      20_000,
    );
  });

  test("puts down a tunnel whose address cannot be had, and no other, and tries it again", async () => {
    const { a } = await scene();
    let isTaken = true;
    const [tunnels, port] = [[toWeb, { ...toDb, path: 1 }], 4_711];
    const { local } = world.drivers();
    const denied = new OperatorError("ERR_TUNNEL_ADDRESS_IN_USE", "another program listens there", { advice: "" });
    a.transport.local.listen = (options) =>
      isTaken && options.address.kind === "tcp" && options.address.port === port
        ? Promise.reject(denied)
        : local.listen(options);
    await a.reconfigure({
      tunnels: [tunnels[0], { ...tunnels[1]!, listen: { kind: "tcp", host: "127.0.0.1", port } }],
    });
    const text = "ERR_TUNNEL_ADDRESS_IN_USE: another program listens there";
    expect(a.transport.status().tunnels).toMatchObject([
      { isListening: true, text: "" },
      { isListening: false, text },
    ]);
    await new Client(world, a.port()).pingPong();
    await world.sleep(5_000);
    isTaken = false;
    await world.until(() => a.transport.status().tunnels[1]!.isListening, 60_000);
    await new Client(world, port).pingPong();
    expect(a.transport.status().tunnels[1]!.text).toBe("");
  });
});
