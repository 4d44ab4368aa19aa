/** Connections that are handed over to a data thread, and what is decided about them afterwards. */
import { OWN_NUMBERS_MIN } from "@florenetes/data-plane";
import { TrafficClass, wordsOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LINK_NONE } from "../../../../src/forwarding/interfaces.ts";
import { Code } from "../../../../src/transport/codes.ts";
import { OWN_ACCOUNTS_MIN } from "../../../../src/transport/data-plane/native/lane-accounts.ts";
import type { LaneConnection } from "../../../../src/transport/data-plane/native/lane-connection.ts";
import { NativePlane } from "../../../../src/transport/data-plane/native/native-plane.ts";
import { encodeRenew } from "../../../../src/transport/messages.ts";
import { clientsOf, OwnFlowTalker, OwnTalker, ownAccounts } from "../../mesh/own-workloads.ts";
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

/** The first connection's peer has no memory of it any more. */
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
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: true });
  await world.until(() => laneA.adopted.length === 2);
  expect(world.now - started, "it does not wait for the pause to end").toBeLessThan(1_000);
  a.revoke(a.credentialsOf("user/alice"));
  expect(laneA.ordered("close")).toEqual([[2, Code.revoked, expect.any(String), true]]);
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: true });
  expect(laneA.ordered("refuseWaiting").at(-1)).toEqual([0, Code.revoked, expect.stringContaining("revoked")]);
});

test("who waits while a connection is handed over gets that one, and no second is made", async () => {
  const { laneA } = await meet();
  const waiting = { kind: "waiting", trunk: 0, areWaiting: true } as const;
  const adopt = laneA.adopt.bind(laneA);
  vi.spyOn(laneA, "adopt").mockImplementation((adoption) => {
    laneA.tell(waiting);
    adopt(adoption);
  });
  laneA.tell(wasReset);
  await world.until(() => laneA.adopted.length === 2);
  // The event was told before the thread had the connection.
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

test("a refusal is logged, and counted by the thread alone", async () => {
  const { b, laneB } = await meet();
  const refused = { kind: "refused", number: 0, isService: true, connection: 1, code: Code.targetDown } as const;
  laneB.tell({ ...refused, text: "ECONNREFUSED" });
  expect(b.events.find(({ code }) => code === "STREAM_REFUSED")).toMatchObject({
    reason: "TARGET_DOWN",
    service: "web",
  });
  expect(b.transport.status().services[0]!.connections).toMatchObject({ total: 0, refused: {} });
});

test("a service that has other credentials asks for renewals, and one that stops says so", async () => {
  const { b, laneB } = await meet();
  b.transport.handleCredentials("service/web", b.credentialsOf("service/web"));
  expect(laneB.ordered("sendControl")).toEqual([[1, encodeRenew()]]);
  await b.stop();
  expect(laneB.ordered("setService").at(-1)).toMatchObject([0, {}, { isStopped: true }]);
  expect(laneB.ordered("close")).toEqual([[1, Code.stopping, "", false]]);
});

test("another life of an originator ends the connections of the life before", async () => {
  const { a, laneB } = await meet();
  a.kill();
  await a.start();
  await world.until(() => laneB.adopted.length === 2);
  expect(laneB.ordered("close")).toEqual([[1, Code.superseded, expect.any(String), false]]);
});

test("both ends of a path within the vertex are handed over, and know that their packets stay here", async () => {
  const lane = new RecordingLane();
  const vertex = new TestVertex(world, {
    name: "a",
    openPlane: lane.openPlane,
    services: [{ name: "web", label: 900 }],
    paths: [{ name: "here", labels: [900], link: undefined, mtu: undefined }],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
  });
  await vertex.start();
  await world.until(() => lane.adopted.length === 2);
  expect(lane.ordered("listen")).toEqual([[0, 0]]);
  expect(new Set(lane.adopted.map(({ service }) => service))).toEqual(new Set([undefined, 0]));
  expect(lane.adopted.map(({ way }) => way.outLink)).toEqual([LINK_NONE, LINK_NONE]);
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
  laneA.tell({ kind: "waiting", trunk: 0, areWaiting: true });
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

test("peers of connections that the thread has are told of a change by the thread", async () => {
  const { b, laneB } = await meet();
  b.transport.notices.handleLevel({ level: "warning", score: 75, reasons: ["memory"] });
  expect(laneB.ordered("sendControl")).toEqual([[1, Uint8Array.from([1, 0, 5, 5, 1, 75, 0, 1])]]);
});

test("streams and flows of this process are the thread's, in accounts behind the tunnels', until the vertex stops", async () => {
  const { a, laneA } = await meet();
  const clients = clientsOf(a);
  const accounts = ownAccounts();
  const talkers: OwnTalker[] = [];
  const flows: OwnFlowTalker[] = [];
  const open = (): void => {
    clients.openOwn(accounts.streams, (stream) => {
      talkers.push(new OwnTalker(stream));
      return talkers.at(-1)!;
    });
    clients.openOwnFlow(accounts, (flow) => {
      flows.push(new OwnFlowTalker(flow));
      return flows.at(-1)!;
    });
  };
  open();
  expect(laneA.ordered("openStream")).toEqual([
    [OWN_NUMBERS_MIN, 0, OWN_ACCOUNTS_MIN, false],
    [OWN_NUMBERS_MIN + 1, 0, OWN_ACCOUNTS_MIN, true],
  ]);
  laneA.accounts = [{ ...account, number: OWN_ACCOUNTS_MIN, flows: { ...noFlows, datagramsSent: 3 } }];
  a.transport.status();
  expect([accounts.streams.counts.total, accounts.flows.counts.sent.datagrams]).toEqual([2, 3]);
  laneA.tell({
    kind: "refused",
    number: OWN_ACCOUNTS_MIN,
    isService: false,
    connection: 1,
    code: 2,
    text: "",
  });
  a.transport.drain();
  open();
  await world.until(() => talkers[1]!.reset !== undefined && flows[1]!.reset !== undefined);
  expect([talkers[1]!.reset!.code, flows[1]!.reset!.code]).toEqual([Code.stopping, Code.stopping]);
  expect([laneA.ordered("openStream").length, talkers[0]!.reset]).toEqual([2, undefined]);
  expect(accounts.streams.counts.refused).toEqual({ STOPPING: 2 });
});

test("another config leads tunnels, ways, targets and shares of the thread by orders, and cuts who is allowed no more", async () => {
  const { a, b, laneA, laneB } = await meet();
  const toWeb = { as: "user/alice", service: "web", path: 0 };
  await a.reconfigure({ paths: [{ name: "to-b", labels: [800, 900] }], limits: { streamsPerConnection: 7 } });
  expect(laneA.ordered("setWay")).toEqual([[1, { outLink: 0, words: wordsOf([800, 900]) }]]);
  expect(laneA.ordered("setStreamsPerConnection")).toEqual([[7]]);
  await a.reconfigure({ paths: [{ name: "to-b", labels: [900] }] });

  await a.reconfigure({ tunnels: [{ ...toWeb, service: "other" }, toWeb] });
  expect(laneA.ordered("leadTunnel")).toEqual([[0, 1]]);
  expect(laneA.ordered("listen")).toEqual([
    [0, 0],
    [1, 0],
  ]);
  expect(laneA.ordered("drain"), "another tunnel leads over the connection").toEqual([]);
  await a.reconfigure({ tunnels: [{ ...toWeb, service: "other" }, undefined] });
  expect([
    laneA.orders.filter(([name]) => name === "stopListening").map(([, tunnel]) => [tunnel]),
    laneA.ordered("drain"),
  ]).toEqual([[[1]], [[1]]]);

  const target = { kind: "tcp", host: "127.0.0.1", port: 2 } as const;
  const [web] = b.options.services!;
  await b.reconfigure({ services: [{ ...web!, target, tellsPrincipal: true, allow: ["user/bob"] }] });
  expect(laneB.ordered("setService").at(-1)).toMatchObject([0, target, { tellsPrincipal: true, isStopped: false }]);
  expect(laneB.ordered("close")).toEqual([[1, Code.notAllowed, "", true]]);
});
