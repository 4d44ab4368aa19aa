/** Certificates end while connections are open: connections that were made with them end, unless the same two ends have proven newer ones. */
import type { Credentials } from "@florenetes/identity";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { issue, issueFor } from "../mesh/identities.ts";
import { type Pair, type PairOptions, type TestVertex, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const twoHoursMs = 7_200_000;
const yearMs = 365 * 86_400_000;
const connections = (vertex: TestVertex) => vertex.transport.status().connections;
const established = (vertex: TestVertex) => connections(vertex).filter(({ state }) => state === "established");
const tunnelOf = (vertex: TestVertex) => vertex.transport.status().tunnels[0]!;
const serviceOf = (vertex: TestVertex) => vertex.transport.status().services[0]!;
const ups = (vertex: TestVertex): number => vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length;
const downs = (vertex: TestVertex) => vertex.events.filter(({ code }) => code === "TRANSPORT_DOWN");

const holders = { user: ["a", "user/alice"], service: ["b", "service/web"] } as const;
type Holder = keyof typeof holders;

interface Scene extends Pair {
  /** A client in the middle of a conversation. */
  readonly client: Client;
}

/** A pair in which the certificate of one end has two hours left. */
async function scene(holder: Holder, options: PairOptions & { readonly expiryGraceMs?: number } = {}): Promise<Scene> {
  const target = await Target.listen(world, echo);
  const [where, principal] = holders[holder];
  const { expiryGraceMs = 0 } = options;
  const limits = { renewalPauseMs: 200 };
  const credentials = (vertex: string): Record<string, Credentials> =>
    vertex === where ? { [principal]: issueFor(principal, twoHoursMs) } : {};
  const joined = await pair(world, target.address, {
    a: { limits, expiryGraceMs, credentials: credentials("a"), ...options.a },
    b: { limits, expiryGraceMs, credentials: credentials("b"), ...options.b },
  });
  const client = new Client(world, joined.a.port());
  await client.pingPong();
  return { ...joined, client };
}

function renew({ a, b }: Pair, holder: Holder): void {
  const [where, principal] = holders[holder];
  (where === "a" ? a : b).transport.handleCredentials(principal, issue(principal));
}

describe.each(["user", "service"] as const)("when the certificate of the %s ends", (holder) => {
  test.each(["a", "b"] as const)("its streams end at both ends, by the clock of %s alone", async (judge) => {
    const all = await scene(holder);
    all[judge].clockOffMs = twoHoursMs;
    expect(await all.client.ended()).toBe("ECONNRESET");
    const { a, b } = all;
    await world.until(() => serviceOf(b).connections.open === 0);
    const cut = { open: 0, total: 1, refused: {}, cut: { EXPIRED: 1 } };
    expect([tunnelOf(a).connections, serviceOf(b).connections]).toEqual([cut, cut]);
    for (const vertex of [a, b]) expect(downs(vertex)[0]).toMatchObject({ reason: "EXPIRED", service: "web" });
    const isOwn = (judge === "a") === (holder === "user");
    const heard = isOwn
      ? "the other end's certificate has ended"
      : "our certificate has ended, as the other end sees it";
    expect(downs(judge === "a" ? b : a)[0]!["message"]).toContain(heard);
  });

  test("a connection that was renewed before keeps the streams of its predecessor", async () => {
    const all = await scene(holder);
    const { a, b, client } = all;
    renew(all, holder);
    await world.until(() => ups(a) === 2);
    for (const vertex of [a, b]) vertex.clockOffMs = twoHoursMs;
    await world.sleep(2_500);
    await client.pingPong();
    expect(
      connections(a)
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(["draining", "established"]);
    client.socket.end();
    expect(await client.ended()).toBe("end");
    for (const vertex of [a, b]) expect(downs(vertex)).toEqual([]);
  });

  test("it ends after the grace, which a leap of the wall clock does not shorten", async () => {
    const { a, b, client } = await scene(holder, { expiryGraceMs: 4_000 });
    const leaptAt = world.now;
    for (const vertex of [a, b]) vertex.clockOffMs = yearMs;
    expect(await client.ended()).toBe("ECONNRESET");
    expect(world.now - leaptAt).toBeGreaterThanOrEqual(4_000);
    for (const vertex of [a, b]) expect(downs(vertex)[0]).toMatchObject({ reason: "EXPIRED" });
  });

  test("a clock that was wrong for less than the grace ends nothing", async () => {
    const { a, b, client } = await scene(holder, { expiryGraceMs: 60_000 });
    for (const vertex of [a, b]) vertex.clockOffMs = yearMs;
    await world.sleep(1_500);
    for (const vertex of [a, b]) vertex.clockOffMs = 0;
    await world.sleep(1_500);
    await client.pingPong();
    client.socket.destroy();
  });

  test("who renews it late is let in again", async () => {
    const all = await scene(holder);
    const { a, b, client } = all;
    const [where] = holders[holder];
    all[where].clockOffMs = twoHoursMs;
    expect(await client.ended()).toBe("ECONNRESET");
    await world.until(() => (where === "a" ? tunnelOf(a) : serviceOf(b)).text.includes("our certificate has ended"));
    const outcome = new Client(world, a.port()).ended();
    expect(await outcome).toBe("ECONNRESET");
    renew(all, holder);
    await world.until(() => {
      const late = new Client(world, a.port());
      late.socket.destroy();
      return established(a).length === 1 && established(b).length === 1;
    });
    await new Client(world, a.port()).pingPong();
  });
});

describe("a successor keeps streams only where it is the same two that talk", () => {
  test("another user of the service, with a good certificate, keeps nobody's", async () => {
    const tunnels = ["user/alice", "user/bob"].map((as) => ({ as, service: "web", path: 0 }));
    const target = await Target.listen(world, echo);
    const services = [{ name: "web", label: 900, target: target.address, allow: ["user/alice", "user/bob"] }];
    const { a, b, client } = await scene("user", { a: { tunnels }, b: { services } });
    const bob = new Client(world, a.port(1));
    await bob.pingPong();
    b.clockOffMs = twoHoursMs;
    expect(await client.ended()).toBe("ECONNRESET");
    await bob.pingPong();
    bob.socket.destroy();
  });

  test("one whose certificate has ended, too, keeps nothing", async () => {
    const all = await scene("user");
    const { a, b, client } = all;
    a.transport.handleCredentials("user/alice", issueFor("user/alice", twoHoursMs));
    await world.until(() => ups(a) === 2);
    b.clockOffMs = twoHoursMs;
    expect(await client.ended()).toBe("ECONNRESET");
    await world.until(() => serviceOf(b).connections.open === 0);
    expect(serviceOf(b).connections.cut).toEqual({ EXPIRED: 1 });
  });
});
