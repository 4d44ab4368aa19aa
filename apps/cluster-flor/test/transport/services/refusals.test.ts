/** A workload that cannot be served is reset: never a clean end, and not a byte. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { issue } from "../mesh/identities.ts";
import { type TestVertex, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

async function refusedClient(vertex: TestVertex, reason: string): Promise<number> {
  const client = new Client(world, vertex.port());
  client.socket.write("hello?");
  expect(await client.ended()).toBe("ECONNRESET");
  expect(client.received).toBe(0);
  const { connections } = vertex.transport.status().tunnels[0]!;
  expect(connections).toEqual({ open: 0, total: 1, refused: { [reason]: 1 }, cut: {} });
  expect(vertex.events.find(({ code }) => code === "STREAM_REFUSED")).toMatchObject({ reason, service: "web" });
  return client.closedAt - client.connectedAt;
}

test("the target is down", async () => {
  const target = await Target.listen(world, echo);
  const { address } = target;
  target.close();
  const { a, b } = await pair(world, address);
  expect(await refusedClient(a, "TARGET_DOWN")).toBeLessThan(500);
  expect(b.transport.status().services[0]!.connections.refused).toEqual({ TARGET_DOWN: 1 });
  expect(b.events.find(({ code }) => code === "STREAM_REFUSED")).toMatchObject({
    service: "web",
    reason: "TARGET_DOWN",
  });
});

test("the principal is not on the allow list: it holds no connection, and the target is not even dialled", async () => {
  const target = await Target.listen(world, echo);
  const services = [{ name: "web", label: 900, target: target.address, allow: ["user/bob", "service/alice"] }];
  const { a, b } = await pair(world, target.address, { b: { services }, isCold: true });
  expect(await refusedClient(a, "NOT_ALLOWED")).toBeLessThan(2_000);
  expect(target.connections).toBe(0);
  const refused = { service: "web", reason: "NOT_ALLOWED", cause: "local" };
  expect(b.events.find(({ code }) => code === "TRANSPORT_REFUSED")).toMatchObject(refused);
  expect(JSON.stringify(b.events)).toContain("user/alice is not on the allow list");
  const { handshakes, connections } = b.transport.status().services[0]!;
  expect(handshakes["established"]).toBe(0);
  expect(handshakes["NOT_ALLOWED"]).toBeGreaterThan(0);
  expect(connections).toEqual({ open: 0, total: 0, refused: {}, cut: {} });
  expect(b.transport.status().connections.map(({ state }) => state)).not.toContain("established");
  expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason: "NOT_ALLOWED" });
});

test("who is not on the allow list is refused at once, each time, and in between tries rarely", async () => {
  const target = await Target.listen(world, echo);
  const services = [{ name: "web", label: 900, target: target.address, allow: ["user/bob"] }];
  const { a, b } = await pair(world, target.address, { b: { services }, isCold: true });
  for (let i = 0; i < 3; i++) {
    const client = new Client(world, a.port());
    expect(await client.ended()).toBe("ECONNRESET");
    // Without a refusal the client would wait for 10 s.
    expect(client.closedAt - client.connectedAt).toBeLessThan(5_000);
  }
  const tried = (): number => b.transport.status().services[0]!.handshakes["NOT_ALLOWED"] ?? 0;
  const before = tried();
  await world.sleep(1_500);
  // Pauses that double from 100 ms on leave time for four attempts.
  expect(tried() - before).toBeLessThan(6);
  expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({ NOT_ALLOWED: 3 });
});

test("a service may use another one", async () => {
  const target = await Target.listen(world, echo);
  const services = [{ name: "web", label: 900, target: target.address, allow: ["service/shop"] }];
  const tunnels = [{ as: "service/shop", service: "web", path: 0 }];
  const { a } = await pair(world, target.address, { a: { tunnels }, b: { services } });
  const client = new Client(world, a.port());
  client.socket.end("hello");
  expect(await client.ended()).toBe("end");
  expect(client.received).toBe(5);
});

test("the far end is another service than the one wanted", async () => {
  const target = await Target.listen(world, echo);
  const services = [{ name: "mail", label: 900, target: target.address }];
  const { a, b } = await pair(world, target.address, { b: { services, limits: { handshakeMs: 200 } }, isCold: true });
  expect(await refusedClient(a, "UNKNOWN_SERVICE")).toBeLessThan(2_000);
  // The service does not learn who wanted another service, or that anybody did.
  await world.until(() => b.transport.status().services[0]!.handshakes["NO_ANSWER"]! > 0);
  expect(b.transport.status().services[0]!.handshakes.established).toBe(0);
  expect(JSON.stringify(b.events)).not.toContain("alice");
});

test("nobody answers", async () => {
  const target = await Target.listen(world, echo);
  const limits = { connectWaitMs: 400 };
  const { a } = await pair(world, target.address, {
    a: { paths: [{ name: "wrong", labels: [901] }], limits },
    isCold: true,
  });
  const waited = await refusedClient(a, "NO_ANSWER");
  expect(waited).toBeGreaterThanOrEqual(390);
  expect(waited).toBeLessThan(2_000);
});

test("a certificate of another CA with the same names convinces neither end", async () => {
  for (const [vertex, folder] of [
    ["a", "user/alice"],
    ["b", "service/web"],
  ] as const) {
    const target = await Target.listen(world, echo);
    const foreign = { credentials: { [folder]: issue(folder, "stranger") } };
    const { a, b } = await pair(world, target.address, { [vertex]: foreign, isCold: true });
    expect(await refusedClient(a, "HANDSHAKE_REFUSED")).toBeLessThan(2_000);
    const { established, ...refused } = b.transport.status().services[0]!.handshakes;
    expect(established).toBe(0);
    expect(refused["HANDSHAKE_REFUSED"]).toBeGreaterThan(0);
    expect(b.events.find(({ code }) => code === "TRANSPORT_REFUSED")).toMatchObject({ reason: "HANDSHAKE_REFUSED" });
    expect(target.connections).toBe(0);
    await world.close();
  }
});

test("a vertex is no workload, in either role", async () => {
  const target = await Target.listen(world, echo);
  const tunnels = [{ as: "vertex/a", service: "web", path: 0 }];
  const { a, b } = await pair(world, target.address, { a: { tunnels }, isCold: true });
  expect(await refusedClient(a, "WRONG_PRINCIPAL")).toBeLessThan(2_000);
  expect(b.events.find(({ code }) => code === "TRANSPORT_REFUSED")).toMatchObject({ service: "web" });
  expect(b.transport.status().services[0]!.handshakes).toEqual({ established: 0, WRONG_PRINCIPAL: 1 });
  expect(target.connections).toBe(0);
});

test("the far end's memory is spent", async () => {
  const target = await Target.listen(world, echo);
  const { a } = await pair(world, target.address, { b: { limits: { memoryMax: 0 } } });
  await refusedClient(a, "OVER_BUDGET");
});

test("the service takes no more streams at once", async () => {
  const target = await Target.listen(world, echo);
  // The control stream is one of the three streams.
  const { a } = await pair(world, target.address, { b: { limits: { streamsOpenMax: 3, acceptedPerPrincipalMax: 1 } } });
  const held = [new Client(world, a.port()), new Client(world, a.port())];
  for (const client of held) await client.pingPong();
  const client = new Client(world, a.port());
  expect(await client.ended()).toBe("ECONNRESET");
  expect(client.closedAt - client.connectedAt).toBeGreaterThan(4_500);
  // The connection that there is goes on.
  expect(a.events.find(({ code }) => code === "NONE_BESIDE")).toMatchObject({ reason: "TOO_MANY_CONNECTIONS" });
  expect(a.events.map(({ code }) => code)).not.toContain("TRANSPORT_DOWN");
  expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({ STREAM_LIMIT: 1 });
  for (const one of held) one.socket.end();
  for (const one of held) await one.ended();
  await world.until(() => openStreams(a) === 0);
  const later = new Client(world, a.port());
  await later.pingPong();
  later.socket.destroy();
});

function openStreams(vertex: TestVertex): number {
  return vertex.transport.status().tunnels[0]!.connections.open;
}

test("a refusal of one does not touch another on the same connection", async () => {
  const target = await Target.listen(world, echo);
  const { a } = await pair(world, target.address);
  const good = new Client(world, a.port());
  await good.pingPong();
  target.refuseNew();
  const refused = new Client(world, a.port());
  expect(await refused.ended()).toBe("ECONNRESET");
  expect(await good.pingPong()).toBeLessThan(1_000);
  good.socket.destroy();
});
