/** Pins bind peers to keys: who is let in, what ends when they change, and what goes on. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VertexPins } from "../../../src/config/vertex-pins.ts";
import { issue } from "../mesh/identities.ts";
import { type Pair, type PairOptions, type TestVertex, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const web = issue("service/web");
const alice = issue("user/alice");
const strange = "00".repeat(32);

function pins(principal: string, keys: readonly string[], bindAll = false): VertexPins {
  return { keys: new Map([[principal, new Set(keys)]]), bindAll };
}

const overlay = { name: "auto.web.b", labels: [900], isOverlay: true } as const;
const file = { name: "to-b", labels: [900] } as const;

async function scene(options: PairOptions): Promise<Pair> {
  const target = await Target.listen(world, echo);
  const credentials = { "user/alice": alice, "service/web": web };
  return pair(world, target.address, {
    ...options,
    a: { credentials, ...options.a },
    b: { credentials, ...options.b },
  });
}

const tunnelOf = (vertex: TestVertex) => vertex.transport.status().tunnels[0]!;
const serviceOf = (vertex: TestVertex) => vertex.transport.status().services[0]!;
const isUp = (vertex: TestVertex): boolean =>
  vertex.transport.status().connections.some(({ state }) => state === "established");

describe("a tunnel", () => {
  test.each([
    ["an overlay's path, to the pinned key", overlay, pins("service/web", [web.keyHash])],
    ["an overlay's path, to one of two pinned keys", overlay, pins("service/web", [strange, web.keyHash])],
    ["an overlay's path, to a service without pins", overlay, pins("service/mail", [strange])],
    ["a path of the file, where pins bind what an overlay made", file, pins("service/web", [strange])],
    ["a path of the file, to the pinned key, where they bind all", file, pins("service/web", [web.keyHash], true)],
  ])("comes up over %s", async (_, path, pinned) => {
    const { a } = await scene({ a: { paths: [path], pins: pinned } });
    await new Client(world, a.port()).pingPong();
  });

  test.each([
    ["an overlay's path, to another key", overlay, pins("service/web", [strange])],
    ["an overlay's path, to a service of whom no key is pinned", overlay, pins("service/web", [])],
    ["a path of the file, where pins bind all", file, pins("service/web", [strange], true)],
  ])("is refused over %s, and both ends say why; the service learns nothing of who called", async (_, path, pinned) => {
    const { a, b } = await scene({ isCold: true, a: { paths: [path], pins: pinned } });
    const client = new Client(world, a.port());
    expect(await client.ended()).toBe("ECONNRESET");
    await world.until(() => serviceOf(b).handshakes["WRONG_KEY"] !== undefined);
    expect(serviceOf(b).handshakes).toEqual({ established: 0, WRONG_KEY: expect.any(Number) as number });
    const refusal = { code: "TRANSPORT_REFUSED", service: "web", reason: "WRONG_KEY", cause: "peer" };
    expect(b.events.filter(({ code }) => code === "TRANSPORT_REFUSED")).toEqual([expect.objectContaining(refusal)]);
    expect(JSON.stringify(b.events)).not.toContain("alice");
    expect(tunnelOf(a).connections.refused).toEqual({ WRONG_KEY: 1 });
    expect(isUp(a) || isUp(b)).toBe(false);
    const told = a.events.find(({ reason }) => reason === "WRONG_KEY");
    expect(told?.["message"]).toContain(`key ${web.keyHash} is `);
  });
});

test("who refuses a service's key again and again is soon heard no more, as anybody who is refused", async () => {
  const limits = { refusedHandshakesBurst: 3, refusedHandshakesPerSecond: 0 };
  const { b } = await scene({
    isCold: true,
    a: { paths: [overlay], pins: pins("service/web", [strange]) },
    b: { limits },
  });
  await world.until(() => b.transport.status().drops["refusedLimit"]! > 0, 120_000);
  expect(serviceOf(b).handshakes).toEqual({ established: 0, WRONG_KEY: 3 });
});

test("a caller with another key than the pinned ones is refused by the service, where pins bind all, and both ends say why", async () => {
  const { a, b } = await scene({ isCold: true, b: { pins: pins("user/alice", [strange], true) } });
  const client = new Client(world, a.port());
  expect(await client.ended()).toBe("ECONNRESET");
  expect(tunnelOf(a).connections.refused).toEqual({ WRONG_KEY: 1 });
  expect(serviceOf(b).handshakes).toMatchObject({ WRONG_KEY: expect.any(Number) as number });
  for (const { events } of [a, b]) expect(events).toContainEqual(expect.objectContaining({ reason: "WRONG_KEY" }));
});

test("a caller with another key than the pinned ones is let in, where pins bind what an overlay made", async () => {
  const { a } = await scene({ b: { pins: pins("user/alice", [strange]) } });
  await new Client(world, a.port()).pingPong();
});

describe("when pins change", () => {
  const ends: readonly (readonly [string, "a" | "b", VertexPins])[] = [
    ["the service's", "a", pins("service/web", [strange])],
    ["the service's, to none", "a", pins("service/web", [])],
    ["the caller's", "b", pins("user/alice", [strange], true)],
  ];
  test.each(ends)("%s: the connection and its streams end at once, at both ends", async (_, teller, changed) => {
    const both = await scene({ a: { paths: [overlay] } });
    const client = new Client(world, both.a.port());
    await client.pingPong();
    const start = world.now;
    await both[teller].reconfigure({ pins: changed });
    expect(await client.ended()).toBe("ECONNRESET");
    expect(world.now - start).toBeLessThan(500);
    await world.until(() => !isUp(both.a) && !isUp(both.b));
    for (const vertex of [both.a, both.b]) {
      const down = vertex.events.find(({ code }) => code === "TRANSPORT_DOWN");
      expect(down).toMatchObject({ reason: "WRONG_KEY" });
    }
    expect(tunnelOf(both.a).connections.cut).toEqual({ WRONG_KEY: 1 });
  });

  test.each([
    ["others'", pins("service/mail", [strange], true)],
    ["to the key that is there", pins("service/web", [web.keyHash], true)],
  ])("%s: nothing ends", async (_, changed) => {
    const { a, b } = await scene({ a: { paths: [overlay] } });
    const client = new Client(world, a.port());
    await client.pingPong();
    await a.reconfigure({ pins: changed });
    await client.pingPong();
    for (const { events } of [a, b]) expect(events.some(({ code }) => code === "TRANSPORT_DOWN")).toBe(false);
  });

  test("back to the right key: a refused tunnel comes up soon", async () => {
    const { a } = await scene({ isCold: true, a: { paths: [overlay], pins: pins("service/web", [strange]) } });
    await world.until(
      () => tunnelOf(a).connections.refused !== undefined && a.events.some(({ reason }) => reason === "WRONG_KEY"),
    );
    const start = world.now;
    await a.reconfigure({ pins: pins("service/web", [web.keyHash]) });
    await world.until(() => isUp(a), 12_000);
    expect(world.now - start).toBeLessThan(1_500);
    await new Client(world, a.port()).pingPong();
  });
});

test("a service that moves to a new key keeps its streams while both keys are pinned", async () => {
  const renewed = issue("service/web");
  const { a, b } = await scene({
    a: { paths: [overlay], pins: pins("service/web", [web.keyHash, renewed.keyHash]), limits: { renewalPauseMs: 200 } },
    b: { limits: { renewalPauseMs: 200 } },
  });
  const client = new Client(world, a.port());
  await client.pingPong();
  b.hold("service/web", renewed);
  b.transport.handleCredentials("service/web", renewed);
  await world.until(() => a.events.filter(({ code }) => code === "TRANSPORT_UP").length === 2);
  await client.pingPong();
  await a.reconfigure({ pins: pins("service/web", [renewed.keyHash]) });
  expect(await client.ended()).toBe("ECONNRESET");
  await new Client(world, a.port()).pingPong();
});
