/** Connections that take no new streams: they end when both ends' workloads have had their last bytes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { issue } from "../mesh/identities.ts";
import { type TestVertex, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld, WorkloadSocket } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

/** Fits into a stream's window, and not into a socket. */
const SIZE = 6_000_000;
const limits = { streamWindow: 8_000_000 };

const connections = (vertex: TestVertex) => vertex.transport.status().connections;

export const draining: Suite = describeInWorlds("a connection that drains", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("is there until a service that has ended first has read its last bytes", async () => {
    const services: WorkloadSocket[] = [];
    const target = await Target.listen(world, (socket) => {
      services.push(socket);
      socket.end();
    });
    const { a, b } = await pair(world, target.address, { a: { limits }, b: { limits } });
    const [before] = connections(a);
    const client = new Client(world, a.port());
    expect(await client.ended()).toBe("end");
    client.socket.end(Buffer.alloc(SIZE, 0x5a));
    await world.until(() => client.isClosed, 60_000);
    await world.until(() => a.transport.status().tunnels[0]!.connections.open === 0);
    a.transport.handleCredentials("user/alice", issue("user/alice"));
    await world.until(() => connections(a).some(({ id, state }) => id !== before!.id && state === "established"));
    // The originator has nothing more to do on the old connection, and would have closed it by then.
    await world.sleep(500);
    let received = 0;
    let end = "";
    const [service] = services;
    service!.on("data", (bytes: Uint8Array) => (received += bytes.length));
    service!.on("end", () => (end = "end"));
    service!.on("error", (error: NodeJS.ErrnoException) => (end = error.code!));
    await world.until(() => end !== "", 60_000);
    expect([received, end]).toEqual([SIZE, "end"]);
    for (const vertex of [a, b]) await world.until(() => connections(vertex).length === 1);
  });

  test("with its service's vertex takes no new streams", async () => {
    const target = await Target.listen(world, echo);
    const { a, b } = await pair(world, target.address);
    const client = new Client(world, a.port());
    await client.pingPong();
    const stopped = b.stop(10_000);
    expect(await new Client(world, a.port()).ended()).toBe("ECONNRESET");
    client.socket.end();
    expect([await client.ended(), target.connections]).toEqual(["end", 1]);
    await stopped;
    expect(a.transport.status().tunnels[0]!.connections).toMatchObject({ total: 2, refused: { STOPPING: 1 } });
  });
});
