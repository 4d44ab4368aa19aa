/** Streams and flows that a vertex opens itself, with no client at a listener. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { echoPair, openFlow } from "../conformance/own-opened.ts";
import { Code } from "../../../src/transport/codes.ts";
import { clientsOf, OwnTalker, ownAccounts } from "../mesh/own-workloads.ts";
import { datagramPair, echoDatagrams } from "../mesh/udp-workloads.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

describe("streams of a vertex's own, in virtual time alone,", () => {
  let world: VirtualWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

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
});

describe("flows of a vertex's own, in virtual time alone,", () => {
  let world: VirtualWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

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
});
