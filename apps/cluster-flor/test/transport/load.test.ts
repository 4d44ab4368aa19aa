/** Many streams, readers that stop, and connections that are replaced. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TransportLimits } from "../../src/transport/limits.ts";
import { type VertexOptions, pair } from "./mesh/mesh.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import type { TransportWorld, WorkloadSocket } from "./worlds/world.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

/** Waits until a count has hardly grown for a while (pings go on). */
async function stillness(count: () => number): Promise<void> {
  let before = -1;
  let stills = 0;
  for (let looks = 0; looks < 400 && stills < 6; looks++) {
    stills = count() - before < 10_000 ? stills + 1 : 0;
    before = count();
    await world.sleep(50);
  }
  expect(stills).toBe(6);
}

describe("a reader that stops", () => {
  const chunk = Buffer.alloc(64 * 1024, 7);

  /** Writes for as long as the socket takes it. */
  function pour(socket: WorkloadSocket): { poured: number } {
    const count = { poured: 0 };
    const more = (): void => {
      for (let i = 0; i < 64 && !socket.destroyed; i++) {
        count.poured += chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    socket.on("drain", more);
    more();
    return count;
  }

  test.each(["client", "server"])("(the %s) holds back its writer, and nobody else", async (reader) => {
    const counts: { poured: number }[] = [];
    let isFirst = true;
    const target = await Target.listen(world, (socket) => {
      if (!isFirst) return echo(socket);
      isFirst = false;
      if (reader === "client") counts.push(pour(socket));
      else socket.pause();
    });
    const { a, b } = await pair(world, target.address);
    const stopped = new Client(world, a.port(), { isReading: false });
    if (reader === "server") counts.push(pour(stopped.socket));
    else stopped.socket.pause();
    await world.until(() => counts.length === 1 && counts[0]!.poured > 0);
    await stillness(() => counts[0]!.poured);
    // The bytes that nobody reads fill the kernel's buffers and the stream's windows, and nothing more.
    expect(counts[0]!.poured).toBeLessThan(16_000_000);
    const held = counts[0]!.poured;

    const interactive = new Client(world, a.port());
    for (let i = 0; i < 50; i++) expect(await interactive.pingPong()).toBeLessThan(500);
    await world.sleep(200);
    expect(counts[0]!.poured).toBe(held);
    expect(a.transport.budget.held + b.transport.budget.held).toBeGreaterThan(0);

    stopped.socket.resetAndDestroy();
    interactive.socket.destroy();
    await world.until(() => a.transport.budget.held === 0 && b.transport.budget.held === 0);
  });

  test("goes on where it stopped", async () => {
    let sent = 0;
    const target = await Target.listen(world, (socket) => {
      const count = pour(socket);
      socket.on("end", () => {
        sent = count.poured;
        socket.removeAllListeners("drain");
        socket.end();
      });
      socket.resume();
    });
    const { a } = await pair(world, target.address);
    const client = new Client(world, a.port(), { isReading: false });
    await world.sleep(300);
    client.socket.end();
    await world.sleep(50);
    client.read();
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(sent);
  });

  async function besideStopped(count: number, limits: Partial<TransportLimits>): Promise<number[]> {
    const target = await Target.listen(world, (socket) =>
      target.connections <= count ? void pour(socket) : echo(socket),
    );
    const { a } = await pair(world, target.address, { a: { limits }, b: { limits } });
    const stopped = Array.from({ length: count }, () => new Client(world, a.port(), { isReading: false }));
    await world.until(() => target.connections === count);
    await stillness(() => a.transport.status().connections[0]!.bytesReceived);
    const interactive = new Client(world, a.port());
    const times: number[] = [];
    for (let i = 0; i < 20; i++) times.push(await interactive.pingPong());
    for (const client of [...stopped, interactive]) client.socket.destroy();
    return times;
  }

  test("forty of them leave an interactive stream alone", async () => {
    for (const time of await besideStopped(40, {})) expect(time).toBeLessThan(500);
  });

  test("eighty of them make lists of readable streams rare, and an interactive stream waits for the first one only", async () => {
    // Without pings, only the time of the list itself brings the first answer.
    const [first, ...others] = await besideStopped(80, { listPauseMs: 10, pingBusyMs: 60_000 });
    expect(first).toBeLessThan(4_000);
    for (const time of others) expect(time).toBeLessThan(500);
  });

  test("its writers are served again when it reads, though many are stuck", async () => {
    const sockets: WorkloadSocket[] = [];
    const target = await Target.listen(world, (socket) => {
      socket.pause();
      sockets.push(socket);
    });
    const { a } = await pair(world, target.address, { a: { limits: { stuckPerTurn: 4 } } });
    const clients = Array.from({ length: 24 }, () => new Client(world, a.port()));
    const size = 8_000_000;
    for (const client of clients) client.socket.end(Buffer.alloc(size));
    await world.until(() => sockets.length === 24);
    await stillness(() => a.transport.status().connections[0]!.bytesSent);
    const socket = sockets[17]!;
    let received = 0;
    socket.on("data", (bytes) => (received += bytes.length));
    socket.resume();
    await world.until(() => received === size, 20_000);
    for (const client of clients) client.socket.destroy();
  }, 60_000);
});

test("a thousand connections at once are served, and their cost is given back", async () => {
  const target = await Target.listen(world, echo);
  const { a, b } = await pair(world, target.address);
  const clients = Array.from({ length: 1_000 }, () => new Client(world, a.port()));
  for (const client of clients) client.socket.write(Buffer.alloc(1_000, 3));
  await Promise.all(clients.map((client) => client.until(1_000)));
  expect(clients.every((client) => client.received === 1_000)).toBe(true);
  expect(a.transport.status().connections).toHaveLength(1);
  expect(a.transport.status().connections[0]!.streamsOpen).toBe(1_000);
  for (const client of clients) client.socket.end();
  expect(new Set(await Promise.all(clients.map((client) => client.ended())))).toEqual(new Set(["end"]));
  await world.until(() => a.transport.budget.held === 0 && b.transport.budget.held === 0);
}, 40_000);

test("two thousand that come before there is a connection wait for it", async () => {
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address, { isCold: true, isCut: true });
  const clients = Array.from({ length: 2_000 }, () => new Client(world, a.port()));
  for (const client of clients) client.socket.write(Buffer.alloc(10, 3));
  await world.until(() => clients.every(({ connectedAt }) => connectedAt > 0), 20_000);
  link.isCut = false;
  await Promise.all(clients.map((client) => client.until(10)));
  expect(clients.filter((client) => client.received !== 10).length, "refused").toBe(0);
  for (const client of clients) client.socket.destroy();
}, 40_000);

describe("rotation", () => {
  test("after so many streams a fresh connection takes the new ones, and the old one ends with its own", async () => {
    const target = await Target.listen(world, echo);
    const { a, b } = await pair(world, target.address, { a: { limits: { streamsPerConnection: 10 } } });
    const first = a.transport.status().connections[0]!.id;
    const long = new Client(world, a.port());
    await long.pingPong();
    for (let i = 0; i < 35; i++) {
      const client = new Client(world, a.port());
      client.socket.end("once");
      expect(await client.ended()).toBe("end");
      expect(client.received).toBe(4);
      // The successor is made meanwhile: until it is up, the old connection takes a few more.
      await world.sleep(10);
    }
    const during = a.transport.status().connections;
    expect(during.find(({ id }) => id === first)).toMatchObject({ state: "draining", streamsOpen: 1 });
    expect(during.filter(({ state }) => state === "established")).toHaveLength(1);
    expect(await long.pingPong()).toBeLessThan(1_000);
    long.socket.end();
    expect(await long.ended()).toBe("end");
    await world.until(() => a.transport.status().connections.length === 1);
    await world.until(() => b.transport.status().connections.length === 1);
    expect(a.events.filter(({ code }) => code === "TRANSPORT_DOWN")).toEqual([]);
  }, 20_000);

  test("by age", async () => {
    const target = await Target.listen(world, echo);
    const { a } = await pair(world, target.address, { a: { limits: { connectionAgeMs: 300 } } });
    const first = a.transport.status().connections[0]!.id;
    await world.until(() => a.transport.status().connections.every(({ id }) => id !== first), 3_000);
    const client = new Client(world, a.port());
    await client.pingPong();
    client.socket.destroy();
  });
});

test("tunnels of one principal to one service over one path share a connection; others do not", async () => {
  const target = await Target.listen(world, echo);
  const a: Partial<VertexOptions> = {
    paths: [
      { name: "one", labels: [900] },
      { name: "other", labels: [900] },
    ],
    tunnels: [
      { as: "user/alice", service: "web", path: 0 },
      { as: "user/alice", service: "web", path: 0 },
      { as: "user/alice", service: "web", path: 1 },
      { as: "service/shop", service: "web", path: 0 },
    ],
  };
  const services = [{ name: "web", label: 900, target: target.address, allow: ["user/alice", "service/shop"] }];
  const { a: vertex } = await pair(world, target.address, { a, b: { services }, isCold: true });
  const connections = () => vertex.transport.status().connections;
  await world.until(() => connections().filter(({ state }) => state === "established").length === 3);
  const paths = connections().map(({ path }) => path);
  expect(paths.toSorted()).toEqual(["one", "one", "other"]);
});

test("stopping lets open streams end, within bounds, and refuses new ones", async () => {
  const target = await Target.listen(world, echo);
  const { a, b } = await pair(world, target.address);
  const ending = new Client(world, a.port());
  const staying = new Client(world, a.port());
  await Promise.all([ending.pingPong(), staying.pingPong()]);
  const stopped = b.stop(400);
  const refused = new Client(world, a.port());
  expect(await refused.ended()).toBe("ECONNRESET");
  ending.socket.end("last words");
  expect(await ending.ended()).toBe("end");
  expect(ending.received).toBe(74);
  await stopped;
  expect(await staying.ended()).toBe("ECONNRESET");
  expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({ STOPPING: 1 });
});
