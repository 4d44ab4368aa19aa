/** Connections over links that are quiet at one of their ends, in virtual time. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PairOptions, pair } from "./mesh/mesh.ts";
import { Client, echo, Target } from "./mesh/workloads.ts";
import type { TransportWorld } from "./worlds/world.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const QUIET = { quietSeconds: 25 };
/** The searches for a larger size that a path has at the beginning, and their pauses, are over by then. */
const BEGINNING_MS = 400_000;
const LONG_MS = 250_000;

/** Packets of a connection in ten pauses, in which its workload says nothing, and the time that it takes to say something then. */
async function packetsOf(options: PairOptions, hasStream: boolean): Promise<number> {
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address, options);
  const client = new Client(world, a.port());
  await client.pingPong();
  if (!hasStream) client.socket.destroy();
  await world.sleep(BEGINNING_MS);
  const before = link.packets;
  await world.sleep(LONG_MS);
  const packets = link.packets - before;
  const again = hasStream ? client : new Client(world, a.port());
  await again.pingPong();
  expect(again.outcome).toBe("open");
  again.socket.destroy();
  return packets;
}

test.each([
  ["with a stream, of its originator's", { a: QUIET }, true],
  ["with a stream, of its acceptor's", { b: QUIET }, true],
  ["without streams, of its originator's", { a: QUIET }, false],
  ["without streams, of its acceptor's", { b: QUIET }, false],
])(
  "a connection is asked once in the quiet, %s link, and goes on after it",
  async (_what, options, hasStream) => {
    // Ten questions with their answers, and a probe of the path's size now and then.
    expect(await packetsOf(options, hasStream)).toBeLessThanOrEqual(30);
  },
  60_000,
);

test("a connection over links that are not quiet is asked each second while it has a stream", async () => {
  expect(await packetsOf({}, true)).toBeGreaterThan(400);
}, 60_000);

test("a far end that is cut off while all is quiet is missed a second after something is sent", async () => {
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address, { a: QUIET });
  const client = new Client(world, a.port());
  await client.pingPong();
  await world.sleep(3_000);
  link.tap = () => false;
  await world.sleep(10_000);
  const isReachable = (): boolean | null => a.transport.reach.look(world.now)("to-b").isReachable;
  expect(isReachable(), "nobody has asked, and nobody owes an answer").toBe(true);
  client.socket.write(new Uint8Array(10));
  const sentAt = world.now;
  await world.until(() => isReachable() === false);
  expect(world.now - sentAt).toBeLessThan(2_000);
  client.socket.destroy();
});
