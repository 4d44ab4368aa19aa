/** Connections that are up only while a workload needs them, or a while longer. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { issue } from "../mesh/identities.ts";
import { type TestVertex, type VertexOptions, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import { RecordingLane } from "../data-plane/native/recording-lane.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

const KEEP_MS = 10_000;
/** A time that is longer than it takes to see that a connection is not used, and to close it. */
const LONG_MS = 2 * KEEP_MS;

let world: VirtualWorld;
let target: Target;
beforeEach(async () => {
  world = new VirtualWorld();
  target = await Target.listen(world, echo);
});
afterEach(() => world.close());

const tunnel = (keepMs?: number) => ({ as: "user/alice", service: "web", path: 0, keepMs });

/** A pair with these tunnels; the connections are not waited for. */
function meet(tunnels: VertexOptions["tunnels"] = [tunnel(KEEP_MS)], a: Partial<VertexOptions> = {}) {
  return pair(world, target.address, { a: { tunnels, ...a }, isCold: true });
}

const connections = (vertex: TestVertex) => vertex.transport.status().connections;
const codes = (vertex: TestVertex) => vertex.events.map(({ code }) => code);

test("it is made when a workload comes, kept for its time, closed with DONE, and made again", async () => {
  const { a, b } = await meet();
  await world.sleep(LONG_MS);
  expect(connections(a)).toEqual([]);
  for (const round of [1, 2]) {
    const client = new Client(world, a.port());
    await client.pingPong();
    client.socket.end();
    await client.ended();
    const endedAt = world.now;
    await world.sleep(KEEP_MS - 100);
    expect(connections(a)).toMatchObject([{ state: "established" }]);
    await world.until(() => connections(a).length === 0 && connections(b).length === 0);
    expect(world.now - endedAt).toBeLessThan(LONG_MS);
    expect(codes(a).filter((code) => code === "TRANSPORT_IDLE")).toHaveLength(round);
    await world.sleep(LONG_MS);
    expect(codes(a).filter((code) => code === "TRANSPORT_UP")).toHaveLength(round);
  }
  for (const vertex of [a, b]) expect(codes(vertex)).not.toContain("TRANSPORT_DOWN");
});

test("it stays for a stream that says nothing, and the next one takes the same", async () => {
  const { a } = await meet();
  const quiet = new Client(world, a.port());
  await quiet.pingPong();
  const [first] = connections(a);
  await world.sleep(6 * KEEP_MS);
  await new Client(world, a.port()).pingPong();
  expect(connections(a)).toMatchObject([{ id: first!.id }]);
  expect(quiet.outcome).toBe("open");
});

test("workloads that come just when it is let go are served, by it or by the next one", async () => {
  const { a } = await meet();
  const idles = () => codes(a).filter((code) => code === "TRANSPORT_IDLE").length;
  const use = async (): Promise<void> => {
    const client = new Client(world, a.port());
    await client.pingPong();
    client.socket.end();
    expect(await client.ended()).toBe("end");
  };
  await use();
  const endedAt = world.now;
  await world.until(() => idles() === 1, LONG_MS);
  const idleMs = world.now - endedAt;
  await use();
  for (let offset = -3; offset <= 3; offset++) {
    await world.sleep(idleMs + offset);
    await use();
  }
  expect(idles()).toBeGreaterThan(2);
});

test("tunnels that share it: it is always there if one of them wants that", async () => {
  const { a } = await meet([tunnel(KEEP_MS), tunnel()]);
  await world.until(() => codes(a).includes("TRANSPORT_UP"));
  await world.sleep(5 * KEEP_MS);
  expect(connections(a)).toMatchObject([{ state: "established" }]);
  expect(a.transport.status().tunnels.map(({ keepMs }) => keepMs)).toEqual([KEEP_MS, null]);
});

test("an unused one that is old or has another size gets its successor, and is let go at its time all the same", async () => {
  const { a } = await meet([tunnel(4 * KEEP_MS)], { limits: { connectionAgeMs: KEEP_MS } });
  const client = new Client(world, a.port());
  await client.pingPong();
  client.socket.destroy();
  await world.sleep(3.5 * KEEP_MS);
  expect(codes(a).filter((code) => code === "TRANSPORT_UP").length).toBeGreaterThan(2);
  await world.sleep(2 * KEEP_MS);
  expect(codes(a)).toContain("TRANSPORT_IDLE");
  expect(connections(a)).toEqual([]);
});

test("when its peer is gone, nobody is looked for until a workload comes", async () => {
  const { a, b, link } = await meet();
  const client = new Client(world, a.port());
  await client.pingPong();
  await b.stop();
  expect(await client.ended()).toBe("ECONNRESET");
  await world.until(() => connections(a).length === 0, LONG_MS);
  const refused = new Client(world, a.port());
  expect(await refused.ended()).toBe("ECONNRESET");
  await world.sleep(LONG_MS);
  let packets = 0;
  link.tap = () => ++packets > 0;
  await world.sleep(LONG_MS);
  expect(packets).toBe(0);
  await b.start();
  await new Client(world, a.port()).pingPong();
});

test("other credentials of a trunk without a connection are those of its next one", async () => {
  const { a, b } = await meet();
  const renewed = issue("user/alice");
  a.transport.handleCredentials("user/alice", renewed);
  a.transport.handleRevocations();
  await world.sleep(LONG_MS);
  expect(connections(b)).toEqual([]);
  await new Client(world, a.port()).pingPong();
  expect(connections(b)).toMatchObject([{ peer: "user/alice" }]);
});

test("one that the data thread has is let go when the thread's figures show no stream, before it drains", async () => {
  const lane = new RecordingLane();
  await meet([tunnel(KEEP_MS)], { openPlane: lane.openPlane });
  const waiting = { kind: "waiting", trunk: 0, areWaiting: true, usedUp: undefined } as const;
  await world.sleep(LONG_MS);
  expect(lane.adopted).toEqual([]);
  lane.tell(waiting);
  await world.until(() => lane.adopted.length === 1);
  const { way, payloadMax } = lane.adopted[0]!;
  const traffic = {
    rttMs: 7,
    silentMs: 0,
    unansweredMs: 0,
    bytesSent: 1,
    bytesReceived: 1,
    packetsSent: 0,
    packetsLost: 0,
    packetsReceived: 0,
    newestPacket: -1,
    isInFlight: false,
    packetsIgnored: 0,
  };
  const figures = { ...way, ...traffic, payloadMax, connection: 1, streamsOpen: 0, streamsOpening: 1 };
  lane.connections.set(1, figures);
  await world.sleep(5 * KEEP_MS);
  expect(lane.ordered("drain")).toEqual([]);
  lane.connections.set(1, { ...figures, streamsOpening: 0 });
  await world.sleep(KEEP_MS / 2);
  lane.tell({ kind: "used", trunk: 0 });
  await world.sleep(KEEP_MS);
  expect(lane.ordered("drain")).toEqual([]);
  await world.sleep(KEEP_MS);
  const orders = lane.orders.filter(([name]) => name === "setCurrent" || name === "drain");
  expect(orders).toEqual([
    ["setCurrent", 0, 1],
    ["setCurrent", 0, undefined],
    ["drain", 1],
  ]);
  lane.tell(waiting);
  await world.until(() => lane.adopted.length === 2);
  expect(lane.ordered("setCurrent").at(-1)).toEqual([0, 2]);
});
