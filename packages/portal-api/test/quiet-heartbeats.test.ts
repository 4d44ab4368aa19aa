/** While all links of a portal are quiet, so are the two processes at its ends; and neither is taken for gone meanwhile. */
import { describe, expect, test } from "vitest";
import { HeartbeatPace, silentAfter } from "../src/heartbeat-pace.ts";
import { HEARTBEAT_INTERVAL_MS, PACE_KEPT_MS, QUIET_HEARTBEAT_INTERVAL_MS, SILENT_AFTER_MS } from "../src/limits.ts";
import { decodeMessage, encodeMessage, type PortalMessage } from "../src/messages.ts";
import { drain, FROM_C, Pair, TO_B, UP } from "./portal-pair.ts";
import { RepeatingPair } from "./repeating-pair.ts";

const KEY = { peer: "b", tag: "0" };
const QUIET = { ...KEY, ...UP, quietSeconds: 25 };
/** When a pair surely has its slow pace, where its link is quiet from the first second on. */
const SETTLED_MS = 2 * PACE_KEPT_MS;
const MINUTE_MS = 60_000;

/** Heartbeats of a server that a client without this part of the protocol would send and understand. */
function withoutPace(message: Uint8Array): Uint8Array {
  const { body, ...envelope } = decodeMessage(message)!;
  return encodeMessage({ ...envelope, body: body.kind === "heartbeat" ? { ...body, intervalMs: undefined } : body });
}

const intervalsOf = (beats: readonly PortalMessage[]): unknown[] =>
  beats.map(({ body }) => (body as { readonly intervalMs?: number }).intervalMs);

describe("a port that repeats", () => {
  function quietPair(): RepeatingPair {
    const pair = new RepeatingPair();
    pair.runUntil(1_000);
    pair.server.setLinkStatus(QUIET, pair.now);
    pair.exchange();
    return pair;
  }

  test("both sides send a heartbeat each 2 s, and are woken for nothing else than their partner's silence", () => {
    const pair = quietPair();
    pair.runUntil(SETTLED_MS);
    const before = [pair.clientPort.heartbeats.length, pair.serverPort.heartbeats.length];
    const wakes = [pair.clientPort.wakes, pair.serverPort.wakes];
    pair.runUntil(SETTLED_MS + MINUTE_MS);
    const most = MINUTE_MS / QUIET_HEARTBEAT_INTERVAL_MS + 1;
    expect(pair.clientPort.heartbeats.length - before[0]!).toBeLessThanOrEqual(most);
    expect(pair.serverPort.heartbeats.length - before[1]!).toBeLessThanOrEqual(most);
    expect(pair.clientPort.wakes - wakes[0]!).toBeLessThanOrEqual(most);
    expect(pair.serverPort.wakes - wakes[1]!).toBeLessThanOrEqual(most);
    expect(pair.client.isAttached).toBe(true);
    expect(pair.server.attachedInstance).not.toBe(undefined);
  });

  test("the slower pace is told some times at the former one", () => {
    const pair = quietPair();
    const from = pair.serverPort.heartbeats.length;
    pair.runUntil(pair.now + PACE_KEPT_MS);
    const told = pair.serverPort.heartbeats.slice(from);
    expect(told.length).toBeGreaterThanOrEqual(PACE_KEPT_MS / HEARTBEAT_INTERVAL_MS - 1);
    expect(new Set(intervalsOf(told))).toEqual(new Set([QUIET_HEARTBEAT_INTERVAL_MS]));
  });

  test("heartbeats that are lost while the pace changes do no harm", () => {
    const pair = quietPair();
    pair.isCut = true;
    pair.runUntil(pair.now + SILENT_AFTER_MS - HEARTBEAT_INTERVAL_MS);
    pair.isCut = false;
    pair.runUntil(SETTLED_MS + MINUTE_MS);
    expect(drain(() => pair.server.pollEvent()).filter(({ kind }) => kind === "detached")).toEqual([]);
    expect(drain(() => pair.client.pollEvent()).filter(({ kind }) => kind === "detached")).toEqual([]);
  });

  test("a link that is quiet no more has both send often at once", () => {
    const pair = quietPair();
    pair.runUntil(SETTLED_MS + MINUTE_MS);
    pair.server.setLinkStatus({ ...KEY, ...UP }, pair.now);
    pair.exchange();
    const before = [pair.clientPort.heartbeats.length, pair.serverPort.heartbeats.length];
    pair.runUntil(pair.now + 3_000);
    expect(pair.clientPort.heartbeats.length - before[0]!).toBeGreaterThanOrEqual(9);
    expect(pair.serverPort.heartbeats.length - before[1]!).toBeGreaterThanOrEqual(9);
  });

  test("a cluster vertex that goes while the pace changes leaves no timer behind that is always due", () => {
    const pair = quietPair();
    pair.server.handleDisconnected(pair.now);
    expect(pair.server.isQuiet).toBe(false);
    const later = pair.now + PACE_KEPT_MS;
    pair.server.handleTimeout(later);
    expect(pair.server.nextTimeout()).toBeGreaterThan(later);
  });

  test("a partner that goes silent is detached after three of its heartbeats", () => {
    const pair = quietPair();
    pair.runUntil(SETTLED_MS + MINUTE_MS);
    drain(() => pair.server.pollEvent());
    pair.isCut = true;
    const most = silentAfter(QUIET_HEARTBEAT_INTERVAL_MS);
    pair.runUntil(pair.now + most - QUIET_HEARTBEAT_INTERVAL_MS - 1);
    expect(drain(() => pair.server.pollEvent())).toEqual([]);
    pair.runUntil(pair.now + QUIET_HEARTBEAT_INTERVAL_MS + 1);
    expect(drain(() => pair.server.pollEvent())).toEqual([{ kind: "detached", code: "PORTAL_SILENT" }]);
    expect(pair.client.isAttached).toBe(false);
  });
});

describe("a port that does not repeat", () => {
  function quietPair(): Pair {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, pair.now);
    pair.exchange().server.setLinkStatus(QUIET, pair.now);
    return pair.exchange();
  }

  test("both sides send a heartbeat each 2 s, and stay attached", () => {
    const pair = quietPair().runUntil(SETTLED_MS);
    const before = pair.toServer.length;
    pair.runUntil(SETTLED_MS + MINUTE_MS);
    expect(pair.toServer.length - before).toBeLessThanOrEqual(MINUTE_MS / QUIET_HEARTBEAT_INTERVAL_MS + 1);
    expect(pair.serverEvents().filter((event) => (event as { kind: string }).kind === "detached")).toEqual([]);
    expect(pair.client.isAttached).toBe(true);
  });

  test.each([
    ["one link is not quiet", { peer: "c", tag: "0", ...UP }],
    ["one link is down", { peer: "c", tag: "0", ...UP, state: "down", code: "TIMED_OUT", quietSeconds: 25 }],
  ] as const)("goes on as ever while %s", (_, status) => {
    const pair = quietPair();
    pair.client.openLink(FROM_C, pair.now);
    pair.exchange().server.setLinkStatus(status, pair.now);
    pair.exchange().runUntil(SETTLED_MS);
    const before = pair.toServer.length;
    pair.runUntil(SETTLED_MS + 3_000);
    expect(pair.toServer.length - before).toBeGreaterThanOrEqual(9);
    pair.client.closeLink(FROM_C, pair.now);
    expect(pair.exchange().server.isQuiet).toBe(true);
  });
});

test("a cluster vertex that tells no pace hears heartbeats as often as ever", () => {
  const { client, server } = new Pair();
  client.handleConnected(0);
  server.handleConnected(0);
  client.openLink(TO_B, 0);
  let heard = 0;
  for (let now = 0; now < SETTLED_MS + MINUTE_MS; now += 50) {
    client.handleTimeout(now);
    server.handleTimeout(now);
    if (now === 1_000) server.setLinkStatus(QUIET, now);
    for (const message of drain(() => client.pollTransmit())) server.handleMessage(withoutPace(message), now);
    for (const message of drain(() => server.pollTransmit())) {
      if (now >= SETTLED_MS && decodeMessage(message)!.body.kind === "heartbeat") heard++;
      client.handleMessage(withoutPace(message), now);
    }
  }
  expect(heard).toBeGreaterThanOrEqual(MINUTE_MS / (HEARTBEAT_INTERVAL_MS + 50));
  expect(client.isAttached).toBe(true);
});

test("a pace that nobody should have is taken for the nearest one", () => {
  const beat = { kind: "heartbeat", startedAt: 1, generation: 0n } as const;
  const heard = (intervalMs: number): unknown =>
    decodeMessage(encodeMessage({ instance: "x", attachment: 1, requestId: 0, body: { ...beat, intervalMs } }))?.body;
  expect(heard(1)).toMatchObject({ intervalMs: HEARTBEAT_INTERVAL_MS });
  expect(heard(0xffff_ffff)).toMatchObject({ intervalMs: QUIET_HEARTBEAT_INTERVAL_MS });
  expect(silentAfter(undefined)).toBe(SILENT_AFTER_MS);
});

test("a faster pace counts at once, also while a slower one is not yet kept", () => {
  const pace = new HeartbeatPace();
  pace.set(2_000, 0);
  expect([pace.told, pace.interval(PACE_KEPT_MS - 1), pace.changesAt]).toEqual([2_000, 300, PACE_KEPT_MS]);
  pace.set(300, PACE_KEPT_MS - 1);
  expect([pace.told, pace.interval(10 * PACE_KEPT_MS), pace.changesAt]).toEqual([300, 300, Infinity]);
  pace.set(2_000, 20_000);
  expect([pace.interval(20_000 + PACE_KEPT_MS), pace.changesAt]).toEqual([2_000, Infinity]);
});
