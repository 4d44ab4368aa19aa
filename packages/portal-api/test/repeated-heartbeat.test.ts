/** The heartbeats of a node with nothing to say: a port that has them to itself, and one that doubts that its partner is there. */
import { describe, expect, test } from "vitest";
import { HEARTBEAT_INTERVAL_MS, SILENT_AFTER_MS } from "../src/limits.ts";
import { decodeMessage, type PortalMessage } from "../src/messages.ts";
import { PortalClient } from "../src/portal-client.ts";
import { PortalServer } from "../src/portal-server.ts";
import { C1, drain, Pair, S1, TO_B, UP } from "./portal-pair.ts";

/** A client, and a server whose port repeats its heartbeat and tells nothing of a known one. Time moves when told. */
class RepeatingPair {
  now = 0;
  readonly client = new PortalClient({ cluster: "demo", vertex: "a", instance: C1 });
  readonly server = new PortalServer({
    cluster: "demo",
    principal: "a",
    instance: S1,
    linkMtuMax: 1_420,
    isPortRepeating: true,
  });
  isCut = false;
  /** Messages that the server was told of. */
  told = 0;
  /** Times that its timer was due. */
  wakes = 0;
  readonly heartbeats: PortalMessage[] = [];
  #repeated: Uint8Array | undefined;
  #at = Infinity;
  #heardAt = -Infinity;

  constructor() {
    this.client.handleConnected(0);
    this.client.openLink(TO_B, 0);
    this.server.handleConnected(0);
    this.exchange();
    this.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    this.exchange();
  }

  exchange(): void {
    for (let round = 0; round < 10; round++) {
      for (const message of drain(() => this.server.pollTransmit())) this.#toClient(message);
      const heartbeat = this.server.pollHeartbeat();
      if (heartbeat !== undefined) {
        this.#repeated = heartbeat;
        this.#at = this.now;
      }
      if (this.#at <= this.now) {
        this.#at = this.now + HEARTBEAT_INTERVAL_MS;
        this.heartbeats.push(decodeMessage(this.#repeated!)!);
        this.#toClient(this.#repeated!);
      }
      for (const message of drain(() => this.client.pollTransmit())) this.#toServer(message);
    }
  }

  runUntil(end: number): void {
    for (;;) {
      const next = Math.min(this.client.nextTimeout(), this.server.nextTimeout(), this.#at);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.client.handleTimeout(this.now);
      if (this.server.nextTimeout() <= this.now) {
        this.wakes++;
        this.server.handleHeard(this.#heardAt);
        this.server.handleTimeout(this.now);
      }
      this.exchange();
    }
    this.now = end;
  }

  #toClient(message: Uint8Array): void {
    if (!this.isCut) this.client.handleMessage(message, this.now);
  }

  #toServer(message: Uint8Array): void {
    if (this.isCut) return;
    if (this.server.knownMessage !== undefined && Buffer.compare(message, this.server.knownMessage) === 0) {
      this.#heardAt = this.now;
      return;
    }
    this.told++;
    this.server.handleMessage(message, this.now);
  }
}

test("a port that doubts has both sides send at once, and they go on as before", () => {
  const pair = new Pair().connect();
  pair.runUntil(1_000);
  const { now } = pair;
  pair.runUntil(now + HEARTBEAT_INTERVAL_MS / 2);
  for (const side of [pair.client, pair.server]) {
    expect(side.pollTransmit()).toBe(undefined);
    side.handleDoubt(pair.now);
    expect(decodeMessage(side.pollTransmit()!)!.body.kind).toBe("heartbeat");
    expect(side.nextTimeout()).toBeLessThanOrEqual(pair.now + HEARTBEAT_INTERVAL_MS);
  }
});

describe("a port that repeats", () => {
  test("leaves a server in peace while nothing happens, and both go on", () => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    const { told, wakes } = pair;
    pair.runUntil(65_000);
    expect(pair.told).toBe(told);
    expect(pair.wakes - wakes).toBeLessThanOrEqual(70);
    expect(pair.client.isAttached).toBe(true);
    expect(pair.server.attachedInstance).toEqual(C1);
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "up" });
  });

  test("tells of a change at once, and has the new generation from then on", () => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    const { generation } = pair.heartbeats.at(-1)!.body as { generation: number };
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, isCongested: true }, pair.now);
    pair.exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ isCongested: true });
    expect(pair.heartbeats.at(-1)!.body).toMatchObject({ generation: generation + 1 });
    pair.runUntil(10_000);
    expect(pair.heartbeats.at(-1)!.body).toMatchObject({ generation: generation + 1 });
  });

  test("a change that is lost is told again, since no heartbeat is known meanwhile", () => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    pair.isCut = true;
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, isCongested: true }, pair.now);
    pair.exchange();
    expect(pair.server.knownMessage).toBe(undefined);
    pair.isCut = false;
    pair.runUntil(5_200);
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ isCongested: true });
  });

  test("a partner that goes silent is detached a second after it was heard last", () => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    drain(() => pair.server.pollEvent());
    pair.isCut = true;
    pair.runUntil(5_000 + SILENT_AFTER_MS - HEARTBEAT_INTERVAL_MS - 1);
    expect(drain(() => pair.server.pollEvent())).toEqual([]);
    pair.runUntil(5_000 + SILENT_AFTER_MS);
    expect(drain(() => pair.server.pollEvent())).toEqual([{ kind: "detached", code: "PORTAL_SILENT" }]);
    expect(pair.server.knownMessage).toBe(undefined);
  });

  test("after a disconnect the heartbeat is told anew, though it is the same", () => {
    const server = new PortalServer({
      cluster: "demo",
      principal: "a",
      instance: S1,
      linkMtuMax: 1_420,
      isPortRepeating: true,
    });
    server.handleConnected(0);
    const first = server.pollHeartbeat();
    expect([first === undefined, server.pollHeartbeat()]).toEqual([false, undefined]);
    server.handleDisconnected(10);
    server.handleConnected(20);
    expect(server.pollHeartbeat()).toEqual(first);
  });
});
