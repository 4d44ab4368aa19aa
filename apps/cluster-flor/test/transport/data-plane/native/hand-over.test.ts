/** Connections that are handed over to a data thread, and what is decided about them afterwards. */
import { TrafficClass, wordsOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Code } from "../../../../src/transport/codes.ts";
import type { LaneConnection } from "../../../../src/transport/data-plane/native/lane-connection.ts";
import { NativePlane } from "../../../../src/transport/data-plane/native/native-plane.ts";
import { Trunk } from "../../../../src/transport/tunnels/trunk.ts";
import { TestVertex, joinInRow } from "../../mesh/mesh.ts";
import { VirtualWorld } from "../../worlds/virtual-world.ts";
import { noFlows } from "./no-flows.ts";
import { RecordingLane } from "./recording-lane.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

const figures = {
  rttMs: 7,
  bytesSent: 100,
  bytesReceived: 200,
  packetsSent: 0,
  packetsLost: 0,
  packetsReceived: 0,
  newestPacket: -1,
  outLink: 0,
  words: Uint32Array.of(),
  payloadMax: 1_200,
  streamsOpen: 3,
  streamsOpening: 1,
  isInFlight: true,
  silentMs: 0,
  unansweredMs: 0,
  packetsIgnored: 2,
};

const account = { isService: false, open: 2, total: 2, refused: [], cut: [], flows: noFlows };

/** The event of the first connection after its peer has lost all memory of it. */
const wasReset = { kind: "closed", connection: 1, cause: "reset", isApplication: false, code: 0, reason: "" } as const;

/** Two vertices with a link, each with a data thread; a has a tunnel to b's service. */
async function meet(
  limits = {},
  trafficClass: TrafficClass = TrafficClass.reliable,
): Promise<{ a: TestVertex; b: TestVertex; laneA: RecordingLane; laneB: RecordingLane }> {
  const laneA = new RecordingLane();
  const laneB = new RecordingLane();
  const a = new TestVertex(world, {
    name: "a",
    openPlane: laneA.openPlane,
    paths: [{ name: "to-b", labels: [900] }],
    tunnels: [{ as: "user/alice", service: "web", path: 0, trafficClass }],
    limits,
  });
  const b = new TestVertex(world, {
    name: "b",
    openPlane: laneB.openPlane,
    services: [{ name: "web", label: 900 }],
    limits,
  });
  joinInRow(world, a, b);
  await b.start();
  await a.start();
  await world.until(() => laneA.adopted.length === 1 && laneB.adopted.length === 1);
  return { a, b, laneA, laneB };
}

test("both ends hand their connection over when the other one has said hello", async () => {
  const { a, b, laneA, laneB } = await meet();
  const [originated] = laneA.adopted;
  const [accepted] = laneB.adopted;
  expect(originated).toMatchObject({ trunk: 0, service: undefined, isDraining: false, payloadMax: 1_264 });
  expect(accepted).toMatchObject({ trunk: undefined, service: 0 });
  expect([accepted!.idHigh, accepted!.idLow]).toEqual([originated!.idHigh, originated!.idLow]);
  expect(laneA.orders).toEqual([
    ["listen", 0, 0],
    ["adopt", 1],
    ["setCurrent", 0, 1],
  ]);
  expect(laneB.ordered("setService")).toMatchObject([
    [0, { kind: "tcp", host: "127.0.0.1", port: 1 }, { isStopped: false }],
  ]);
  for (const { transport } of [a, b]) {
    expect(transport.status().connections).toMatchObject([{ state: "established", streamsOpen: 0 }]);
  }
});

test("a packet that comes up for a connection that was handed over is given back", async () => {
  const { laneA, laneB } = await meet();
  laneA.ping(laneA.adopted[0]!);
  await world.until(() => laneB.ordered("deliverPacket").length > 0);
  expect(laneB.ordered("deliverPacket")[0]).toEqual([0, 0, expect.any(Uint8Array)]);
  laneB.ping(laneB.adopted[0]!);
  await world.until(() => laneA.ordered("deliverPacket").length > 0);
  expect(laneA.ordered("deliverPacket")[0]).toEqual([0, undefined, expect.any(Uint8Array)]);
});

test("figures of the thread are in the status", async () => {
  const { a, laneA } = await meet();
  laneA.connections.set(1, { ...figures, connection: 1 });
  const refused = [Code.targetDown, 4, Code.noAnswer, 1];
  laneA.accounts = [{ ...account, number: 0, total: 9, refused, cut: [Code.silent, 2] }];
  laneA.drops = { wrongService: 5, unauthenticated: 6, untold: 7 };
  const { connections, tunnels, drops } = a.transport.status();
  expect(connections).toMatchObject([{ streamsOpen: 3, rttMs: 7, bytesSent: 100, bytesReceived: 200 }]);
  expect(tunnels).toMatchObject([
    { connections: { open: 2, total: 9, refused: { TARGET_DOWN: 4, NO_ANSWER: 1 }, cut: { SILENT: 2 } } },
  ]);
  expect(drops).toMatchObject({ wrongService: 5, unauthenticated: 8, untold: 7 });
  expect(a.transport.unfinished).toBe("streams");
});

test("a connection that has ended gets a follower, and is forgotten once the thread has", async () => {
  const { a, laneA } = await meet();
  const closed = { kind: "closed", connection: 1, cause: "reset", isApplication: false, code: 0, reason: "" } as const;
  laneA.tell(closed);
  expect(laneA.ordered("setCurrent")).toEqual([
    [0, 1],
    [0, undefined],
  ]);
  await world.until(() => laneA.adopted.length === 2);
  expect(laneA.ordered("setCurrent").at(-1)).toEqual([0, 2]);
  expect(a.transport.status().connections).toHaveLength(2);
  laneA.tell({ kind: "left", connection: 1 });
  expect(a.transport.status().connections).toMatchObject([{ state: "established" }]);
  expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ cause: "reset" });
  laneA.tell(closed);
  expect(laneA.adopted, "it is known no more").toHaveLength(2);
});

test("a connection is relabelled by the thread, as long as it is open", async () => {
  const adoptions = vi.spyOn(NativePlane.prototype, "carry").mock;
  const { laneA } = await meet();
  const originated = adoptions.results
    .map(({ value }) => value as LaneConnection)
    .find(({ number, peer }) => {
      return number === 1 && peer === "service/web";
    })!;
  const way = { outLink: 1, words: wordsOf([101, 900]) };
  originated.relabel(way);
  expect(laneA.ordered("setWay")).toEqual([[1, way]]);
  laneA.tell(wasReset);
  originated.relabel(way);
  expect(laneA.ordered("setWay")).toHaveLength(1);
});

test("the trunk hears once that its connection goes unanswered, and that it is answered, as long as the connection is open", async () => {
  const unanswered = vi.spyOn(Trunk.prototype, "handleUnanswered");
  const answered = vi.spyOn(Trunk.prototype, "handleAnswered");
  const { laneA } = await meet();
  const before = [unanswered.mock.calls.length, answered.mock.calls.length];
  const told = () => [unanswered.mock.calls.slice(before[0]), answered.mock.calls.slice(before[1])];
  const connection = expect.objectContaining({ number: 1, peer: "service/web" });
  laneA.tell({ kind: "unanswered", connection: 1, ms: 1_004 });
  expect(told()).toEqual([[[connection, 1_004, world.now]], []]);
  laneA.tell({ kind: "answered", connection: 1 });
  expect(told()).toEqual([[[connection, 1_004, world.now]], [[connection, world.now]]]);
  laneA.tell({ kind: "unanswered", connection: 2, ms: 1_004 });
  laneA.tell(wasReset);
  laneA.tell({ kind: "unanswered", connection: 1, ms: 1_004 });
  laneA.tell({ kind: "answered", connection: 1 });
  expect(told().map((calls) => calls.length)).toEqual([1, 1]);
});

test.each([
  ["the peer asks for it", { kind: "renewal", connection: 1 } as const],
  ["it has had its share of streams", { kind: "full", connection: 1 } as const],
])("a connection gets a successor when %s, and drains", async (_, event) => {
  const { laneA } = await meet();
  await world.sleep(2_000);
  laneA.tell(event);
  await world.until(() => laneA.adopted.length === 2);
  expect(laneA.ordered("drain")).toEqual([[1]]);
  expect(laneA.ordered("setCurrent").at(-1)).toEqual([0, 2]);
  const drained = { cause: "local", isApplication: true, code: Code.done, reason: "" } as const;
  laneA.tell({ kind: "closed", connection: 1, ...drained });
  await world.sleep(1_000);
  expect(laneA.adopted, "a predecessor has no followers").toHaveLength(2);
});

test("who waits is connected for, and is turned away when the trunk's own certificate is revoked", async () => {
  const { a, laneA, b } = await meet();
  b.kill();
  laneA.tell({
    kind: "closed",
    connection: 1,
    cause: "peer",
    isApplication: true,
    code: 9,
    reason: "",
  });
  await world.sleep(30_000);
  await b.start();
  const started = world.now;
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: true, usedUp: undefined });
  await world.until(() => laneA.adopted.length === 2);
  expect(world.now - started, "it does not wait for the pause to end").toBeLessThan(1_000);
  a.revoke(a.credentialsOf("user/alice"));
  expect(laneA.ordered("close")).toEqual([[2, Code.revoked, expect.any(String), true]]);
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: true, usedUp: undefined });
  expect(laneA.ordered("refuseWaiting").at(-1)).toEqual([0, Code.revoked, expect.stringContaining("revoked")]);
});

test("who waits while a connection is handed over gets that one, and no second is made", async () => {
  const { laneA } = await meet();
  const waiting = { kind: "waiting", trunk: 0, areWaiting: true, usedUp: undefined } as const;
  const adopt = laneA.adopt.bind(laneA);
  vi.spyOn(laneA, "adopt").mockImplementation((adoption) => {
    laneA.tell(waiting);
    adopt(adoption);
  });
  laneA.tell(wasReset);
  await world.until(() => laneA.adopted.length === 2);
  // The thread tells this event before it has the new connection.
  laneA.tell(waiting);
  await world.sleep(1_000);
  expect(laneA.adopted).toHaveLength(2);
});

test("an originator that lets too many streams fail is disconnected, and not let in for a while", async () => {
  const { laneB } = await meet({ failedStreamsBurst: 10, failedStreamsPerSecond: 1 });
  laneB.tell({ kind: "failed", connection: 1, streams: 10 });
  expect(laneB.ordered("close")).toEqual([]);
  laneB.tell({ kind: "failed", connection: 1, streams: 1 });
  expect(laneB.ordered("close")).toEqual([[1, Code.tooManyStreams, expect.any(String), false]]);
  await world.sleep(1_000);
  expect(laneB.adopted, "its next attempts were refused").toHaveLength(1);
});

test("one that loses too many streams with its connections is not let in for a while", async () => {
  const { laneB } = await meet({ failedStreamsBurst: 10, failedStreamsPerSecond: 1 });
  laneB.tell({ kind: "failed", connection: 1, streams: 11 });
  laneB.tell({
    kind: "closed",
    connection: 1,
    cause: "peer",
    isApplication: true,
    code: Code.done,
    reason: "",
  });
  await world.sleep(1_000);
  expect(laneB.adopted, "its next attempts were refused").toHaveLength(1);
});

test("another life of an originator ends the connections of the life before", async () => {
  const { a, laneB } = await meet();
  a.kill();
  await a.start();
  await world.until(() => laneB.adopted.length === 2);
  expect(laneB.ordered("close")).toEqual([[1, Code.superseded, expect.any(String), false]]);
});

test("a service that stops says so", async () => {
  const { b, laneB } = await meet();
  await b.stop();
  expect(laneB.ordered("close")).toEqual([[1, Code.stopping, "", false]]);
});

const critical = { kind: "pressure", connection: 1, level: 2, score: 95, reasons: 1 } as const;

test("the thread is kept from the connection of bulk while the peer is loaded, but for moments", async () => {
  const { a, laneA } = await meet({}, TrafficClass.bulk);
  laneA.tell(critical);
  expect(a.transport.status().connections).toMatchObject([{ peerPressure: "critical" }]);
  const held = [
    ["setCurrent", 0, 1],
    ["hold", 0, 1],
  ];
  const ordered = () => laneA.orders.filter(([name]) => name === "setCurrent" || name === "hold");
  expect(ordered()).toEqual(held);
  await world.sleep(5_000);
  expect(ordered(), "nobody waits").toEqual(held);
  const since = world.now;
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: true, usedUp: undefined });
  await world.until(() => ordered().length > 2);
  expect(world.now - since).toBe(500);
  expect(ordered()).toEqual([...held, ...held]);
  await world.sleep(5_000);
  expect(ordered(), "nobody waits").toHaveLength(4);
  laneA.tell({ ...critical, level: 0, reasons: 0 });
  expect(ordered().at(-1)).toEqual(["setCurrent", 0, 1]);
  expect(laneA.adopted, "there was a connection all the time").toHaveLength(1);
});

test("the pressure of a peer keeps the thread from no connection of another class", async () => {
  const { a, laneA } = await meet();
  laneA.tell(critical);
  expect(a.transport.status().connections).toMatchObject([{ peerPressure: "critical" }]);
  expect(laneA.ordered("setCurrent")).toEqual([[0, 1]]);
});

const usedUp = (connection: number) => ({ kind: "waiting", trunk: 0, areWaiting: true, usedUp: connection }) as const;
const besides = (lane: RecordingLane) =>
  lane.orders.filter(([name]) => name === "setBeside" || name === "setCurrent" || name === "drain");

test("a connection whose streams are used up gets another one beside it, for which the thread is told both", async () => {
  const { a, laneA } = await meet();
  laneA.tell(usedUp(1));
  await world.until(() => laneA.adopted.length === 2);
  expect(laneA.adopted[1]!.idLow & 0xff).toBe(laneA.adopted[0]!.idLow & 0xff);
  expect(besides(laneA)).toEqual([
    ["setCurrent", 0, 1],
    ["setBeside", 0, [2]],
    ["setCurrent", 0, 1],
  ]);
  expect(a.transport.status().tunnels[0]).toMatchObject({ connectionsBeside: 1, streamsUsedUp: 1 });
  // The thread had said so before it knew of the second one.
  laneA.tell(usedUp(1));
  await world.sleep(5_000);
  expect(laneA.adopted).toHaveLength(2);
  expect(a.transport.status().tunnels[0]).toMatchObject({ streamsUsedUp: 1 });
});

test("an acceptor without credit draws one connection a second, three at most, which go when nobody uses them", async () => {
  const { a, laneA } = await meet();
  const since = world.now;
  for (let number = 1; number <= 4; number++) {
    laneA.tell(usedUp(number));
    if (number < 4) await world.until(() => laneA.adopted.length === number + 1);
  }
  expect(world.now - since).toBeGreaterThanOrEqual(2_000);
  await world.sleep(10_000);
  expect(laneA.adopted).toHaveLength(4);
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: false, usedUp: undefined });
  await world.until(() => laneA.ordered("drain").length === 3, 200_000);
  expect(laneA.ordered("drain")).toEqual([[4], [3], [2]]);
  expect(laneA.ordered("setBeside").slice(-3)).toEqual([
    [0, [2, 3]],
    [0, [2]],
    [0, []],
  ]);
  expect(a.transport.status().tunnels[0]).toMatchObject({ connectionsBeside: 0, streamsUsedUp: 4 });
  for (const code of ["TRANSPORT_DOWN", "STREAM_REFUSED"])
    expect(a.events.map((event) => event.code)).not.toContain(code);
});

test("when the first of two connections ends, the second one takes its place", async () => {
  const { laneA } = await meet();
  laneA.tell(usedUp(1));
  await world.until(() => laneA.adopted.length === 2);
  laneA.tell({ kind: "closed", connection: 1, cause: "reset", isApplication: false, code: 0, reason: "" });
  expect(besides(laneA).slice(-2)).toEqual([
    ["setBeside", 0, []],
    ["setCurrent", 0, 2],
  ]);
  await world.sleep(5_000);
  expect(laneA.adopted, "there is a connection").toHaveLength(2);
  laneA.tell({ kind: "closed", connection: 2, cause: "reset", isApplication: false, code: 0, reason: "" });
  await world.until(() => laneA.adopted.length === 3);
});

test("the second of two connections may end first, and is made again when it is needed", async () => {
  const { laneA } = await meet();
  laneA.tell(usedUp(1));
  await world.until(() => laneA.adopted.length === 2);
  laneA.tell({ kind: "closed", connection: 2, cause: "reset", isApplication: false, code: 0, reason: "" });
  expect(besides(laneA).slice(-2)).toEqual([
    ["setBeside", 0, []],
    ["setCurrent", 0, 1],
  ]);
  laneA.tell(usedUp(1));
  await world.until(() => laneA.adopted.length === 3);
  expect(besides(laneA).slice(-2)).toEqual([
    ["setBeside", 0, [3]],
    ["setCurrent", 0, 1],
  ]);
});

test("a successor that becomes due while a connection is made beside is that connection", async () => {
  const { a, laneA } = await meet();
  laneA.tell(usedUp(1));
  laneA.tell({ kind: "full", connection: 1 });
  await world.until(() => laneA.adopted.length === 2);
  expect(besides(laneA)).toEqual([
    ["setCurrent", 0, 1],
    ["drain", 1],
    ["setCurrent", 0, 2],
  ]);
  expect(a.transport.status().tunnels[0]).toMatchObject({ connectionsBeside: 0 });
});

test("an acceptor that asks on the second of two connections for a renewal gets a successor of both", async () => {
  const { laneA } = await meet();
  laneA.tell(usedUp(1));
  await world.until(() => laneA.adopted.length === 2);
  laneA.tell({ kind: "renewal", connection: 2 });
  await world.until(() => laneA.adopted.length === 3);
  expect(laneA.ordered("drain")).toEqual([[1], [2]]);
});

test("another way of the path takes all connections along, and so does its stop", async () => {
  const { a, laneA } = await meet();
  laneA.tell(usedUp(1));
  await world.until(() => laneA.adopted.length === 2);
  a.transport.drain();
  expect(laneA.ordered("drain")).toEqual([[1], [2]]);
});
