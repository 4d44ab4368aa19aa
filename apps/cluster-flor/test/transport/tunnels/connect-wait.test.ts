/** Workloads that come while no service is reached: how long they wait, and what they and the operator are told. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Pair, type TestVertex, type VertexOptions, pair, pairAtRest } from "../mesh/mesh.ts";
import { OwnFlowTalker, ownAccounts } from "../mesh/own-workloads.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: VirtualWorld;
let target: Target;
beforeEach(async () => {
  world = new VirtualWorld();
  target = await Target.listen(world, echo);
});
afterEach(() => world.close());

const tunnel = (connectWaitMs?: number) => ({ as: "user/alice", service: "web", path: 0, connectWaitMs });

function meet(
  tunnels: readonly ReturnType<typeof tunnel>[],
  a: Partial<VertexOptions> = {},
  isCold = false,
): Promise<Pair> {
  return pair(world, target.address, { a: { tunnels, ...a }, isCold });
}

/** How long a client of that tunnel waits until it is reset. */
async function refused(vertex: TestVertex, index = 0): Promise<number> {
  const client = new Client(world, vertex.port(index));
  const begin = world.now;
  expect(await client.ended()).toBe("ECONNRESET");
  return world.now - begin;
}

const refusals = (vertex: TestVertex) => vertex.events.filter(({ code }) => code === "STREAM_REFUSED");
const nowhere: Partial<VertexOptions> = { paths: [{ name: "wrong", labels: [901] }] };

test("each waits as long as its tunnel says, though they wait for one connection", async () => {
  const { a } = await meet([tunnel(3_000), tunnel(1_000), tunnel()], nowhere, true);
  const waited = await Promise.all([0, 1, 2].map((index) => refused(a, index)));
  expect(waited[0]).toBeCloseTo(3_000, -1);
  expect(waited[1]).toBeCloseTo(1_000, -1);
  expect(waited[2]).toBeCloseTo(5_000, -1);
  const { tunnels } = a.transport.status();
  for (const { connections } of tunnels) expect(connections).toMatchObject({ open: 0, refused: { NO_ANSWER: 1 } });
  await world.until(() => a.transport.status().tunnels[0]!.unreached !== "");
  expect(a.transport.status().tunnels[0]!.unreached).toBe("nothing was ever heard from the far end of path wrong");
  await refused(a, 1);
  expect(refusals(a).at(-1)!["message"]).toContain("nothing was ever heard from the far end of path wrong");
});

test("a path that breaks behind its first link turns away who comes then, and nobody else", async () => {
  const { a, link } = await meet([tunnel(1_000), tunnel(3_000)], {}, true);
  const before = new Client(world, a.port());
  await before.pingPong();
  link.tap = () => false;
  const [first, second] = await Promise.all([refused(a, 0), refused(a, 1)]);
  expect(first).toBeGreaterThanOrEqual(1_000);
  expect(first).toBeLessThan(1_300);
  expect(second).toBeGreaterThanOrEqual(3_000);
  expect(second).toBeLessThan(3_300);
  expect(refusals(a)[0]!["message"]).toMatch(/nothing was heard from the far end of path to-b for 1 s$/);
  expect(a.transport.status().tunnels[0]).toMatchObject({
    unreached: "nothing was heard from the far end of path to-b for 3 s",
    connections: { open: 1, refused: { NO_ANSWER: 1 } },
  });
  link.tap = undefined;
  await before.pingPong();
  expect(a.transport.status().tunnels[0]!.unreached).toBe("");
  // The target has heard nothing that it could take for a request of a client that was turned away.
  await world.sleep(1_000);
  expect(target.sockets.size).toBe(1);
  expect(a.transport.budget.held).toBeGreaterThan(0);
  before.socket.destroy();
  await world.until(() => a.transport.budget.held === 0);
});

test("a first link that is down is said to be", async () => {
  const { a, link } = await meet([tunnel(1_000)]);
  link.isCut = true;
  await refused(a);
  expect(refusals(a)[0]!["message"]).toMatch(/the first link of path to-b is down$/);
  expect(a.transport.status().tunnels[0]!.unreached).toBe("the first link of path to-b is down");
});

test("one that comes in an outage which is shorter than it may wait is served", async () => {
  const { a, link } = await meet([tunnel(3_000)]);
  link.isCut = true;
  const client = new Client(world, a.port());
  const answered = client.pingPong();
  await world.sleep(2_500);
  link.isCut = false;
  const healed = world.now;
  await answered;
  expect(world.now - healed).toBeLessThan(300);
});

test("an accepted stream is not turned away, nor one whose target takes its time", async () => {
  const { a, b, link } = await meet([tunnel(1_000)]);
  const slow = new Client(world, a.port());
  await slow.pingPong();
  link.isCut = true;
  await world.sleep(20_000);
  link.isCut = false;
  await slow.pingPong();
  expect(b.transport.status().services[0]!.connections).toMatchObject({ open: 1, total: 1 });
});

test("with 0 the outcome of the first attempt is waited for, and nobody after it has failed", async () => {
  const { a, b } = pairAtRest(world, target.address, { a: { tunnels: [tunnel(0)] } });
  await a.start();
  const early = new Client(world, a.port());
  const answered = early.pingPong();
  await world.sleep(2_000);
  await b.start();
  await answered;
  b.kill();
  await world.until(() => a.transport.status().connections.length === 0, 100_000);
  await world.until(() => a.transport.status().tunnels[0]!.unreached !== "");
  expect(await refused(a)).toBeLessThan(50);
  expect(await refused(a)).toBeLessThan(50);
  expect(refusals(a).at(-1)!["message"]).toContain("nothing was heard from the far end");
  await b.start();
  await world.until(() => a.transport.status().tunnels[0]!.unreached === "", 20_000);
  await new Client(world, a.port()).pingPong();
});

test("one whose service has no known host waits, too, and is told why; with 0 it is refused as it comes", async () => {
  const unled = { name: "auto:web", link: undefined, labels: [0], mtu: undefined, problem: "no host of web is known" };
  const { a, link } = await meet([tunnel(2_000), tunnel(0)], { paths: [unled] }, true);
  let packets = 0;
  link.tap = () => ++packets > 0;
  expect(await refused(a, 0)).toBeCloseTo(2_000, -1);
  expect(await refused(a, 1)).toBeLessThan(50);
  expect(packets).toBe(0);
  for (const { message } of refusals(a)) expect(message).toMatch(/no host of web is known$/);
  expect(a.transport.status().tunnels).toMatchObject([
    { unreached: unled.problem, connections: { refused: { NO_ANSWER: 1 } } },
    { unreached: unled.problem, connections: { refused: { NO_ANSWER: 1 } } },
  ]);
});

test("with 0 a first attempt that fails turns away who has waited for it", async () => {
  const { a } = await meet([tunnel(0), tunnel(9_000)], nowhere, true);
  const patient = refused(a, 1);
  expect(await refused(a)).toBeCloseTo(5_000, -2);
  expect(await refused(a)).toBeLessThan(50);
  expect(await patient).toBeCloseTo(9_000, -2);
});

test("with 0 and a path that is known to be broken nobody waits; while that is not known, a second", async () => {
  const { a, link } = await meet([tunnel(0)]);
  link.isCut = true;
  const first = await refused(a);
  expect(first).toBeGreaterThanOrEqual(1_000);
  expect(first).toBeLessThan(1_300);
  const second = await refused(a);
  expect(second).toBeLessThan(50);
  link.isCut = false;
  await world.until(() => a.transport.status().tunnels[0]!.unreached === "");
  await new Client(world, a.port()).pingPong();
});

test("with 0 a tunnel that keeps no connection makes one for each workload that comes, and tries again", async () => {
  const { a, b } = pairAtRest(world, target.address, { a: { tunnels: [{ ...tunnel(0), keepMs: 10_000 }] } });
  await a.start();
  for (let round = 0; round < 2; round++) {
    const waited = await refused(a);
    expect(waited).toBeGreaterThan(4_900);
    expect(waited).toBeLessThan(5_200);
  }
  await b.start();
  await new Client(world, a.port()).pingPong();
});

test("another wait holds for those who come from then on, and open streams do not notice", async () => {
  const { a, link } = await meet([tunnel(9_000)]);
  const open = new Client(world, a.port());
  await open.pingPong();
  link.isCut = true;
  const before = refused(a);
  await world.sleep(10);
  await a.reconfigure({ tunnels: [tunnel(1_000)] });
  expect(await refused(a)).toBeLessThan(1_300);
  expect(await before).toBeGreaterThanOrEqual(9_000);
  link.isCut = false;
  await open.pingPong();
  expect(open.outcome).toBe("open");
});

test("a flow of datagrams that nobody answers is turned away, too", async () => {
  const { a, link } = await meet([tunnel()]);
  const accounts = ownAccounts();
  accounts.streams.connectWaitMs = 1_000;
  link.isCut = true;
  let talker!: OwnFlowTalker;
  const trunk = a.transport.join({ as: "user/alice", service: "web", path: 0, trafficClass: 0 });
  trunk.clients.openOwnFlow(accounts, (flow) => (talker = new OwnFlowTalker(flow)));
  await world.until(() => talker.reset !== undefined);
  expect(accounts.streams.counts.refused).toEqual({ NO_ANSWER: 1 });
});

test("an idle connection asks into a hole once a second, and is there at once when a workload comes", async () => {
  const { a, link } = await meet([tunnel(5_000)]);
  let packets = 0;
  await world.sleep(5_000);
  link.tap = (_, toB) => {
    packets += toB ? 1 : 0;
    return false;
  };
  // The originator asks the far end after 10 s of silence, and repeats unanswered packets fast for a second.
  await world.sleep(15_000);
  packets = 0;
  await world.sleep(10_000);
  expect(packets).toBeGreaterThan(8);
  expect(packets).toBeLessThan(50);
  const client = new Client(world, a.port());
  const answered = client.pingPong();
  await world.sleep(1_000);
  link.tap = undefined;
  const healed = world.now;
  await answered;
  expect(world.now - healed).toBeLessThan(200);
});

test("attempts that nobody waits for send little into a hole", async () => {
  const { a, link } = await meet([tunnel(5_000)], nowhere, true);
  let packets = 0;
  link.tap = () => ++packets > 0;
  await world.sleep(10_000);
  packets = 0;
  await world.sleep(60_000);
  expect(packets).toBeGreaterThan(0);
  expect(packets).toBeLessThan(60 * 4);
  expect(a.transport.status().tunnels[0]!.connections.total).toBe(0);
});
