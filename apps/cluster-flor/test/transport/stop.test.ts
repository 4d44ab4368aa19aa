/** A vertex that is told to stop: what holds up its end, and what does not. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { issue } from "./mesh/identities.ts";
import { type TestVertex, pair, warm } from "./mesh/mesh.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import type { TransportWorld, WorkloadSocket } from "./worlds/world.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

/** How long it takes to stop, with up to 5 s to drain. */
async function stopMs(vertex: TestVertex): Promise<number> {
  const start = world.now;
  await vertex.stop(5_000);
  return world.now - start;
}

/** A target that sends this many bytes to everyone, and then ends. */
function send(size: number): (socket: WorkloadSocket) => void {
  return (socket) => void socket.end(Buffer.alloc(size, 1));
}

const streams = (vertex: TestVertex): number =>
  vertex.transport.status().connections.reduce((sum, { streamsOpen }) => sum + streamsOpen, 0);

describe.each(["a", "b"] as const)("vertex %s", (who) => {
  test("ends at once when no stream is open", async () => {
    const target = await Target.listen(world, echo);
    const all = await pair(world, target.address);
    const client = new Client(world, all.a.port());
    await client.pingPong();
    client.socket.end();
    await client.ended();
    await world.until(() => streams(all[who]) === 0);
    expect(await stopMs(all[who])).toBeLessThan(1_500);
  });

  test("ends at once when its link is down, whatever is open", async () => {
    const target = await Target.listen(world, echo);
    const all = await pair(world, target.address);
    const client = new Client(world, all.a.port());
    await client.pingPong();
    all.link.isCut = true;
    client.socket.end("this cannot arrive");
    expect(await stopMs(all[who])).toBeLessThan(1_500);
    if (who === "a") expect(await client.ended()).toBe("ECONNRESET");
  });

  test("waits for a stream that is open, as long as its link may bring its end", async () => {
    const target = await Target.listen(world, echo);
    const all = await pair(world, target.address);
    const client = new Client(world, all.a.port());
    await client.pingPong();
    world.after(300, () => client.socket.end("last words"));
    const ms = await stopMs(all[who]);
    expect(ms).toBeGreaterThan(250);
    expect(ms).toBeLessThan(2_000);
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(74);
  });
});

test.each([
  { link: "link that becomes slow", isSlowBefore: false },
  { link: "slow link, for which streams are held back", isSlowBefore: true },
])(
  "what a service has sent is acknowledged before it leaves: a $link loses nothing of it",
  async ({ isSlowBefore }) => {
    const size = 300_000;
    const target = await Target.listen(world, send(size));
    const { a, b, link } = await pair(world, target.address, { isCold: isSlowBefore });
    link.delayMs = 40;
    await warm(world, a);
    const client = new Client(world, a.port());
    client.socket.end();
    await world.until(() => streams(b) === 1);
    await stopMs(b);
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(size);
  },
);

test("a peer learns that its streams are over, though the news is lost twice, or a busy link takes none at first", async () => {
  const target = await Target.listen(world, echo);
  const { a, b, link } = await pair(world, target.address);
  const client = new Client(world, a.port());
  await client.pingPong();
  let lost = 0;
  let isStopping = false;
  link.tap = (_packet, toB) => toB || !isStopping || ++lost > 2;
  const stopped = b.stop(200);
  world.after(100, () => (isStopping = true));
  await stopped;
  expect(await client.ended()).toBe("ECONNRESET");
  expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason: "STOPPING", cause: "peer" });

  const other = await pair(world, target.address);
  const second = new Client(world, other.a.port());
  await second.pingPong();
  other.link.isWritable = false;
  world.after(350, () => {
    other.link.isWritable = true;
    other.b.transport.handleLinkWritable(0);
  });
  await other.b.stop(200);
  other.a.transport.handleLinkWritable(0);
  expect(await second.ended()).toBe("ECONNRESET");
  expect(other.a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason: "STOPPING" });
});

test("a workload gets what has arrived for it, though it reads late", async () => {
  const size = 2_000_000;
  const target = await Target.listen(world, send(size));
  const { a } = await pair(world, target.address);
  const client = new Client(world, a.port(), { isReading: false });
  client.socket.end();
  await world.until(() => streams(a) === 1);
  world.after(700, () => client.read());
  await stopMs(a);
  expect(await client.ended()).toBe("end");
  expect(client.received).toBe(size);
});

test("a workload that does not read is reset at the end: what was cut short does not look whole", async () => {
  const size = 8_000_000;
  const target = await Target.listen(world, send(size));
  const { a } = await pair(world, target.address);
  const client = new Client(world, a.port(), { isReading: false });
  client.socket.end();
  await world.until(() => streams(a) === 1);
  await a.stop(300);
  client.read();
  expect(await client.ended()).toBe("ECONNRESET");
  expect(client.received).toBeLessThan(size);
});

test("the peer of a vertex that stops in the middle of much to send learns why its streams are over", async () => {
  const target = await Target.listen(world, (socket) => void socket.write(Buffer.alloc(200_000_000)));
  const { a, b, link } = await pair(world, target.address);
  const client = new Client(world, a.port());
  await client.until(1_000_000);
  // The window of the stream stays full.
  link.tap = (_packet, toB) => !toB;
  await b.stop(100);
  expect(await client.ended()).toBe("ECONNRESET");
  expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ reason: "STOPPING", cause: "peer" });
});

test("a connection that is refused and waits for its next attempt does not hold up the end", async () => {
  const target = await Target.listen(world, echo);
  const tunnels = ["user/alice", "user/bob"].map((as) => ({ as, service: "web", path: 0 }));
  const credentials = { "user/bob": issue("user/bob", "stranger") };
  const { a } = await pair(world, target.address, { a: { tunnels, credentials }, isCold: true });
  const client = new Client(world, a.port(0));
  await client.pingPong();
  await world.until(() => a.events.some(({ reason }) => reason === "HANDSHAKE_REFUSED"));
  const start = world.now;
  await a.stop(1_000);
  expect(world.now - start).toBeLessThan(3_000);
  expect(await client.ended()).toBe("ECONNRESET");
});
