/** Certificates are replaced while connections are open. */
import type { Credentials } from "@florenetes/identity";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { issue } from "../mesh/identities.ts";
import { type Pair, type TestVertex, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const limits = { renewalPauseMs: 200 };

interface Scene extends Pair {
  readonly client: Client;
}

/** A workload in the middle of a conversation. */
async function scene(): Promise<Scene> {
  const target = await Target.listen(world, echo);
  const joined = await pair(world, target.address, { a: { limits }, b: { limits } });
  const client = new Client(world, joined.a.port());
  await client.pingPong();
  return { ...joined, client };
}

const connections = (vertex: TestVertex) => vertex.transport.status().connections;
const established = (vertex: TestVertex) => connections(vertex).filter(({ state }) => state === "established");
const ups = (vertex: TestVertex): number => vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length;

const changes: readonly (readonly [string, (scene: Scene, credentials?: Credentials) => void])[] = [
  ["originator", ({ a }) => a.transport.handleCredentials("user/alice", issue("user/alice"))],
  ["service", ({ b }) => b.transport.handleCredentials("service/web", issue("service/web"))],
];

describe.each(changes)("when the %s has another certificate", (_who, change) => {
  test("new streams go to a new connection, and the open one lives as long as its streams", async () => {
    const all = await scene();
    const { a, b, client } = all;
    const [before] = connections(a);
    change(all);
    await world.until(() => ups(a) === 2);
    const [now] = established(a);
    expect(now!.id).not.toBe(before!.id);
    const late = new Client(world, a.port());
    await late.pingPong();
    expect(established(a)[0]!.streamsOpen).toBe(1);
    // The old connection is still there and works.
    expect(connections(a).find(({ id }) => id === before!.id)).toMatchObject({ state: "draining", streamsOpen: 1 });
    await client.pingPong();
    client.socket.end();
    expect(await client.ended()).toBe("end");
    await world.until(() => connections(a).length === 1);
    await world.until(() => connections(b).length === 1);
    expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({});
    late.socket.destroy();
  });

  test("there is peace after one renewal", async () => {
    const all = await scene();
    change(all);
    await world.until(() => ups(all.a) === 2);
    await world.sleep(700);
    expect(ups(all.a)).toBe(2);
    all.client.socket.destroy();
  });
});

test("a certificate that the service refuses leaves the open connection in use, and a good one is taken at once", async () => {
  const { a, client } = await scene();
  const before = established(a)[0]!.id;
  const stranger = issue("user/alice", "stranger");
  const { trustBundlePem } = issue("user/alice");
  a.transport.handleCredentials("user/alice", { ...stranger, trustBundlePem });
  await world.until(() =>
    a.events.some(({ code, reason }) => code === "TRANSPORT_DOWN" && reason === "HANDSHAKE_REFUSED"),
  );
  await new Client(world, a.port()).pingPong();
  await client.pingPong();
  expect(established(a)[0]!.id).toBe(before);
  a.transport.handleCredentials("user/alice", issue("user/alice"));
  await world.until(() => ups(a) === 2, 2_000);
  expect(established(a)[0]!.id).not.toBe(before);
  client.socket.destroy();
});

test("the restart of a service with another key than an open connection's is noticed by it at once", async () => {
  const { a, b, client } = await scene();
  const renewed = issue("service/web");
  b.transport.handleCredentials("service/web", renewed);
  await world.until(() => ups(a) === 2);
  // By then no packet is under way.
  await world.sleep(1_500);
  b.kill();
  b.hold("service/web", renewed);
  await b.start();
  // The stream is on a connection of the former key, whose stateless reset the restarted service cannot make.
  const start = world.now;
  expect(await client.ended()).toBe("ECONNRESET");
  expect(world.now - start).toBeLessThan(2_000);
});

test("what is asked for again and again is done once in a while", async () => {
  const { a, b, client } = await scene();
  const until = world.now + 1_000;
  for (; world.now < until; await world.sleep(10)) {
    b.transport.handleCredentials("service/web", issue("service/web"));
  }
  await world.sleep(400);
  expect(ups(a)).toBeGreaterThan(2);
  expect(ups(a)).toBeLessThan(9);
  await client.pingPong();
  client.socket.destroy();
});
