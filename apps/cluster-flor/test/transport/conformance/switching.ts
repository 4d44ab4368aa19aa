/** A path with several routes: connections leave a route that fails, and their streams go on. */
import { payloadOf, TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROUTE_BACK_MS } from "../../../src/transport/limits.ts";
import { isBesideQuic } from "../../../src/transport/paths/probe-message.ts";
import { TestVertex, joinInRow, warm } from "../mesh/mesh.ts";
import type { TestLink } from "../mesh/mesh-link.ts";
import { routed, routeOver } from "../mesh/routed.ts";
import { Client, Target, echo, sha256 } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const SIZE = 2_000_000;

export const switching: Suite = describeInWorlds("a path with several routes", ({ open, isReal, within }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  /** Real time would take a minute to show nothing that virtual time does not. */
  const testInVirtualTime = (title: string, run: () => Promise<void>): void => {
    if (!isReal) test(title, run);
  };

  /** A tunnel from a to d over as many relays. */
  async function scene(relays: number, { isWarm = true } = {}) {
    const target = await Target.listen(world, echo);
    const a = new TestVertex(world, {
      name: "a",
      paths: [routed(Array.from({ length: relays }, (_, link) => routeOver(link)))],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
    });
    const d = new TestVertex(world, { name: "d", services: [{ name: "web", label: 900, target: target.address }] });
    const rows: TestLink[][] = [];
    const all = [d];
    for (let link = 0; link < relays; link++) {
      const relay = new TestVertex(world, { name: `r${link}`, transit: [[0, 1]] });
      rows.push(joinInRow(world, a, relay, d));
      all.push(relay);
    }
    for (const vertex of [...all, a]) await vertex.start();
    if (isWarm) await warm(world, a);
    const switches = () =>
      a.events.filter(({ code }) => code === "ROUTE_SWITCHED").map(({ from, to, reason }) => [from, to, reason]);
    /** Cuts the route behind its relay, so that nothing tells a. */
    const cut = (link: number, isCut = true): void => void (rows[link]![1]!.isCut = isCut);
    return { a, target, rows, cut, switches };
  }

  test("loses no byte where a relay dies that nothing tells of, and keeps its connection", async () => {
    const { a, cut, target, switches } = await scene(2);
    const clients = Array.from({ length: 3 }, () => new Client(world, a.port()));
    for (const client of clients) await client.pingPong();
    const [before] = a.transport.status().connections;
    const bytes = Buffer.from(Array.from({ length: SIZE }, (_, at) => at % 251));
    for (const client of clients) client.socket.write(bytes);
    await world.until(() => clients.every(({ received }) => received > SIZE / 10));
    cut(0);
    const lostAt = world.now;
    await world.until(() => switches().length > 0, 10_000);
    // A second without an answer, and a third of one for the route that answers.
    expect(world.now - lostAt).toBeLessThan(within(2_000));
    for (const client of clients) await client.until(64 + SIZE);
    const first = Buffer.alloc(64, 0x5a);
    const digests = clients.map(({ hash }) => hash.digest("hex"));
    expect(digests).toEqual(clients.map(() => sha256(Buffer.concat([first, bytes]))));
    expect(switches()).toEqual([["r0>d", "r1>d", "timeout"]]);
    expect(target.connections).toBe(3);
    const { connections } = a.transport.status();
    const ids = connections.map(({ id }) => id);
    // A machine that stands still for a while leaves routes no time to answer: another connection is made beside the first one, which keeps its streams.
    expect(isReal ? ids.slice(0, 1) : ids, JSON.stringify(connections)).toEqual([before!.id]);
  });

  test("leaves at once where its first link goes down", async () => {
    const { a, rows, switches } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    rows[0]![0]!.isCut = true;
    a.transport.handleLinkSize(0);
    expect(await client.pingPong()).toBeLessThan(within(300));
    await world.until(() => switches().length > 0);
    expect(switches()).toEqual([["r0>d", "r1>d", "peer_unavailable"]]);
  });

  test("tries one route after the other until one answers", async () => {
    const { a, cut, switches } = await scene(4);
    const client = new Client(world, a.port());
    await client.pingPong();
    for (const link of [0, 1, 2]) cut(link);
    expect(await client.pingPong()).toBeLessThan(within(3_000));
    await world.until(() => switches().length > 0);
    expect(switches()).toEqual([["r0>d", "r3>d", "timeout"]]);
  });

  test("tells what a route loses behind a relay that says nothing of it, and loses no byte where another one is preferred", async () => {
    const { a, rows, switches } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    const lossOf = (link: number): number =>
      a.transport.routes.lossOf(a.transport.routes.table(0)!.routes[link]!, world.now);
    rows[0]![1]!.lossProbability = 0.1;
    const bytes = Buffer.alloc(SIZE / 4, 7);
    let sent = 64;
    while (lossOf(0) < 0.05) {
      client.socket.write(bytes);
      await client.until((sent += bytes.length));
      // A vertex asks for its loads once a second.
      a.transport.loads();
    }
    expect(lossOf(0)).toBeLessThan(0.2);
    expect(lossOf(1)).toBe(0);
    client.socket.write(bytes);
    await a.reconfigure({ paths: [routed([routeOver(1), routeOver(0)])] });
    await client.until((sent += bytes.length));
    // A route that a busy machine has kept silent once is preferred again after a while alone.
    await world.until(() => switches().length > 0, ROUTE_BACK_MS + 30_000);
    expect(switches()).toEqual([["r0>d", "r1>d", "better_route"]]);
    expect(client.hash.digest("hex")).toBe(sha256(Buffer.concat([Buffer.alloc(64, 0x5a), Buffer.alloc(sent - 64, 7)])));
  });

  testInVirtualTime("takes no late answer of a route that it has left for one of the next route", async () => {
    const { a, cut, rows, switches } = await scene(3);
    const client = new Client(world, a.port());
    await client.pingPong();
    // The answer comes after a second and a fifth, while the dead second route is tried.
    rows[0]![1]!.delayMs = 600;
    cut(1);
    await client.pingPong();
    await client.pingPong();
    await world.until(() => switches().length > 0);
    expect(switches()).toEqual([["r0>d", "r2>d", "timeout"]]);
    const [, second] = a.transport.routes.table(0)!.routes;
    expect(second!.failure?.reason).toBe("timeout");
  });

  testInVirtualTime("leaves at once also when its path is no longer in the config", async () => {
    const { a, rows } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    await a.reconfigure({ paths: [undefined, { name: "to-d", link: 1, labels: [101, 900] }], tunnels: [] });
    rows[0]![0]!.isCut = true;
    a.transport.handleLinkSize(0);
    expect(await client.pingPong()).toBeLessThan(300);
  });

  testInVirtualTime("knows nothing of its routes when nobody uses them any more", async () => {
    const { a, cut } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    cut(0);
    await client.pingPong();
    const failures = () => a.transport.routes.table(0)!.routes.map(({ failure }) => failure?.reason);
    await world.until(() => failures().includes("timeout"));
    client.socket.end();
    await a.reconfigure({ tunnels: [] });
    await world.until(() => a.transport.status().connections.length === 0, 120_000);
    expect(failures()).toEqual([undefined, undefined]);
  });

  testInVirtualTime("leaves the way that its path had, where that is fenced as a route", async () => {
    const { a, switches } = await scene(2);
    const client = new Client(world, a.port());
    const { labels } = routeOver(0);
    await a.reconfigure({ paths: [{ name: "auto.web.d", link: 0, labels, isOverlay: true }] });
    await client.pingPong();
    const avoid = { why: "fenced" } as const;
    await a.reconfigure({ paths: [routed([routeOver(0, { avoid }), routeOver(1)])] });
    await client.pingPong();
    await world.until(() => switches().length > 0);
    expect(switches()).toEqual([["r0>d", "r1>d", "fenced"]]);
  });

  testInVirtualTime("a relay that answers probes and drops all else is tried once in a minute", async () => {
    const { a, rows } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    const tries: number[] = [];
    rows[0]![1]!.tap = (packet) => {
      const isProbe = isBesideQuic(packet.subarray(payloadOf(packet, 0)));
      if (!isProbe && world.now - (tries.at(-1) ?? 0) > 5_000) tries.push(world.now);
      return isProbe;
    };
    const waits: number[] = [];
    for (const end = world.now + 600_000; world.now < end; await world.sleep(500)) waits.push(await client.pingPong());
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(600_000 / (0.8 * ROUTE_BACK_MS));
    // The first of the waits ends with a hunt after a second, the others where the route is tried again.
    expect(waits.toSorted((x, y) => y - x)[1]).toBeLessThan(600);
  });

  testInVirtualTime("waits as long as no route answers, and goes on with the first that does", async () => {
    const { a, cut } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    for (const link of [0, 1]) cut(link);
    const answered = client.pingPong();
    await world.sleep(20_000);
    cut(1, false);
    const healedAt = world.now;
    await answered;
    expect(world.now - healedAt).toBeLessThan(11_500);
    expect(client.outcome).toBe("open");
  });

  testInVirtualTime("comes back to its first route a while after that is good again", async () => {
    const { a, cut, switches } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    cut(0);
    await client.pingPong();
    cut(0, false);
    const healedAt = world.now;
    await world.until(() => switches().length === 2, 2 * ROUTE_BACK_MS);
    expect(world.now - healedAt).toBeGreaterThan(0.8 * ROUTE_BACK_MS);
    expect(switches()[1]).toEqual(["r1>d", "r0>d", "better_route"]);
    await client.pingPong();
    expect(client.outcome).toBe("open");
  });

  test("connects over the route that is there, though others are dead from the beginning", async () => {
    const { a, cut } = await scene(3, { isWarm: false });
    for (const link of [0, 1]) cut(link);
    const client = new Client(world, a.port());
    expect(await client.pingPong()).toBeLessThan(within(6_000));
  });

  testInVirtualTime("follows other routes, and a class leaves the one that is limited for it", async () => {
    const { a, switches } = await scene(2);
    const client = new Client(world, a.port());
    await client.pingPong();
    await a.reconfigure({ paths: [routed([routeOver(1), routeOver(0)])] });
    await client.pingPong();
    await world.until(() => switches().length === 1);
    expect(switches()[0]).toEqual(["r0>d", "r1>d", "better_route"]);
    const bulk = { why: "capacity_limited" as const, classes: new Set([TrafficClass.bulk]) };
    await a.reconfigure({ paths: [routed([routeOver(1, { avoid: bulk }), routeOver(0)])] });
    const reliable = { why: "capacity_limited" as const, classes: new Set([TrafficClass.reliable]) };
    await world.sleep(11_000);
    expect(switches(), "another class").toHaveLength(1);
    await a.reconfigure({ paths: [routed([routeOver(1, { avoid: reliable }), routeOver(0)])] });
    await world.until(() => switches().length === 2);
    expect(switches()[1]).toEqual(["r1>d", "r0>d", "capacity_limited"]);
    await a.reconfigure({ paths: [routed([routeOver(1)])] });
    await client.pingPong();
    await world.until(() => switches().length === 3);
    expect(switches()[2]).toEqual(["r0>d", "r1>d", "no_route"]);
    expect(client.outcome).toBe("open");
  });
});
