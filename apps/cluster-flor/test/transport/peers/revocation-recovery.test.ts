/** Revoked certificates and new ones: which connections are let in, when, and which live on meanwhile. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { issue } from "../mesh/identities.ts";
import { type Pair, type PairOptions, type TestVertex, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const connections = (vertex: TestVertex) => vertex.transport.status().connections;
const established = (vertex: TestVertex) => connections(vertex).filter(({ state }) => state === "established");
const ups = (vertex: TestVertex): number => vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length;
const downs = (vertex: TestVertex) => vertex.events.filter(({ code }) => code === "TRANSPORT_DOWN");
const tunnelOf = (vertex: TestVertex) => vertex.transport.status().tunnels[0]!;
const serviceOf = (vertex: TestVertex) => vertex.transport.status().services[0]!;

const inAnHour = () => new Date(Date.now() + 3_600_000);
const anHourAgo = () => new Date(Date.now() - 3_600_000);

async function scene(options: PairOptions = {}): Promise<Pair> {
  const target = await Target.listen(world, echo);
  return pair(world, target.address, options);
}

/** Waits until the connection is up once more; returns how long that took. */
async function upAgain(vertex: TestVertex, after: number): Promise<number> {
  const start = world.now;
  await world.until(() => ups(vertex) > after, 12_000);
  return world.now - start;
}

type Change = (pair: Pair) => void;
const renewals: readonly (readonly [string, Change, Change])[] = [
  [
    "user",
    ({ a }) => a.transport.handleCredentials("user/alice", issue("user/alice")),
    ({ a, b }) => b.revoke(a.credentialsOf("user/alice")),
  ],
  [
    "service",
    ({ b }) => b.transport.handleCredentials("service/web", issue("service/web")),
    ({ a, b }) => a.revoke(b.credentialsOf("service/web")),
  ],
];

describe.each(renewals)("a %s that was renewed", (_, renew, revokeFormer) => {
  test("keeps its new connection when the former certificate is revoked, whose connection ends", async () => {
    const all = await scene({ a: { limits: { renewalPauseMs: 200 } } });
    const { a, b } = all;
    const early = new Client(world, a.port());
    await early.pingPong();
    renew(all);
    await world.until(() => ups(a) === 2);
    const late = new Client(world, a.port());
    await late.pingPong();
    await early.pingPong();
    revokeFormer(all);
    expect(await early.ended()).toBe("ECONNRESET");
    await late.pingPong();
    await world.until(() => connections(a).length === 1 && connections(b).length === 1);
    expect(established(a)[0]!.streamsOpen).toBe(1);
    expect([ups(a), tunnelOf(a).connections.cut]).toEqual([2, { REVOKED: 1 }]);
    for (const vertex of [a, b]) expect(downs(vertex)[0]).toMatchObject({ reason: "REVOKED" });
    late.socket.destroy();
  });
});

test.each([
  ["own vertex", ({ a }: Pair) => [a]],
  ["service's vertex, too", ({ a, b }: Pair) => [b, a]],
])("a new certificate and the revocation of the former one come together to the %s", async (_, tellers) => {
  const all = await scene();
  const { a } = all;
  const client = new Client(world, a.port());
  await client.pingPong();
  const former = a.credentialsOf("user/alice");
  a.transport.handleCredentials("user/alice", issue("user/alice"));
  for (const vertex of tellers(all)) vertex.revoke(former);
  expect(await client.ended()).toBe("ECONNRESET");
  const next = new Client(world, a.port());
  await next.pingPong();
  expect(next.received).toBe(64);
  expect(ups(a)).toBe(2);
  expect(tunnelOf(a).connections.refused).toEqual({});
  next.socket.destroy();
});

test("a user whose own certificate is revoked makes no connections, turns workloads away at once, and goes on with another", async () => {
  const { a, link } = await scene();
  a.revoke(a.credentialsOf("user/alice"));
  await world.until(() => connections(a).length === 0);
  const packets = link.packets;
  expect(await new Client(world, a.port()).ended()).toBe("ECONNRESET");
  await world.sleep(1_000);
  expect(link.packets).toBe(packets);
  const problem = /^our certificate with serial \w+ is revoked$/;
  expect(tunnelOf(a)).toMatchObject({ isListening: true, text: expect.stringMatching(problem) as string });
  expect(tunnelOf(a).connections.refused).toEqual({ REVOKED: 1 });
  a.transport.handleCredentials("user/alice", issue("user/alice"));
  expect(await upAgain(a, 1)).toBeLessThan(500);
  expect(tunnelOf(a).text).toBe("");
  const client = new Client(world, a.port());
  await client.pingPong();
  client.socket.destroy();
});

test("a service whose own certificate is revoked refuses connections, and those it has end, until it has another", async () => {
  const { a, b } = await scene();
  b.revoke(b.credentialsOf("service/web"));
  // The first event ends the open connection, the second refuses another connection.
  await world.until(() => downs(a).length === 2, 3_000);
  expect(serviceOf(b).handshakes).toEqual({ established: 1, REVOKED: 1 });
  expect(serviceOf(b).text).toContain("is revoked");
  expect(downs(a).at(-1)).toMatchObject({ reason: "REVOKED", cause: "peer" });
  b.transport.handleCredentials("service/web", issue("service/web"));
  expect(serviceOf(b).text).toBe("");
  const client = new Client(world, a.port());
  await client.pingPong();
  expect(client.received).toBe(64);
  client.socket.destroy();
});

test("attempts after a refusal become rare, and a new certificate is taken soon", async () => {
  const { a, b } = await scene();
  b.revoke(a.credentialsOf("user/alice"));
  await world.sleep(2_500);
  const refused = serviceOf(b).handshakes["REVOKED"]!;
  expect(refused).toBeGreaterThan(1);
  expect(refused).toBeLessThan(7);
  a.transport.handleCredentials("user/alice", issue("user/alice"));
  expect(await upAgain(a, 1)).toBeLessThan(2_000);
});

test("the process starts though its certificate is revoked, and what has another one works", async () => {
  const target = await Target.listen(world, echo);
  const tunnels = ["user/alice", "user/bob"].map((as) => ({ as, service: "web", path: 0 }));
  const services = [{ name: "web", label: 900, target: target.address, allow: ["user/alice", "user/bob"] }];
  const alice = issue("user/alice");
  const a = { tunnels, credentials: { "user/alice": alice } };
  const all = await pair(world, target.address, { a, b: { services }, isCold: true, revoked: [alice] });
  expect(await new Client(world, all.a.port(0)).ended()).toBe("ECONNRESET");
  const bob = new Client(world, all.a.port(1));
  await bob.pingPong();
  expect(ups(all.a)).toBe(1);
  bob.socket.destroy();
});

describe.each(["a", "b"] as const)("revocation is required at vertex %s", (strict) => {
  test("and there is no list: refused with a code that says so, until there is one", async () => {
    const all = await scene({ [strict]: { policy: { isRequired: true } }, isCold: true });
    const { a } = all;
    expect(await new Client(world, a.port()).ended()).toBe("ECONNRESET");
    expect(tunnelOf(a).connections.refused).toEqual({ REVOCATION_UNKNOWN: 1 });
    const refusals = strict === "a" ? downs(a) : all.b.events.filter(({ code }) => code === "TRANSPORT_REFUSED");
    expect(refusals[0]).toMatchObject({ reason: "REVOCATION_UNKNOWN" });
    const who = strict === "a" ? "service/web" : "user/alice";
    expect(refusals[0]!["message"]).toContain(`${who}: there is no revocation list of the issuer`);
    all[strict].takeList(inAnHour());
    if (strict === "a") expect(await upAgain(a, 0)).toBeLessThan(1_500);
    const client = new Client(world, a.port());
    await client.pingPong();
    expect(client.received).toBe(64);
    client.socket.destroy();
  });

  test("and the list has ended: within the grace all is as before, beyond it nobody new is let in", async () => {
    const policy = { isRequired: true, graceMs: 7_200_000 };
    const target = await Target.listen(world, echo);
    const { a, b } = await pair(world, target.address, { [strict]: { policy }, isCold: true });
    const vertex = strict === "a" ? a : b;
    vertex.takeList(anHourAgo());
    const client = new Client(world, a.port());
    await client.pingPong();
    vertex.takeList(new Date(Date.now() - 7_300_000));
    await client.pingPong();
    expect(established(a)).toHaveLength(1);
    // The successor is refused; the present connection goes on, for new streams, too.
    const before = ups(a);
    a.transport.handleCredentials("user/alice", issue("user/alice"));
    await world.until(() => downs(a).some(({ reason }) => reason === "REVOCATION_UNKNOWN"), 3_000);
    await client.pingPong();
    const second = new Client(world, a.port());
    await second.pingPong();
    expect(second.received).toBe(64);
    expect(ups(a)).toBe(before);
    for (const { socket } of [client, second]) socket.destroy();
  });
});
