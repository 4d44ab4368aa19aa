/** Streams and flows that a vertex opens itself, with no client at a listener. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { WAITING_MAX } from "../../../src/transport/datagrams/limits.ts";
import { CHUNK_SIZE } from "../../../src/transport/limits.ts";
import type { StreamAccount, StreamCounts } from "../../../src/transport/streams/stream-account.ts";
import type { FlowAccounts } from "../../../src/transport/tunnels/trunk-clients.ts";
import { type Pair, type PairOptions, pair, type TestVertex } from "../mesh/mesh.ts";
import { clientsOf, OwnFlowTalker, OwnTalker, ownAccounts } from "../mesh/own-workloads.ts";
import { datagramPair, echoDatagrams } from "../mesh/udp-workloads.ts";
import { echo, Target } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

/** Opens a stream, whose workload writes these pieces. */
function talk(
  vertex: TestVertex,
  pieces: readonly (Uint8Array | string)[] = [],
  isEnding = true,
  account: StreamAccount = ownAccounts().streams,
): OwnTalker {
  let talker: OwnTalker | undefined;
  clientsOf(vertex).openOwn(account, (stream) => (talker = new OwnTalker(stream, pieces, isEnding)));
  return talker!;
}

export function openFlow(vertex: TestVertex, accounts: FlowAccounts = ownAccounts()): OwnFlowTalker {
  let talker: OwnFlowTalker | undefined;
  clientsOf(vertex).openOwnFlow(accounts, (flow) => (talker = new OwnFlowTalker(flow)));
  return talker!;
}

/** The stream counts of an account, at most a moment old. */
function counted(vertex: TestVertex, account: StreamAccount): StreamCounts {
  vertex.transport.refreshCounts();
  return account.counts;
}

export async function echoPair(world: TransportWorld, options: PairOptions = {}): Promise<Pair> {
  const target = await Target.listen(world, echo);
  return await pair(world, target.address, options);
}

const isFree = ({ a, b }: Pair): boolean => a.transport.bytesHeld + b.transport.bytesHeld === 0;

export const ownStreams: Suite = describeInWorlds("streams of a vertex's own", ({ open, within }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test.each([0, 1, 300_000])("say %i bytes, hear them, and end", async (size) => {
    const mesh = await echoPair(world);
    const said = randomBytes(size);
    const pieces = Array.from({ length: Math.ceil(size / CHUNK_SIZE) }, (_, index) => {
      return said.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE);
    });
    const talker = talk(mesh.a, pieces);
    await world.until(() => talker.hasPeerEnded);
    expect(talker.received.equals(said)).toBe(true);
    expect(talker.heard[0]).toBe("answered");
    expect(talker.reset).toBeUndefined();
    await world.until(() => isFree(mesh));
  });

  test("are counted in the account that they are opened for", async () => {
    const { a } = await echoPair(world);
    const { streams } = ownAccounts();
    const talker = talk(a, ["hello"], false, streams);
    await world.until(() => talker.received.length === 5);
    await world.until(() => counted(a, streams).open === 1);
    expect(streams.counts).toEqual({ open: 1, total: 1, refused: {}, cut: {} });
    talker.stream.end();
    await world.until(() => counted(a, streams).open === 0);
    expect(streams.counts).toEqual({ open: 0, total: 1, refused: {}, cut: {} });
  });

  test("hold back the peer while the workload takes nothing, and no other stream", async () => {
    const mesh = await echoPair(world, {
      a: { limits: { streamWindow: 65_536, streamWindowMax: 65_536 } },
      b: { limits: { streamWindow: 65_536, streamWindowMax: 65_536 } },
    });
    const pieces = Array.from({ length: 30 }, () => randomBytes(CHUNK_SIZE));
    const slow = talk(mesh.a, pieces);
    slow.isTaking = false;
    await world.until(() => slow.received.length > 0);
    const other = talk(mesh.a, ["passes"]);
    await world.until(() => other.hasPeerEnded);
    expect(slow.heard.filter((what) => what === "bytes")).toHaveLength(1);
    expect(mesh.a.transport.bytesHeld).toBeLessThan(1_000_000);
    slow.isTaking = true;
    slow.take();
    await world.until(() => slow.hasPeerEnded);
    expect(slow.received.equals(Buffer.concat(pieces))).toBe(true);
    await world.until(() => isFree(mesh));
  });

  test("are reset by their workload, at any time, with a code of its own", async () => {
    const mesh = await echoPair(world);
    const talkers = [talk(mesh.a, ["one"], false), talk(mesh.a, ["two"], false)];
    talkers[0]!.stream.reset();
    await world.until(() => talkers[0]!.reset !== undefined && talkers[1]!.received.length === 3);
    talkers[1]!.stream.reset(Code.overBudget);
    await world.until(() => talkers[1]!.reset !== undefined);
    expect(talkers.map(({ reset }) => reset!.code)).toEqual([Code.workloadReset, Code.overBudget]);
    await world.until(() => mesh.b.transport.status().services[0]!.connections.cut["OVER_BUDGET"] === 1);
    await world.until(() => isFree(mesh));
  });

  test("may be reset while their workload is being made", async () => {
    const mesh = await echoPair(world);
    let talker: OwnTalker | undefined;
    clientsOf(mesh.a).openOwn(ownAccounts().streams, (stream) => {
      stream.reset();
      return (talker = new OwnTalker(stream));
    });
    expect(talker!.heard).toEqual([]);
    await world.until(() => talker!.reset !== undefined);
    await world.until(() => isFree(mesh));
  });

  test("hear why the far end refuses them", async () => {
    const { a, b } = await pair(world, { kind: "tcp", host: "127.0.0.1", port: 1 });
    const { streams } = ownAccounts();
    const talker = talk(a, ["question"], false, streams);
    await world.until(() => talker.reset !== undefined);
    expect(talker.heard).toEqual(["reset"]);
    expect(talker.reset!.code).toBe(Code.targetDown);
    await world.until(() => counted(a, streams).total === 1 && streams.counts.open === 0);
    const counts = { open: 0, total: 1, refused: { TARGET_DOWN: 1 }, cut: {} };
    expect(streams.counts).toEqual(counts);
    const logged = { code: "STREAM_REFUSED", reason: "TARGET_DOWN", service: "web" };
    await world.until(() => b.events.some(({ code }) => code === logged.code));
    expect(b.events).toContainEqual(expect.objectContaining(logged));
    const served = () => b.transport.status().services[0]!.connections;
    await world.until(() => served().total === 1 && served().open === 0);
    expect(served()).toEqual(counts);
  });

  test("wait, where they are the first, for the connection", async () => {
    const { a } = await echoPair(world, { isCold: true });
    const talker = talk(a, ["first"]);
    await world.until(() => talker.hasPeerEnded);
    expect(String(talker.received)).toBe("first");
  });

  test("that are given up while they wait hear of it at once", async () => {
    const { a } = await echoPair(world, { isCold: true, isCut: true });
    const talker = talk(a, ["said"]);
    talker.stream.reset();
    await world.until(() => talker.reset !== undefined, within(100));
    expect(a.transport.bytesHeld).toBe(0);
  });

  test("that no far end answers in time hear why, and so do flows", async () => {
    const { a } = await echoPair(world, { isCold: true, isCut: true });
    const accounts = ownAccounts();
    accounts.streams.whyUnanswered = () => "the path is down";
    const workloads = [talk(a, ["said"], false, accounts.streams), openFlow(a, accounts)];
    await world.until(() => workloads.every(({ reset }) => reset !== undefined), 30_000);
    const unanswered = { code: Code.noAnswer, text: "the path is down" };
    expect(workloads.map(({ reset }) => reset)).toEqual([unanswered, unanswered]);
  });

  test("that nobody has accepted are offered again to a service which was restarted", async () => {
    const { a, b } = await echoPair(world);
    b.kill();
    await world.sleep(250);
    await b.start();
    const talker = talk(a, ["question", "s"]);
    await world.until(() => talker.hasPeerEnded);
    expect(String(talker.received)).toBe("questions");
    expect(talker.heard.filter((what) => what === "answered")).toHaveLength(1);
  });

  test("are refused when the vertex stops, and cut with their connection", async () => {
    const { a, b } = await echoPair(world);
    const before = talk(a, ["before"], false);
    await world.until(() => before.received.length === 6);
    b.kill();
    await b.start();
    await world.until(() => before.reset !== undefined, 70_000);
    expect(before.reset!.code).toBe(Code.connectionLost);
    a.transport.drain();
    const accounts = ownAccounts();
    const behind = [talk(a, ["said"], true, accounts.streams), openFlow(a, accounts)];
    expect(behind.map(({ heard }) => heard)).toEqual([[], []]);
    await world.until(() => behind.every(({ reset }) => reset !== undefined));
    expect(behind.map(({ reset }) => reset!.code)).toEqual([Code.stopping, Code.stopping]);
    expect(counted(a, accounts.streams).refused).toEqual({ STOPPING: 2 });
  });

  test("to a service of datagrams hear that it is of another kind", async () => {
    const { socket } = await echoDatagrams(world);
    const { a } = await datagramPair(world, socket.port);
    const talker = talk(a);
    await world.until(() => talker.reset !== undefined);
    expect(talker.reset!.code).toBe(Code.wrongKind);
  });
});

export const ownFlows: Suite = describeInWorlds("flows of a vertex's own", ({ open, within }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("carry datagrams of all sizes both ways, and are counted", async () => {
    const { socket } = await echoDatagrams(world, "re: ");
    const mesh = await datagramPair(world, socket.port);
    const accounts = ownAccounts();
    const talker = openFlow(mesh.a, accounts);
    for (const size of [0, 1, 4_000]) talker.flow.send(new Uint8Array(size));
    await world.until(() => talker.received.length === 3);
    expect(talker.received.map(({ length }) => length)).toEqual([4, 5, 4_004]);
    expect(talker.heard[0]).toBe("answered");
    // The thread's counts come once in a while, and may be from the midst of it.
    await world.until(
      () => counted(mesh.a, accounts.streams).open === 1 && accounts.flows.counts.received.datagrams === 3,
    );
    expect(accounts.streams.counts).toEqual({ open: 1, total: 1, refused: {}, cut: {} });
    expect(accounts.flows.counts).toMatchObject({
      sent: { datagrams: 3, bytes: 4_001 },
      received: { datagrams: 3, bytes: 4_013 },
    });
    talker.flow.reset();
    await world.until(() => talker.reset !== undefined && counted(mesh.a, accounts.streams).open === 0);
    expect(talker.reset).toEqual({ code: Code.done, text: "" });
    expect(accounts.streams.counts).toEqual({ open: 0, total: 1, refused: {}, cut: {} });
    talker.flow.send(Buffer.from("over"));
    await world.until(() => mesh.b.transport.status().services[0]!.connections.open === 0);
  });

  test("to a service of streams hear that it is of another kind", async () => {
    const { a } = await echoPair(world);
    const talker = openFlow(a);
    await world.until(() => talker.reset !== undefined);
    expect([talker.heard, talker.reset!.code]).toEqual([["reset"], Code.wrongKind]);
  });

  test("keep some datagrams while they wait for the connection", async () => {
    const { socket } = await echoDatagrams(world);
    const target = { kind: "udp", host: "127.0.0.1", port: socket.port } as const;
    const { a } = await pair(world, target, { isCold: true });
    const accounts = ownAccounts();
    const talker = openFlow(a, accounts);
    for (let index = 0; index <= WAITING_MAX; index++) talker.flow.send(Buffer.from(String(index)));
    await world.until(() => talker.received.length === WAITING_MAX);
    await world.until(() => counted(a, accounts.streams).open === 1);
    expect(accounts.flows.counts.drops["noRoom"]).toBe(1);
  });

  test("that are given up while they wait, or while they are being made, hear of it at once", async () => {
    const { a } = await echoPair(world, { isCold: true, isCut: true });
    const talker = openFlow(a);
    talker.flow.send(Buffer.from("?"));
    talker.flow.reset();
    await world.until(() => talker.reset !== undefined, within(100));
    let other: OwnFlowTalker | undefined;
    clientsOf(a).openOwnFlow(ownAccounts(), (flow) => {
      flow.reset();
      return (other = new OwnFlowTalker(flow));
    });
    await world.until(() => other!.reset !== undefined, within(100));
    expect(a.transport.bytesHeld).toBe(0);
  });
});
