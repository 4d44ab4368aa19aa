/** The heartbeats of a node with nothing to say: a port that repeats them by itself, and a port that doubts that its partner still runs. */
import { describe, expect, test } from "vitest";
import { HEARTBEAT_INTERVAL_MS, SILENT_AFTER_MS, STATES_INTERVAL_MS } from "../src/limits.ts";
import { decodeMessage } from "../src/messages.ts";
import { PortalServer } from "../src/portal-server.ts";
import { C1, drain, Pair, S1, TO_B, UP } from "./portal-pair.ts";
import { RepeatingPair } from "./repeating-pair.ts";

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
  test.each(["client", "server"] as const)("leaves a %s in peace while nothing happens, and both go on", (side) => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    const port = pair[`${side}Port`];
    const { told, wakes } = port;
    pair.runUntil(65_000);
    expect(port.told).toBe(told);
    expect(port.wakes - wakes).toBeLessThanOrEqual(70);
    expect(pair.client.isAttached).toBe(true);
    expect(pair.server.attachedInstance).toEqual(C1);
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "up" });
  });

  test("tells of a change at once, and has the new generation from then on", () => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    const { generation } = pair.serverPort.heartbeats.at(-1)!.body as { generation: bigint };
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, isCongested: true }, pair.now);
    pair.exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ isCongested: true });
    expect(pair.serverPort.heartbeats.at(-1)!.body).toMatchObject({ generation: generation + 1n });
    pair.runUntil(10_000);
    expect(pair.serverPort.heartbeats.at(-1)!.body).toMatchObject({ generation: generation + 1n });
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
    expect(pair.client.isAttached).toBe(false);
    expect([pair.client.knownMessage, pair.server.knownMessage]).toEqual([undefined, undefined]);
  });

  test("states that a client has heard of already are acknowledged again when they come again", () => {
    const pair = new RepeatingPair();
    pair.runUntil(5_000);
    // The acknowledgement is lost.
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, isCongested: true }, pair.now);
    for (const message of pair.serverPort.send(pair.now)) pair.clientPort.handle(message, pair.now);
    for (const _ of pair.clientPort.send(pair.now))
      expect(pair.client.linkStatus(TO_B)).toMatchObject({ isCongested: true });
    const beats = pair.clientPort.heartbeats.length;
    pair.runUntil(5_000 + STATES_INTERVAL_MS);
    expect(pair.clientPort.heartbeats.length).toBeGreaterThan(beats);
    expect(pair.server.knownMessage).not.toBe(undefined);
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
