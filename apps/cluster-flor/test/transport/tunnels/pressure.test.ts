/** Workloads whose streams lead to a vertex that says that it is loaded. */
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EngineConnection } from "../../../src/transport/connections/engine-connection.ts";
import { encodeRouteUpdate, encodeSessionReady, type NodePressure } from "../../../src/transport/vertex-messages.ts";
import { tellPressure } from "../conformance/pressure.ts";
import { issue } from "../mesh/identities.ts";
import { type TestVertex, type VertexOptions, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: VirtualWorld;
let target: Target;
beforeEach(async () => {
  world = new VirtualWorld();
  target = await Target.listen(world, echo);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

const warning: NodePressure = { level: "warning", score: 75, reasons: ["memory"] };
const critical: NodePressure = { level: "critical", score: 95, reasons: ["memory"] };
const nominal: NodePressure = { level: "nominal", score: 10, reasons: [] };

const tunnel = (trafficClass: TrafficClass) => ({ as: "user/alice", service: "web", path: 0, trafficClass });

/** A pair of vertices, with a tunnel for bulk and one for all else. */
function meet(limits: VertexOptions["limits"] = {}): Promise<{ a: TestVertex; b: TestVertex }> {
  const tunnels = [tunnel(TrafficClass.bulk), tunnel(TrafficClass.reliable)];
  return pair(world, target.address, { a: { tunnels, limits } });
}

const tell = (...who: readonly [TestVertex, NodePressure, TestVertex]): Promise<void> => tellPressure(world, ...who);

/** How long a workload waits for its first answer. */
async function answerMs(vertex: TestVertex, index: number): Promise<number> {
  const before = world.now;
  const client = new Client(world, vertex.port(index));
  await client.pingPong();
  client.socket.end();
  return world.now - before;
}

test("a connection that begins hears a level that is not nominal", async () => {
  const { a, b } = await meet();
  await tell(b, warning, a);
  const known = new Set(a.transport.status().connections.map(({ id }) => id));
  a.transport.handleCredentials("user/alice", issue("user/alice"));
  const successors = () => a.transport.status().connections.filter(({ id }) => !known.has(id));
  await world.until(() => successors().length === 2 && successors().every((each) => each.peerPressure === "warning"));
});

describe("new streams of class bulk", () => {
  test.each([
    [warning, 250],
    [critical, 500],
  ])("wait a moment while the far end says %o, and others do not", async (pressure, holdMs) => {
    const { a, b } = await meet();
    const idleMs = await answerMs(a, 0);
    expect(idleMs).toBeLessThan(100);
    await tell(b, pressure, a);
    for (let round = 0; round < 3; round++) {
      const heldMs = await answerMs(a, 0);
      expect(heldMs).toBeGreaterThanOrEqual(holdMs);
      expect(heldMs).toBeLessThan(holdMs + 100);
      expect(await answerMs(a, 1)).toBeLessThan(100);
    }
    await tell(b, nominal, a);
    expect(await answerMs(a, 0)).toBeLessThan(100);
  });

  test("that wait go on at once when it says that it is not loaded any more", async () => {
    const { a, b } = await meet();
    await tell(b, critical, a);
    const before = world.now;
    const client = new Client(world, a.port(0));
    await world.sleep(50);
    b.transport.notices.handleLevel(nominal);
    await client.pingPong();
    expect(world.now - before).toBeLessThan(200);
  });

  test("go on beside those that are open, under ids of their own", async () => {
    const { a, b } = await meet();
    const before = new Client(world, a.port(0));
    await before.pingPong();
    await tell(b, warning, a);
    const held = Array.from({ length: 5 }, () => new Client(world, a.port(0)));
    await before.pingPong();
    for (const client of held) await client.pingPong();
    await before.pingPong();
    await tell(b, nominal, a);
    for (const client of [before, ...held]) await client.pingPong();
    expect(a.transport.status().tunnels[0]!.connections).toMatchObject({ open: 6, refused: {}, cut: {} });
  });

  test("are not refused since too many wait: those go on at once", async () => {
    const { a, b } = await meet({ waitingMax: 3 });
    await tell(b, critical, a);
    const before = world.now;
    const clients = Array.from({ length: 7 }, () => new Client(world, a.port(0)));
    for (const client of clients.slice(0, 6)) await client.pingPong();
    expect(world.now - before).toBeLessThan(100);
    await clients[6]!.pingPong();
    expect(a.transport.status().tunnels[0]!.connections).toMatchObject({ total: 7, refused: {} });
  });

  test("that wait are served before the vertex stops", async () => {
    const { a, b } = await meet();
    await tell(b, critical, a);
    const client = new Client(world, a.port(0));
    await world.sleep(50);
    client.socket.end("last words");
    const stopped = a.stop(5_000);
    expect(await client.ended()).toBe("end");
    await stopped;
  });
});

describe("new streams of class bulk for which there is no room", () => {
  /** A pair whose one connection has room for two streams, both of which are open. */
  async function full(limits: VertexOptions["limits"] = {}) {
    const { a, b } = await pair(world, target.address, {
      a: { tunnels: [tunnel(TrafficClass.bulk)], limits },
      b: { limits: { streamsOpenMax: 3, acceptedPerPrincipalMax: 1 } },
    });
    const open = [new Client(world, a.port()), new Client(world, a.port())];
    for (const client of open) await client.pingPong();
    await tell(b, critical, a);
    return { a, open };
  }

  test("wait for that alone, are counted once, and go on as soon as a stream has ended", async () => {
    const { a, open } = await full();
    const waiting = Array.from({ length: 4 }, () => new Client(world, a.port()));
    const answers = waiting.map((client) => client.pingPong());
    await world.sleep(8_000);
    expect(a.transport.status().tunnels[0]).toMatchObject({ streamsUsedUp: 1 });
    const before = world.now;
    open[0]!.socket.end();
    await answers[0];
    expect(world.now - before).toBeLessThan(200);
    for (const client of [open[1]!, ...waiting]) client.socket.end();
    await Promise.all(answers);
  });

  test("are refused when no more may wait", async () => {
    const { a } = await full({ waitingMax: 2 });
    const clients = Array.from({ length: 5 }, () => new Client(world, a.port()));
    await world.until(() => clients.filter(({ isClosed }) => isClosed).length === 3);
    expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({ STREAM_LIMIT: 3 });
  });
});

test("an acceptor that says that it goes gets successors made, and messages for later change nothing", async () => {
  const greeted = vi.spyOn(EngineConnection.prototype, "handleHello").mock;
  const { a } = await meet();
  const tell = (message: Uint8Array): void => {
    for (const connection of greeted.contexts as EngineConnection[])
      if (connection.peer === "user/alice") connection.tell(message);
  };
  const established = () => a.transport.status().connections.filter(({ state }) => state === "established");
  const before = established().map(({ id }) => id);
  expect(before).toHaveLength(2);
  await world.sleep(2_000);
  tell(encodeSessionReady([{ number: 1, value: 2 }]));
  tell(encodeRouteUpdate({ isUp: false, roundTripMs: 1, datagramSize: 2 }));
  await world.sleep(5_000);
  expect(established().map(({ id }) => id)).toEqual(before);
  tell(Uint8Array.of(1, 0, 1, 6));
  await world.until(() => established().length === 2 && established().every(({ id }) => !before.includes(id)));
});
