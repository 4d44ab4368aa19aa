import { describe, expect, test } from "vitest";
import { PortalClient } from "../src/portal-client.ts";
import { C1, C2, FROM_C, Pair, TO_B, UP } from "./portal-pair.ts";

describe("a cluster vertex that goes", () => {
  function setUp(): Pair {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    pair.exchange().runUntil(1_000);
    pair.clientEvents();
    pair.serverEvents();
    return pair;
  }

  test("silently: detached after a second, abandoned after ten", () => {
    const pair = setUp();
    pair.isCut = true;
    // The last heartbeat came at 900.
    pair.runUntil(1_899);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(1_900);
    expect(pair.serverEvents()).toEqual([{ kind: "detached", code: "PORTAL_SILENT" }]);
    pair.runUntil(10_899);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(10_900);
    expect(pair.serverEvents()).toEqual([{ kind: "abandoned" }]);
    expect(pair.server.linkStatuses()).toEqual([]);
    pair.isCut = false;
    pair.runUntil(11_200);
    expect(pair.serverEvents()).toEqual([
      { kind: "attached", instance: C1 },
      { kind: "open", wish: TO_B },
    ]);
  });

  test("politely: answered, and the links are kept for a successor for 10 s", () => {
    const pair = setUp();
    pair.client.detach(pair.now);
    pair.exchange();
    expect(pair.clientEvents()).toMatchObject([{ kind: "detached", code: "DETACH_ASKED" }]);
    expect(pair.client.linkStatus(TO_B)).toBe(undefined);
    expect(pair.serverEvents()).toEqual([{ kind: "detached", code: "DETACH_ASKED" }]);
    pair.runUntil(10_900);
    expect(pair.client.isAttached).toBe(false);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(11_000);
    expect(pair.serverEvents()).toEqual([{ kind: "abandoned" }]);
  });

  test("and a new instance comes: it replaces the old at once, adopts what it asks for, and the rest is closed after 3 s", () => {
    const pair = setUp();
    pair.client.openLink(FROM_C, pair.now);
    pair.exchange().serverEvents();
    pair.client = new PortalClient({ cluster: "demo", vertex: "a", instance: C2 });
    pair.client.openLink(TO_B, pair.now);
    pair.client.handleConnected(pair.now);
    pair.exchange();
    expect(pair.serverEvents()).toEqual([
      { kind: "detached", code: "PORTAL_REPLACED" },
      { kind: "attached", instance: C2 },
    ]);
    expect(pair.client.linkStatus(TO_B), "the state of a live link is told again").toMatchObject(UP);
    pair.runUntil(3_950);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(4_000);
    expect(pair.serverEvents()).toEqual([{ kind: "close", key: { peer: "c", tag: "0" } }]);
  });

  test("and one comes that wants links of another protocol alone: it adopts none, and all are closed after 3 s", () => {
    const pair = setUp();
    pair.client = new PortalClient({ cluster: "demo", vertex: "a", instance: C2, linkProtocol: "quic" });
    pair.client.openLink(TO_B, pair.now);
    pair.client.handleConnected(pair.now);
    pair.exchange().runUntil(4_000);
    expect(pair.clientEvents()).toMatchObject([{ kind: "refused", code: "WRONG_LINK_PROTOCOL" }]);
    expect(pair.serverEvents().slice(1)).toEqual([
      { kind: "attached", instance: C2 },
      { kind: "close", key: { peer: "b", tag: "0" } },
    ]);
  });

  test("is found gone by the socket: any instance may come next, whatever its clock says", () => {
    const pair = setUp();
    pair.server.handleDisconnected(pair.now);
    expect(pair.serverEvents()).toEqual([{ kind: "detached", code: "PORTAL_GONE" }]);
    pair.client = new PortalClient({ cluster: "demo", vertex: "a", instance: { id: "c0", startedAt: 5 } });
    pair.client.handleConnected(pair.now);
    pair.server.handleConnected(pair.now);
    pair.exchange();
    expect(pair.serverEvents()).toEqual([{ kind: "attached", instance: { id: "c0", startedAt: 5 } }]);
  });
});

describe("a link vertex that goes", () => {
  test("silently: a link that was down before is told again when it speaks again", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    const down = { ...TO_B, ...UP, state: "down", handle: 0, mtu: 0, preferredMtu: 0, code: "NO_ANSWER" } as const;
    pair.server.setLinkStatus(down, 0);
    pair.exchange();
    pair.clientEvents();
    pair.isCut = true;
    pair.runUntil(1_500);
    expect(pair.clientEvents()).toMatchObject([{ kind: "detached", code: "PORTAL_SILENT" }]);
    pair.isCut = false;
    pair.runUntil(2_500);
    expect(pair.clientEvents()).toMatchObject([
      { kind: "attached" },
      { kind: "link", status: { state: "down", code: "NO_ANSWER" } },
    ]);
  });

  test("a refusal is told again after a disconnect, and not before", () => {
    const pair = new Pair({}, { cluster: "other" }).connect();
    pair.runUntil(5_000);
    expect(pair.clientEvents()).toMatchObject([{ kind: "refused", code: "WRONG_CLUSTER" }]);
    pair.client.handleDisconnected(pair.now);
    pair.client.handleConnected(pair.now);
    pair.exchange();
    expect(pair.clientEvents()).toMatchObject([{ kind: "refused", code: "WRONG_CLUSTER" }]);
  });

  test("silently: nothing is known of links after a second, and all is as before when it speaks again", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    pair.exchange().clientEvents();
    pair.isCut = true;
    pair.runUntil(1_000);
    expect(pair.clientEvents()).toMatchObject([{ kind: "detached", code: "PORTAL_SILENT" }]);
    expect(pair.client.linkStatus(TO_B)).toBe(undefined);
    pair.isCut = false;
    pair.runUntil(1_200);
    expect(pair.clientEvents()).toMatchObject([{ kind: "attached" }, { kind: "link", status: UP }]);
    expect(pair.serverEvents().filter((event) => (event as { kind: string }).kind === "open").length).toBe(1);
  });

  test("with its socket: told at once", () => {
    const pair = new Pair().connect();
    pair.clientEvents();
    pair.client.handleDisconnected(5);
    expect(pair.clientEvents()).toMatchObject([{ kind: "detached", code: "PORTAL_GONE" }]);
    expect(pair.client.nextTimeout()).toBe(Infinity);
    expect(pair.client.pollTransmit()).toBe(undefined);
  });
});

describe("a process that was itself stopped", () => {
  test("reads what has come meanwhile before it judges", () => {
    const pair = new Pair().connect().runUntil(500);
    pair.clientEvents();
    pair.serverEvents();
    // Both processes stand still from 500 to 20,000. The timers come first, then the partner's heartbeats.
    pair.now = 20_000;
    pair.client.handleTimeout(20_000);
    pair.server.handleTimeout(20_000);
    expect([pair.clientEvents(), pair.serverEvents()]).toEqual([[], []]);
    pair.exchange().runUntil(22_000);
    expect([pair.clientEvents(), pair.serverEvents()]).toEqual([[], []]);
  });

  test("judges after 100 ms when nothing has come", () => {
    const pair = new Pair().connect().runUntil(500);
    pair.clientEvents();
    pair.isCut = true;
    pair.now = 20_000;
    pair.client.handleTimeout(20_000);
    pair.runUntil(20_099);
    expect(pair.clientEvents()).toEqual([]);
    pair.runUntil(20_100);
    expect(pair.clientEvents()).toMatchObject([{ kind: "detached", code: "PORTAL_SILENT" }]);
  });

  test("judges at last even if it is late each time", () => {
    const pair = new Pair().connect();
    pair.isCut = true;
    pair.clientEvents();
    for (let now = 3_000, looks = 0; pair.client.isAttached; now += 500) {
      expect(++looks).toBeLessThan(20);
      pair.client.handleTimeout(now);
    }
  });
});
