/** Attempts at connections beside the first, where the acceptor wants none. */
import { connectionHighOf, connectionLowOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Beside } from "../../../src/transport/tunnels/beside.ts";
import { BESIDE_IDLE_MS, BESIDE_PAUSE_MS, BESIDE_PAUSE_MS_MAX } from "../../../src/transport/limits.ts";
import { pair } from "../mesh/mesh.ts";
import { Client, echo, Target } from "../mesh/workloads.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

test("an acceptor that refuses each one draws ever fewer handshakes, however often workloads begin to wait", async () => {
  const { a, link } = await pair(world, (await Target.listen(world, echo)).address, {
    b: { limits: { streamsOpenMax: 3, acceptedPerPrincipalMax: 1 } },
  });
  const open = [new Client(world, a.port()), new Client(world, a.port())];
  for (const client of open) await client.pingPong();
  const ids = new Set<string>();
  link.tap = (packet) => {
    ids.add(`${connectionHighOf(packet, 0)} ${connectionLowOf(packet, 0)}`);
    return true;
  };
  const until = world.now + 120_000;
  while (world.now < until) {
    const client = new Client(world, a.port());
    const answered = client.pingPong();
    await world.sleep(1_100);
    open.shift()!.socket.end();
    await answered;
    open.push(client);
  }
  expect(a.transport.status().tunnels[0]!.streamsUsedUp).toBeGreaterThan(20);
  // The first connection is among them; pauses of 1, 2, … 64 s lie between the attempts at others.
  expect(ids.size).toBeGreaterThanOrEqual(6);
  expect(ids.size).toBeLessThanOrEqual(9);
});

test("the pause doubles for each that has failed or has not lasted, and is short again after one that has", () => {
  const beside = new Beside();
  let now = 0;
  for (let pauseMs = BESIDE_PAUSE_MS; pauseMs < BESIDE_PAUSE_MS_MAX; pauseMs *= 2) {
    beside.handleEnded({ startedAt: now - BESIDE_IDLE_MS + 1 }, now);
    expect(beside.notBefore).toBe(now + pauseMs);
    beside.handleFailed(now);
    expect(beside.notBefore, "failures of one moment count once").toBe(now + pauseMs);
    now = beside.notBefore;
  }
  beside.handleFailed(now);
  expect(beside.notBefore).toBe((now += BESIDE_PAUSE_MS_MAX));
  beside.handleEnded({ startedAt: now - BESIDE_IDLE_MS }, now);
  expect(beside.notBefore).toBe(now);
  beside.handleFailed(now);
  expect(beside.notBefore).toBe(now + BESIDE_PAUSE_MS);
});
