/** Bounds on the messages that wait on a connection's control stream: a peer decides how fast they are read, and causes many of them. */
import type { QuicConnection } from "@florenetes/quic";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { CONTROL_WAITING_MAX } from "../../../src/transport/limits.ts";
import { encodeStop } from "../../../src/transport/messages.ts";
import { ControlStream } from "../../../src/transport/streams/control-stream.ts";
import { HostileOriginator, open } from "../mesh/hostile-originator.ts";
import { issue } from "../mesh/identities.ts";
import { pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

describe("messages", () => {
  const stop = (stream: number): Uint8Array => encodeStop({ stream, code: Code.workloadReset });
  const fitting = Math.floor(CONTROL_WAITING_MAX / stop(0).length);

  /** A stream that takes as many bytes as its credit allows. */
  function stream() {
    const taken: Uint8Array[] = [];
    const credited = { credit: 0, taken, control: undefined as unknown as ControlStream };
    const streamSend = (_id: number, bytes: Uint8Array): number => {
      const size = Math.min(credited.credit, bytes.length);
      taken.push(bytes.slice(0, size));
      credited.credit -= size;
      return size === 0 ? -1 : size;
    };
    credited.control = new ControlStream({ streamSend } as unknown as QuicConnection);
    return credited;
  }

  test("wait in their order, whatever pieces the credit comes in", () => {
    const credited = stream();
    const expected: Uint8Array[] = [];
    for (let i = 0; i < 50; i++) {
      credited.control.send(stop(i));
      expected.push(stop(i));
      credited.credit = i % 7;
      if (i % 3 === 0) credited.control.flush();
    }
    credited.credit = Infinity;
    credited.control.flush();
    expect(Buffer.concat(credited.taken)).toEqual(Buffer.concat(expected));
  });

  test("fill it at its bound and not below, and count no more once they are sent", () => {
    const credited = stream();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < fitting; i++) credited.control.send(stop(i));
      expect(credited.control.isOverfull).toBe(false);
      credited.credit = Infinity;
      credited.control.flush();
      credited.credit = 0;
    }
    for (let i = 0; i <= fitting; i++) credited.control.send(stop(i));
    expect(credited.control.isOverfull).toBe(true);
    credited.credit = Infinity;
    credited.control.flush();
    expect(Buffer.concat(credited.taken).length, "what came too late is not kept").toBe(4 * fitting * stop(0).length);
  });
});

describe("an originator that stops all its streams", () => {
  let world: TransportWorld;
  beforeEach(() => void (world = new VirtualWorld()));
  afterEach(() => world.close());

  const streamsPerRound = 400;
  const fillingRounds = Math.ceil(CONTROL_WAITING_MAX / (streamsPerRound * encodeStop({ stream: 4, code: 1 }).length));
  const allow = ["user/alice", "user/mallory"];
  // Other tests judge the conduct of an originator.
  const limits = { failedStreamsBurst: 100_000 };

  async function scene(streamWindow: number) {
    const target = await Target.listen(world, echo);
    const services = [{ name: "web", label: 900, target: target.address, allow }];
    const joined = await pair(world, target.address, { b: { services, limits } });
    const attacker = new HostileOriginator(world, joined.link, joined.b, issue("user/mallory"), 900, [], streamWindow);
    await attacker.greet();
    return { ...joined, attacker };
  }

  async function stopMany(attacker: HostileOriginator): Promise<void> {
    const streams = attacker.openStreams(streamsPerRound, open);
    for (const stream of streams) attacker.quic.streamStop(stream, 1);
    attacker.turn();
    const start = world.now;
    await world.until(() => world.now > start + 200);
  }

  test("and reads no answer is disconnected when too much waits for it, and nobody else is", async () => {
    const all = await scene(200);
    const client = new Client(world, all.a.port());
    await client.pingPong();
    let rounds = 0;
    for (; rounds < 4 * fillingRounds && all.attacker.closed === undefined; rounds++) await stopMany(all.attacker);
    expect(rounds).toBeGreaterThanOrEqual(fillingRounds);
    expect(all.attacker.closed).toMatchObject({ cause: "peer", isApplication: true, code: Code.overBudget });
    await world.until(() => all.b.transport.status().connections.length === 1);
    await client.pingPong();
    client.socket.destroy();
  });

  test("and reads every answer is not", async () => {
    const all = await scene(65_536);
    const bytes = new Uint8Array(65_536);
    for (let round = 0; round <= fillingRounds; round++) {
      await stopMany(all.attacker);
      while (all.attacker.quic.streamReceive(0, bytes) > 0);
      all.attacker.turn();
    }
    expect(all.attacker.closed).toBeUndefined();
  });
});
