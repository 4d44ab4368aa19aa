/** Streams of originators with a valid certificate that come to nothing: what they may take, and when they end. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { defaultLimits, type TransportLimits } from "../../../src/transport/limits.ts";
import type { LocalNetwork } from "../../../src/transport/streams/local-network.ts";
import { HostileOriginator, open } from "../mesh/hostile-originator.ts";
import { issue } from "../mesh/identities.ts";
import { type Pair, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import { every, type TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const alice = issue("user/alice");
const mallory = issue("user/mallory");
const allow = ["user/alice", "user/mallory"];
const { tooManyStreams } = Code;

interface Scene extends Pair {
  readonly attacker: HostileOriginator;
  connect(): Promise<HostileOriginator>;
}

/** A service that two users may use: alice, who behaves, and mallory. */
async function scene(limits: Partial<TransportLimits> = {}, local?: LocalNetwork): Promise<Scene> {
  const target = await Target.listen(world, echo);
  const services = [{ name: "web", label: 900, target: target.address, allow }];
  const joined = await pair(world, target.address, { b: { services, limits, ...(local && { local }) } });
  const connect = async (): Promise<HostileOriginator> => {
    const attacker = new HostileOriginator(world, joined.link, joined.b, mallory);
    await attacker.greet();
    return attacker;
  };
  return { ...joined, connect, attacker: await connect() };
}

const held = ({ b }: Pair): number => b.transport.budget.held;
const refused = ({ b }: Pair) => b.transport.status().services[0]!.connections.refused;

describe("an OPEN that does not come", () => {
  test("is charged to the budget, and given up when its time is over", async () => {
    const all = await scene({ openMs: 300 });
    await all.attacker.openAll(1_000, open.subarray(0, 1));
    await world.until(() => held(all) === 1_000 * defaultLimits.memoryPerStream);
    await world.until(() => refused(all)["OPEN_TIMEOUT"] === 1_000);
    expect(held(all)).toBe(0);
    expect(all.attacker.closed).toBeUndefined();
    await new Client(world, all.a.port()).pingPong();
  });

  test("is not counted from its last byte, but from its first", async () => {
    const all = await scene({ openMs: 300 });
    const [stream] = all.attacker.openStreams(1, open.subarray(0, 1));
    await world.until(() => held(all) > 0);
    // The message would have 257 bytes, and comes one byte at a time.
    const stopTalking = every(world, 50, () => all.attacker.say(stream!, Uint8Array.of(1)));
    await world.until(() => refused(all)["OPEN_TIMEOUT"] === 1);
    stopTalking();
  });

  test("leaves nothing behind when its connection ends", async () => {
    const all = await scene();
    all.attacker.openStreams(100, open.subarray(0, 1));
    await world.until(() => held(all) > 0);
    all.attacker.quic.close(0, "");
    await world.until(() => held(all) === 0);
  });

  test("is not waited for when memory is short", async () => {
    const all = await scene({ memoryMax: 50 * defaultLimits.memoryPerStream });
    all.attacker.openStreams(100, open.subarray(0, 1));
    await world.until(() => (refused(all)["OVER_BUDGET"] ?? 0) > 50);
    expect(held(all)).toBeLessThanOrEqual(50 * defaultLimits.memoryPerStream);
  });

  test("does not hurt a whole one that waits for its target for longer", async () => {
    const dialled: (() => void)[] = [];
    const dial: LocalNetwork["dial"] = (_address, _timeout, owner) => {
      dialled.push(() => owner.handleFailed(Code.targetDown, "at last"));
      return () => {};
    };
    const local = {
      dial,
      listen: () => Promise.reject(new Error("none")),
      hasRoom: true,
      filesTaken: 0,
      resetAll: () => {},
    };
    const target = await Target.listen(world, echo);
    const services = [{ name: "web", label: 900, target: target.address, allow }];
    const limits = { openMs: 100 };
    const joined = await pair(world, target.address, { b: { services, limits, local } });
    const attacker = new HostileOriginator(world, joined.link, joined.b, mallory);
    await attacker.greet();
    attacker.openStreams(1, open);
    await world.until(() => dialled.length === 1);
    attacker.openStreams(1, open.subarray(0, 1));
    await world.until(() => refused(joined)["OPEN_TIMEOUT"] === 1);
    dialled[0]!();
    expect(refused(joined)).toEqual({ OPEN_TIMEOUT: 1, TARGET_DOWN: 1 });
  });
});

describe("streams that are reset", () => {
  const limits = { failedStreamsBurst: 50, failedStreamsPerSecond: 1, conductPauseMs: 500 };

  const ways: readonly (readonly [string, (attacker: HostileOriginator) => unknown])[] = [
    ["before the target has answered", (attacker): void => attacker.reset(attacker.openStreams(20, open))],
    ["before OPEN is whole", (attacker): void => attacker.reset(attacker.openStreams(20, open.subarray(0, 2)))],
    ["by what OPEN says", (attacker) => attacker.openStreams(20, Uint8Array.of(9, 9, 9))],
    [
      "after the answer",
      async (attacker): Promise<void> => {
        const streams = attacker.openStreams(20, open);
        await world.until(() => streams.every((id) => attacker.quic.streamReceive(id, new Uint8Array(9)) !== -1));
        attacker.reset(streams);
      },
    ],
  ];

  test.each(ways)("%s: too many of them end the connection, and nobody else's", async (_when, fail) => {
    const all = await scene(limits);
    const client = new Client(world, all.a.port());
    await client.pingPong();
    for (let i = 0; i < 20 && all.attacker.closed === undefined; i++) {
      await fail(all.attacker);
      await client.pingPong();
    }
    await world.until(() => all.attacker.closed !== undefined);
    expect(all.attacker.closed).toMatchObject({ cause: "peer", isApplication: true, code: tooManyStreams });
    await client.pingPong();
    client.socket.destroy();
  });

  test("a workload that dies and resets all its streams at once disturbs nobody: they have lasted", async () => {
    const all = await scene({ ...limits, openMs: 100 });
    const streams = all.attacker.openStreams(60, open);
    await world.until(() => streams.every((id) => all.attacker.quic.streamReceive(id, new Uint8Array(9)) !== -1));
    const opened = world.now;
    await world.until(() => world.now > opened + 100);
    all.attacker.reset(streams);
    await world.until(() => all.b.transport.status().services[0]!.connections.open === 0);
    const [next] = all.attacker.openStreams(1, open);
    await world.until(() => all.attacker.quic.streamReceive(next!, new Uint8Array(9)) !== -1);
    expect(all.attacker.closed).toBeUndefined();
  });

  test("a new connection is no fresh start, until the pause is over", async () => {
    const all = await scene(limits);
    const second = await all.connect();
    for (let i = 0; i < 3; i++) all.attacker.reset(all.attacker.openStreams(20, open));
    await world.until(() => all.attacker.closed !== undefined);
    const start = world.now;
    for (let i = 0; i < 3; i++) second.reset(second.openStreams(20, open));
    await world.until(() => second.closed !== undefined);
    const third = await all.connect();
    await world.until(() => third.closed !== undefined);
    expect(third.closed).toMatchObject({ code: tooManyStreams });
    expect(all.b.transport.status().services[0]!.handshakes["TOO_MANY_STREAMS"]).toBe(1);
    for (let last = third; last.closed !== undefined;) {
      last = await all.connect();
      const [stream] = last.openStreams(1, open);
      const isAnswered = () => last.quic.streamReceive(stream!, new Uint8Array(9)) > 0;
      await world.until(() => last.closed !== undefined || isAnswered());
    }
    expect(world.now - start).toBeGreaterThanOrEqual(450);
  });

  test("the target's own failures are nobody's fault", async () => {
    const target = await Target.listen(world, echo);
    const { address } = target;
    target.close();
    const services = [{ name: "web", label: 900, target: address, allow }];
    const joined = await pair(world, address, { b: { services, limits } });
    const attacker = new HostileOriginator(world, joined.link, joined.b, mallory);
    await attacker.greet();
    for (let i = 1; i <= 5; i++) {
      attacker.openStreams(20, open);
      await world.until(() => refused(joined)["TARGET_DOWN"] === 20 * i);
    }
    expect(attacker.closed).toBeUndefined();
  });
});

test("a connection whose originator makes no successor ends after its share of streams, refused ones included", async () => {
  const all = await scene({ streamsPerConnection: 40 });
  const bad = Uint8Array.of(9, 9, 9);
  const renew = "01000102";
  let heard = "";
  const listen = (): void => {
    const bytes = new Uint8Array(64);
    const length = all.attacker.quic.streamReceive(0, bytes);
    if (length > 0) heard += Buffer.from(bytes.subarray(0, length)).toString("hex");
  };
  all.attacker.openStreams(59, bad);
  await world.until(() => refused(all)["UNSUPPORTED"] === 59);
  listen();
  expect(heard.endsWith(renew)).toBe(false);
  all.attacker.openStreams(1, bad);
  await world.until(() => (listen(), heard.endsWith(renew)));
  all.attacker.openStreams(60, bad);
  await world.until(() => refused(all)["UNSUPPORTED"] === 120);
  expect(all.attacker.closed).toBeUndefined();
  all.attacker.openStreams(1, bad);
  await world.until(() => all.attacker.closed !== undefined);
  expect(all.attacker.closed).toMatchObject({ code: tooManyStreams });
});

test("many streams that begin at once, and many messages, are dealt with in shares, and all of them are", async () => {
  const all = await scene({ opensPerTurn: 4, controlMessagesPerTurn: 8 });
  const empty = Uint8Array.of(1, 0, 0);
  const many = new Uint8Array(3 * 2_000);
  for (let i = 0; i < many.length; i += 3) many.set(empty, i);
  await all.attacker.openAll(400, open.subarray(0, 1));
  all.attacker.say(0, many);
  const [stream] = await all.attacker.openAll(1, open);
  const client = new Client(world, all.a.port());
  await client.pingPong();
  await world.until(() => all.attacker.quic.streamReceive(stream!, new Uint8Array(9)) > 0);
  expect(all.attacker.closed).toBeUndefined();
  client.socket.destroy();
});

test("who is refused and comes again at once does so at the link's rate, and established connections do not notice", async () => {
  const limits = { refusedHandshakesBurst: 5, refusedHandshakesPerSecond: 2 };
  const target = await Target.listen(world, echo);
  const { a, b, link } = await pair(world, target.address, { b: { limits } });
  const client = new Client(world, a.port());
  await client.pingPong();
  for (let i = 0; i < 20; i++) {
    const attacker = new HostileOriginator(world, link, b, mallory);
    const limited = (): number => b.transport.status().drops["refusedLimit"]!;
    await world.until(() => attacker.closed !== undefined || limited() > 0);
    attacker.close();
    if (limited() > 0) break;
  }
  expect(b.transport.status().drops["refusedLimit"]).toBeGreaterThan(0);
  expect(b.transport.status().services[0]!.handshakes["NOT_ALLOWED"]).toBeGreaterThanOrEqual(5);
  expect(b.transport.status().services[0]!.handshakes["NOT_ALLOWED"]).toBeLessThan(12);
  await client.pingPong();
  client.socket.destroy();
});

test("strangers who are refused keep nobody from coming by a way that is known, nor does he keep them", async () => {
  const limits = { refusedHandshakesBurst: 3, refusedHandshakesPerSecond: 0 };
  const target = await Target.listen(world, echo);
  const { a, b, link } = await pair(world, target.address, { b: { limits } });
  await new Client(world, a.port()).pingPong();
  const limited = (): number => b.transport.status().drops["refusedLimit"]!;
  const comeUntilShut = async (gathered: readonly number[]): Promise<void> => {
    const before = limited();
    while (limited() === before) {
      const attacker = new HostileOriginator(world, link, b, mallory, 900, gathered);
      await world.until(() => attacker.closed !== undefined || limited() > before);
      attacker.close();
    }
  };
  await comeUntilShut([301]);
  const back = new HostileOriginator(world, link, b, alice);
  await back.greet();
  expect(back.closed).toBeUndefined();
  await comeUntilShut([]);
  expect(b.transport.status().services[0]!.handshakes["NOT_ALLOWED"]).toBe(6);
});
