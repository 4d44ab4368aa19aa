/** All packets of a connection have one traffic class: that of its tunnel, where the service takes it. */
import { TRAFFIC_CLASS_NAMES, TrafficClass, type TrafficClassName, trafficClassOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { HostileOriginator } from "../mesh/hostile-originator.ts";
import { issue } from "../mesh/identities.ts";
import { pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const tunnel = (trafficClass: TrafficClass) => ({ as: "user/alice", service: "web", path: 0, trafficClass });

export const classes: Suite = describeInWorlds("the class of a connection", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("is that of its tunnel, in packets of both ends; tunnels of one class share a connection", async () => {
    const target = await Target.listen(world, echo);
    const { interactive, bulk } = TrafficClass;
    const { a, b, link } = await pair(world, target.address, {
      a: { tunnels: [tunnel(interactive), tunnel(bulk), tunnel(bulk)] },
      isCold: true,
    });
    await world.until(() => b.transport.status().connections.filter(({ peer }) => peer !== null).length === 2);
    await world.until(() => a.events.filter(({ code }) => code === "TRANSPORT_UP").length === 2);
    const seen = new Map<string, Set<TrafficClassName>>();
    link.tap = (packet, toB) => {
      const id = Buffer.from(packet.subarray(4, 12)).toString("hex");
      const classes = seen.get(`${id} ${toB}`) ?? new Set();
      seen.set(`${id} ${toB}`, classes.add(TRAFFIC_CLASS_NAMES[trafficClassOf(packet, 0, packet.length)]!));
      return true;
    };
    for (const index of [0, 1, 2]) await new Client(world, a.port(index)).pingPong();
    const expected = a.transport.status().connections.map((connection) => [connection.id, connection.class] as const);
    expect(expected.map(([, name]) => name).sort()).toEqual(["bulk", "interactive"]);
    const both = expected.flatMap(([id, name]) =>
      [true, false].map((toB) => [`${id} ${toB}`, new Set([name])] as const),
    );
    expect(seen).toEqual(new Map(both));
    expect(new Map(b.transport.status().connections.map((each) => [each.id, each.class]))).toEqual(new Map(expected));
  });

  test("is one that the service takes, or there is no connection", async () => {
    const target = await Target.listen(world, echo);
    const services = [{ name: "web", label: 900, target: target.address, classes: new Set([TrafficClass.dns]) }];
    const { a, b } = await pair(world, target.address, {
      a: { tunnels: [tunnel(TrafficClass.bulk), tunnel(TrafficClass.dns)] },
      b: { services },
      isCold: true,
    });
    const reason = "service web takes no traffic of class bulk";
    const refused = new Client(world, a.port(0));
    expect(await refused.ended()).toBe("ECONNRESET");
    expect(b.events).toContainEqual(expect.objectContaining({ code: "TRANSPORT_REFUSED", reason: "WRONG_CLASS" }));
    expect(a.events).toContainEqual(
      expect.objectContaining({ reason: "WRONG_CLASS", message: expect.stringContaining(reason) }),
    );
    await new Client(world, a.port(1)).pingPong();
    expect(target.connections).toBe(1);
    expect(b.transport.status().services).toMatchObject([{ classes: ["dns"] }]);
  });

  test("is never control, which an originator may ask for, and what its headers say counts for nothing", async () => {
    const target = await Target.listen(world, echo);
    const { b, link } = await pair(world, target.address);
    const hostile = new HostileOriginator(world, link, b, issue("user/alice"));
    await hostile.greet({ trafficClass: TrafficClass.control });
    await world.until(() => hostile.closed !== undefined);
    expect(hostile.closed).toMatchObject({ cause: "peer", code: Code.wrongClass });
    const honest = new HostileOriginator(world, link, b, issue("user/alice"));
    await honest.greet({ trafficClass: TrafficClass.bulk });
    await world.until(() => b.transport.status().connections.some((each) => each.class === "bulk"));
  });
});
