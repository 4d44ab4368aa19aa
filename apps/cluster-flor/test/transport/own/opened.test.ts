/** Streams and flows that a vertex opens itself, with no client at a listener. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { echoPair, openFlow, talk } from "../conformance/own-opened.ts";
import { Code } from "../../../src/transport/codes.ts";
import { WAITING_MAX } from "../../../src/transport/datagrams/limits.ts";
import { pair } from "../mesh/mesh.ts";
import { clientsOf, OwnFlowTalker, OwnTalker, ownAccounts } from "../mesh/own-workloads.ts";
import { datagramPair, echoDatagrams } from "../mesh/udp-workloads.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

describe("streams of a vertex's own, in virtual time alone,", () => {
  let world: VirtualWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

  test("that are the first wait for the connection", async () => {
    const { a } = await echoPair(world, { isCold: true });
    const talker = talk(a, ["first"]);
    await world.until(() => talker.hasPeerEnded);
    expect(String(talker.received)).toBe("first");
  });

  test("that have waited for too long, or find too many waiting, are refused; what they have said is let go of", async () => {
    const { a } = await echoPair(world, { isCold: true, isCut: true, a: { limits: { waitingMax: 2 } } });
    const accounts = ownAccounts();
    const talkers = [0, 1, 2].map(() => {
      let talker: OwnTalker | undefined;
      clientsOf(a).openOwn(accounts.streams, (stream) => (talker = new OwnTalker(stream, ["said"])));
      return talker!;
    });
    expect(a.transport.bytesHeld).toBe(8);
    await world.until(() => talkers[2]!.reset !== undefined);
    expect(talkers[2]!.reset!.text).toBe("too many wait for a handshake");
    await world.until(() => talkers.every(({ reset }) => reset?.code === Code.noAnswer), 11_000);
    expect(accounts.streams.counts).toEqual({ open: 0, total: 3, refused: { NO_ANSWER: 3 }, cut: {} });
    expect(a.transport.bytesHeld).toBe(0);
  });

  test("that are given up while they wait hear of it at once", async () => {
    const { a } = await echoPair(world, { isCold: true, isCut: true });
    const talker = talk(a, ["said"]);
    talker.stream.reset();
    await world.until(() => talker.reset !== undefined, 100);
    expect(a.transport.bytesHeld).toBe(0);
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
    const behind = talk(a);
    await world.until(() => behind.reset !== undefined);
    expect(behind.reset!.code).toBe(Code.stopping);
  });

  test("to a service of datagrams hear that it is of another kind", async () => {
    const { socket } = await echoDatagrams(world);
    const { a } = await datagramPair(world, socket.port);
    const talker = talk(a);
    await world.until(() => talker.reset !== undefined);
    expect(talker.reset!.code).toBe(Code.wrongKind);
  });
});

describe("flows of a vertex's own, in virtual time alone,", () => {
  let world: VirtualWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

  test("keep some datagrams while they wait for the connection", async () => {
    const { socket } = await echoDatagrams(world);
    const target = { kind: "udp", host: "127.0.0.1", port: socket.port } as const;
    const { a } = await pair(world, target, { isCold: true });
    const accounts = ownAccounts();
    const talker = openFlow(a, accounts);
    for (let index = 0; index <= WAITING_MAX; index++) talker.flow.send(Buffer.from(String(index)));
    await world.until(() => talker.received.length === WAITING_MAX);
    expect(accounts.flows.counts.drops["noRoom"]).toBe(1);
  });

  test("end with their far end, by its reason", async () => {
    const { socket } = await echoDatagrams(world);
    const { a } = await datagramPair(world, socket.port, 1_000);
    const talker = openFlow(a);
    talker.flow.send(Buffer.from("?"));
    await world.until(() => talker.received.length === 1);
    await world.until(() => talker.reset !== undefined);
    expect(talker.reset!.code).toBe(Code.done);
    socket.close();
    const next = openFlow(a);
    next.flow.send(Buffer.from("?"));
    await world.until(() => next.reset !== undefined);
    expect(next.reset!.code).toBe(Code.targetDown);
  });

  test("that are given up while they wait, or while they are being made, hear of it at once", async () => {
    const { a } = await echoPair(world, { isCold: true, isCut: true });
    const talker = openFlow(a);
    talker.flow.send(Buffer.from("?"));
    talker.flow.reset();
    await world.until(() => talker.reset !== undefined, 100);
    let other: OwnFlowTalker | undefined;
    clientsOf(a).openOwnFlow(ownAccounts(), (flow) => {
      flow.reset();
      return (other = new OwnFlowTalker(flow));
    });
    await world.until(() => other!.reset !== undefined, 100);
    expect(a.transport.bytesHeld).toBe(0);
  });
});
