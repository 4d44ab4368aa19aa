/** Workloads that are the first to meet a service which was restarted: streams that nobody has accepted are offered again, and no bytes
 *  come twice. */
import { runs } from "@florenetes/simkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { restart } from "./conformance/offers.ts";
import { defaultLimits, OFFER_SIZE_MAX } from "../../src/transport/limits.ts";
import { pair } from "./mesh/mesh.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";
import type { TransportWorld, WorkloadSocket } from "./worlds/world.ts";

describe("in virtual time", () => {
  let world: TransportWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

  test("who has said more than is kept is reset", async () => {
    const target = await Target.listen(world, echo);
    const mesh = await pair(world, target.address);
    mesh.link.delayMs = 20;
    // A bulk transfer opens the window: QUIC takes at once only as much as it has found the path to carry.
    const bulk = new Client(world, mesh.a.port());
    await bulk.pingPong(4_000_000);
    bulk.socket.destroy();
    await restart(mesh, world);
    const client = new Client(world, mesh.a.port());
    client.socket.write(Buffer.alloc(4 * OFFER_SIZE_MAX));
    expect(await client.ended()).toBe("ECONNRESET");
    expect(target.connections).toBe(1);
    await world.until(() => mesh.a.transport.bytesHeld === 0);
    expect(mesh.a.transport.status().tunnels[0]!.connections.refused).toEqual({ CONNECTION_LOST: 1 });
  });

  test("a workload that is offered again and again waits no longer than any other", async () => {
    const target = await Target.listen(world, echo);
    const mesh = await pair(world, target.address);
    await restart(mesh, world);
    // From now on no handshake gets through, and all other packets do.
    mesh.link.tap = (packet) => packet.length < 1_000;
    const client = new Client(world, mesh.a.port());
    client.socket.write("question");
    expect(await client.ended()).toBe("ECONNRESET");
    expect(client.closedAt - client.connectedAt).toBeCloseTo(defaultLimits.connectWaitMs, -2);
    expect(mesh.a.transport.bytesHeld).toBe(0);
    expect(mesh.a.transport.status().tunnels[0]!.connections).toMatchObject({
      open: 0,
      total: 1,
      refused: { NO_ANSWER: 1 },
    });
  });

  test("a workload that goes while it waits leaves nothing behind", async () => {
    const target = await Target.listen(world, echo);
    const mesh = await pair(world, target.address);
    await restart(mesh, world);
    mesh.link.delayMs = 20;
    const client = new Client(world, mesh.a.port());
    client.socket.write("question");
    await world.sleep(50);
    client.socket.resetAndDestroy();
    await world.until(() => mesh.a.transport.status().tunnels[0]!.connections.open === 0);
    await world.until(() => mesh.a.transport.bytesHeld === 0);
  });

  /** The service is killed at each step of a question and its answer; in the end no question was heard twice. */
  test.each([
    [1, 0],
    [20, 0],
    [20, 0.3],
    [120, 0],
  ])("a service that is killed at any time hears no question twice (%d ms, loss %d)", async (delayMs, loss) => {
    const heard = new Map<string, number>();
    const target = await Target.listen(world, (socket: WorkloadSocket) => {
      socket.on("data", (bytes: Uint8Array) => {
        const text = Buffer.from(bytes).toString();
        heard.set(text, (heard.get(text) ?? 0) + 1);
        socket.write("answer");
      });
    });
    const mesh = await pair(world, target.address);
    const outcomes = new Map<string, number>();
    const steps = runs(60, 20);
    for (let step = 0; step < steps; step++) {
      Object.assign(mesh.link, { delayMs, lossProbability: 0 });
      const before = new Client(world, mesh.a.port());
      before.socket.write(`before ${step}`);
      await before.until(6);
      before.socket.destroy();
      await world.sleep(100);
      mesh.link.lossProbability = loss;
      const client = new Client(world, mesh.a.port());
      client.socket.write(`step ${step}`);
      await world.sleep((step * 5 * delayMs) / steps);
      mesh.b.kill();
      // The service runs again as soon as a process can.
      await world.sleep(defaultLimits.restartMs);
      await mesh.b.start();
      await client.until(6);
      const outcome = client.received > 0 ? "answered" : await client.ended();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      client.socket.destroy();
    }
    expect([...heard].filter(([, times]) => times > 1)).toEqual([]);
    expect(outcomes.get("answered")).toBeGreaterThan(0);
    expect(outcomes.get("ECONNRESET")).toBeGreaterThan(0);
  });
});
