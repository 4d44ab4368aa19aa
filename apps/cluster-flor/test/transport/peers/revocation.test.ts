/** A revocation list comes while connections are open: connections of certificates that it names end, with every stream, and no others. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NodeNetwork } from "../../../src/transport/drivers/node-network.ts";
import { type Pair, TestVertex, joinInRow, pair, warm } from "../mesh/mesh.ts";
import { Client, Target, echo, sha256 } from "../mesh/workloads.ts";
import type { TransportWorld, WorkloadSocket } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const tunnelOf = (vertex: TestVertex) => vertex.transport.status().tunnels[0]!;
const serviceOf = (vertex: TestVertex) => vertex.transport.status().services[0]!;
const downs = (vertex: TestVertex) => vertex.events.filter(({ code }) => code === "TRANSPORT_DOWN");
const ups = (vertex: TestVertex): number => vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length;

/** The error that each connection has ended with, once it has; "" where it ended cleanly. */
function failuresOf(sockets: readonly WorkloadSocket[]): string[] {
  const failures: string[] = [];
  for (const socket of sockets) {
    let code = "";
    socket.on("error", (error: NodeJS.ErrnoException) => (code = error.code!));
    socket.on("close", () => failures.push(code));
  }
  return failures;
}

const ours = "our certificate is revoked there";
const theirs = "the other end's certificate is revoked";
const whoAndWhere: readonly (readonly [string, (pair: Pair) => void, "a" | "b", string])[] = [
  ["user, told to the service's vertex", ({ a, b }) => b.revoke(a.credentialsOf("user/alice")), "a", ours],
  ["user, told to its own vertex", ({ a }) => a.revoke(a.credentialsOf("user/alice")), "b", theirs],
  ["service, told to the user's vertex", ({ a, b }) => a.revoke(b.credentialsOf("service/web")), "b", ours],
  ["service, told to its own vertex", ({ b }) => b.revoke(b.credentialsOf("service/web")), "a", theirs],
];

describe.each(whoAndWhere)("the certificate of a %s", (_, revoke, hearer, words) => {
  test("ends all its streams with a reset at both ends, whatever state they are in", async () => {
    const targets: WorkloadSocket[] = [];
    const target = await Target.listen(world, (socket) => {
      targets.push(socket);
      socket.write("!");
      socket.resume();
    });
    const { a, b, link } = await pair(world, target.address);
    const clients: Client[] = [];
    for (let i = 0; i < 4; i++) {
      clients.push(new Client(world, a.port(), { isReading: i !== 3 }));
      await world.until(() => targets.length === i + 1);
    }
    // Stream 0 is open, one end of streams 1 and 2 has ended its half, and the workload of stream 3 does not read.
    clients[1]!.socket.end("no more");
    targets[2]!.end();
    targets[3]!.write(Buffer.alloc(16_000_000));
    await world.until(() => targets[1]!.readableEnded && clients[2]!.outcome === "end" && clients[0]!.received === 1);
    const sockets = [...targets, ...clients.map(({ socket }) => socket)];
    const failures = failuresOf(sockets);
    // The first packet after the revocation is lost.
    let isLost = false;
    link.tap = () => isLost || !(isLost = true);
    revoke({ a, b, link });
    await world.until(() => tunnelOf(a).connections.open + serviceOf(b).connections.open === 0, 1_000);
    clients[3]!.read();
    // A socket that has read an end notices a reset only when it writes after the reset has come.
    await world.sleep(10);
    for (const socket of sockets) {
      if (!socket.writableEnded && !socket.destroyed) socket.write("still there?");
    }
    await world.until(() => failures.length === sockets.length);
    for (const code of failures) expect(["ECONNRESET", "EPIPE"]).toContain(code);
    expect(tunnelOf(a).connections).toEqual({ open: 0, total: 4, refused: {}, cut: { REVOKED: 4 } });
    expect(serviceOf(b).connections).toEqual({ open: 0, total: 4, refused: {}, cut: { REVOKED: 4 } });
    for (const vertex of [a, b]) expect(downs(vertex)[0]).toMatchObject({ reason: "REVOKED", service: "web" });
    expect(downs(hearer === "a" ? a : b)[0]!["message"]).toContain(words);
  });

  test("ends what is only being opened: the target is dialled no more", async () => {
    const dials = { begun: 0, givenUp: 0 };
    const local = new NodeNetwork();
    local.dial = () => {
      dials.begun++;
      return () => dials.givenUp++;
    };
    const { a, b, link } = await pair(world, { kind: "tcp", host: "127.0.0.1", port: 1 }, { b: { local } });
    const client = new Client(world, a.port());
    await world.until(() => dials.begun === 1);
    revoke({ a, b, link });
    expect(await client.ended()).toBe("ECONNRESET");
    await world.until(() => dials.givenUp === 1);
    const counts = { open: 0, total: 1, refused: { REVOKED: 1 }, cut: {} };
    expect([tunnelOf(a).connections, serviceOf(b).connections]).toEqual([counts, counts]);
  });

  test("lets nobody in any more, and says why", async () => {
    const target = await Target.listen(world, echo);
    const all = await pair(world, target.address);
    const { a, b } = all;
    revoke(all);
    const start = world.now;
    expect(await new Client(world, a.port()).ended()).toBe("ECONNRESET");
    expect(world.now - start).toBeLessThan(1_000);
    expect(tunnelOf(a).connections.refused).toEqual({ REVOKED: 1 });
    expect(a.events.find(({ code }) => code === "STREAM_REFUSED")).toMatchObject({ reason: "REVOKED" });
    expect(target.connections).toBe(0);
    await world.sleep(1_000);
    expect(b.transport.status().connections.filter(({ state }) => state === "established")).toEqual([]);
    expect(ups(a)).toBe(1);
  });
});

test("those who wait for a connection are reset at once when their own certificate is revoked", async () => {
  const target = await Target.listen(world, echo);
  const { a } = await pair(world, target.address, { isCold: true, isCut: true });
  const client = new Client(world, a.port());
  await world.sleep(100);
  a.revoke(a.credentialsOf("user/alice"));
  expect(await client.ended()).toBe("ECONNRESET");
  expect(client.closedAt - client.connectedAt).toBeLessThan(1_000);
  expect(tunnelOf(a)).toMatchObject({ text: /serial .* is revoked/, connections: { refused: { REVOKED: 1 } } });
});

test("others who use the service, and other services on the path, do not lose a byte", async () => {
  const target = await Target.listen(world, echo);
  const a = new TestVertex(world, {
    name: "a",
    paths: [
      { name: "to-web", labels: [900] },
      { name: "to-mail", labels: [901] },
    ],
    tunnels: [
      { as: "user/alice", service: "web", path: 0 },
      { as: "user/bob", service: "web", path: 0 },
      { as: "user/alice", service: "mail", path: 1 },
      { as: "service/shop", service: "mail", path: 1 },
    ],
  });
  const service = { target: target.address, allow: ["user/alice", "user/bob", "service/shop"] };
  const b = new TestVertex(world, {
    name: "b",
    services: [
      { name: "web", label: 900, ...service },
      { name: "mail", label: 901, ...service },
    ],
  });
  joinInRow(world, a, b);
  await b.start();
  await a.start();
  await warm(world, a);
  const bytes = randomBytes(8_000_000);
  const clients = [0, 1, 2, 3].map((tunnel) => new Client(world, a.port(tunnel)));
  for (const client of clients) client.socket.write(bytes);
  for (const client of clients) await client.until(100_000);
  const [alicesWeb, bobsWeb, alicesMail, shopsMail] = clients as [Client, Client, Client, Client];
  b.revoke(b.credentialsOf("service/web"));
  a.revoke(a.credentialsOf("service/shop"));
  for (const ended of [alicesWeb, bobsWeb, shopsMail]) expect(await ended.ended()).toBe("ECONNRESET");
  expect(alicesMail.outcome).toBe("open");
  alicesMail.socket.end();
  expect(await alicesMail.ended()).toBe("end");
  expect(alicesMail.hash.digest("hex")).toBe(sha256(bytes));
  expect(ups(a)).toBe(4);
});

test("another user of the service goes on, in the middle of its bytes", async () => {
  const target = await Target.listen(world, echo);
  const tunnels = ["user/alice", "user/bob"].map((as) => ({ as, service: "web", path: 0 }));
  const services = [{ name: "web", label: 900, target: target.address, allow: ["user/alice", "user/bob"] }];
  const { a, b } = await pair(world, target.address, { a: { tunnels }, b: { services } });
  const bytes = randomBytes(20_000_000);
  const [alice, bob] = [new Client(world, a.port(0)), new Client(world, a.port(1))];
  for (const client of [alice, bob]) client.socket.write(bytes);
  for (const client of [alice, bob]) await client.until(1_000_000);
  b.revoke(a.credentialsOf("user/alice"));
  expect(await alice.ended()).toBe("ECONNRESET");
  expect(bob.received).toBeLessThan(bytes.length);
  bob.socket.end();
  expect(await bob.ended()).toBe("end");
  expect(bob.hash.digest("hex")).toBe(sha256(bytes));
  expect(ups(a)).toBe(2);
});
