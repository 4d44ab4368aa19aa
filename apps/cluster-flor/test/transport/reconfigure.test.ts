/** A running vertex takes another config. */
import { TrafficClass } from "@florenetes/forwarding";
import { OperatorError } from "@florenetes/operator-text";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { carries, connections, scene, toDb, toWeb } from "./conformance/other-config.ts";
import type { TestVertex } from "./mesh/mesh.ts";
import { Client } from "./mesh/workloads.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";
import type { TransportWorld } from "./worlds/world.ts";

let world: TransportWorld;
afterEach(() => world.close());

describe("a label that is wrong, in virtual time,", () => {
  const SEEN_MS = 5_000;
  const isReachable = (vertex: TestVertex): boolean | null =>
    vertex.transport.reach.look(world.now)("to-web").isReachable;

  beforeEach(() => void (world = new VirtualWorld()));

  /** Returns the milliseconds until the path is reachable, or is not. */
  async function untilReachable(vertex: TestVertex, is: boolean): Promise<number> {
    const began = world.now;
    await world.until(() => isReachable(vertex) === is, 60_000);
    return world.now - began;
  }

  test("is seen at the origin within 5 s, whatever is heard from the far end, and so is the right one", async () => {
    const { a, c, b, web } = await scene(world);
    const pathWith = (label: number): Promise<void> =>
      a.reconfigure({ paths: [{ name: "to-web", labels: [101, label], link: 1, mtu: 1_280 }] });
    const serviceAt = (label: number): Promise<void> =>
      b.reconfigure({ services: [{ name: "web", label, target: web.address }] });
    await pathWith(900);
    await world.sleep(3_000);
    expect(isReachable(a)).toBe(true);
    const wrongs: readonly (readonly [what: string, wrong: () => Promise<void>, right: () => Promise<void>])[] = [
      // The origin still hears the far end, which still speaks to it.
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

describe("another config", () => {
  beforeEach(() => void (world = new VirtualWorld()));

  test("finds out anew how large packets of a path may be", async () => {
    const { a, direct, over } = await scene(world);
    await a.reconfigure({ paths: [{ name: "to-web", labels: [900], mtu: undefined }] });
    await world.until(() => a.transport.pathSize(0).mtu === 8_192);
    over[1]!.mtu = over[1]!.preferredMtu = 1_419;
    const client = new Client(world, a.port());
    await carries(world, client, async () => {
      await a.reconfigure({ paths: [{ name: "to-web", labels: [101, 900], link: 1, mtu: undefined }] });
      direct.isCut = true;
    });
    await world.until(() => a.transport.pathSize(0).origin !== "probing");
    expect(a.transport.pathSize(0).mtu).toBe(1_419);
  });

  test("tells whoever waits for the connection of one trunk to wait for that of another", async () => {
    const { a, direct, db } = await scene(world);
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

  test("closes connections of a class that is not taken any more", async () => {
    const { a, b, services } = await scene(world);
    const classes = new Set<TrafficClass>([TrafficClass.bulk]);
    const client = new Client(world, a.port());
    await client.pingPong();
    await b.reconfigure({ services: [{ ...services[0]!, classes }, services[1]!] });
    expect(await client.ended()).toBe("ECONNRESET");
    expect(a.events.at(-1)).toMatchObject({ code: "TRANSPORT_DOWN", reason: "WRONG_CLASS" });
    await a.reconfigure({ tunnels: [{ ...toWeb, trafficClass: TrafficClass.bulk }] });
    await new Client(world, a.port()).pingPong();
  });

  test("ends a service that is gone at once, and has a new one", async () => {
    const { a, b, services } = await scene(world);
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
    const { a } = await scene(world);
    const brief = { ...toWeb, keepMs: 1_000 };
    await a.reconfigure({ tunnels: [toWeb, brief] });
    await a.reconfigure({ tunnels: [undefined, brief] });
    await world.until(() => connections(a).length === 0, 10_000);
    await a.reconfigure({ tunnels: [undefined, brief, toWeb] });
    await world.until(() => connections(a).length === 1);
    await world.sleep(10_000);
    expect(connections(a)).toMatchObject([{ state: "established" }]);
  });

  test("gives connections another grace by their successors", async () => {
    const { a } = await scene(world);
    const [before] = a.transport.status().connections;
    await a.reconfigure({ expiryGraceMs: 60_000 });
    await world.until(
      () => connections(a).length === 1 && a.transport.status().connections[0]!.id !== before!.id,
      20_000,
    );
  });

  test("puts down a tunnel whose address cannot be had, and no other, and tries it again", async () => {
    const { a } = await scene(world);
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
