import * as fc from "fast-check";
import type { DatagramRun } from "@florenetes/data-session/workload";
import { TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { ALL_WAITING_MAX, SESSION_WAITING_MAX, SHARDS } from "../../src/flows/limits.ts";
import { type PacketFlow, PacketFlows } from "../../src/flows/packet-flows.ts";

const { bulk, interactive, reliable } = TrafficClass;
/** The most that a flow of a data session keeps, and then its oldest datagrams make room. */
const FLOW_MAX = 524_288;

/** A data session that nobody reads: what is sent waits. */
class FullSession {
  readonly waiting: WaitingFlow[] = [];

  get bytes(): number {
    return this.waiting.reduce((sum, { bytesWaiting }) => sum + bytesWaiting, 0);
  }

  /** The flows of a client. */
  client(): PacketFlows {
    const flows = new PacketFlows(SHARDS);
    for (const [trafficClass, count] of SHARDS)
      for (let shard = 0; shard < count; shard++) {
        const flow = new WaitingFlow(this);
        this.waiting.push(flow);
        flows.add(trafficClass, shard, flow);
      }
    return flows;
  }
}

class WaitingFlow implements PacketFlow {
  readonly #session: FullSession;
  bytesWaiting = 0;
  dropped = 0;

  constructor(session: FullSession) {
    this.#session = session;
  }

  get sessionBytesWaiting(): number {
    return this.#session.bytes;
  }

  sendRun({ lengths, count }: DatagramRun): void {
    for (let i = 0; i < count; i++) {
      if (this.bytesWaiting + lengths[i]! > FLOW_MAX) this.dropped++;
      else this.bytesWaiting += lengths[i]!;
    }
  }

  close(): void {}
}

function runOf(count: number, size: number): DatagramRun {
  const lengths = new Uint32Array(count).fill(size);
  return { bytes: new Uint8Array(count * size), lengths, count };
}

const SIZE = 4_061;
const droppedOf = (flows: PacketFlows): number =>
  flows.counts().reduce((sum, { counts }) => sum + counts.droppedPackets, 0);

describe("what waits in the flows of a session whose cluster vertex takes nothing", () => {
  test("of one flow is as much as a flow may have", () => {
    const session = new FullSession();
    const flows = session.client();
    for (let i = 0; i < 100; i++) flows.send(bulk, 0, runOf(16, SIZE));
    expect(session.bytes).toBeGreaterThan(FLOW_MAX - SIZE);
  });

  test("of all flows has a bound, within which a class that comes last has its part", () => {
    const session = new FullSession();
    const flows = session.client();
    for (let i = 0; i < 4_000; i++) flows.send(i % 2 === 0 ? bulk : reliable, i >> 1, runOf(4, SIZE));
    expect(session.bytes).toBeLessThanOrEqual(SESSION_WAITING_MAX);
    expect(session.bytes).toBeGreaterThan(0.8 * SESSION_WAITING_MAX);
    const before = droppedOf(flows);
    expect(before).toBe(16_000 - session.bytes / SIZE);
    for (let i = 0; i < 100; i++) flows.send(interactive, i, runOf(1, 200));
    expect(droppedOf(flows)).toBe(before);
  });

  test("of all sessions has a bound, within which a client that comes last has its part", () => {
    const session = new FullSession();
    const clients = Array.from({ length: 60 }, () => session.client());
    for (let i = 0; i < 60 * 60; i++) clients[i % 60]!.send(bulk, Math.floor(i / 60), runOf(6, SIZE));
    expect(session.bytes).toBeLessThanOrEqual(ALL_WAITING_MAX);
    expect(session.bytes).toBeGreaterThan(0.8 * ALL_WAITING_MAX);
    const last = session.client();
    for (let i = 0; i < 20; i++) last.send(reliable, i, runOf(4, SIZE));
    expect(droppedOf(last)).toBe(0);
  });

  test("is within all bounds whatever is sent, and what is dropped is counted", () => {
    const step = fc.record({
      client: fc.nat(2),
      trafficClass: fc.constantFrom(bulk, interactive, reliable),
      hash: fc.nat(7),
      count: fc.integer({ min: 1, max: 16 }),
      size: fc.integer({ min: 1, max: 16_384 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 200 }), (steps) => {
        const session = new FullSession();
        const clients = Array.from({ length: 3 }, () => session.client());
        const perClient = session.waiting.length / 3;
        for (const { client, trafficClass, hash, count, size } of steps) {
          clients[client]!.send(trafficClass, hash, runOf(count, size));
          const own = session.waiting.slice(client * perClient, (client + 1) * perClient);
          expect(own.reduce((sum, { bytesWaiting }) => sum + bytesWaiting, 0)).toBeLessThanOrEqual(SESSION_WAITING_MAX);
        }
        const sent = steps.reduce((sum, { count }) => sum + count, 0);
        expect(clients.reduce((sum, flows) => sum + droppedOf(flows), 0)).toBeLessThanOrEqual(sent);
        expect(session.bytes).toBeLessThanOrEqual(3 * SESSION_WAITING_MAX);
      }),
      { numRuns: 100 },
    );
  });
});
