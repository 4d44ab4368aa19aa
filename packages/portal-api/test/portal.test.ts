import type { PortalClientEvent } from "../src/portal-client-events.ts";
import { describe, expect, test } from "vitest";
import type { LinkWish } from "../src/link.ts";
import type { PortalClientOptions } from "../src/portal-client-options.ts";
import type { PortalServerOptions } from "../src/portal-server-options.ts";
import { C1, drain, FROM_C, Pair, S1, TO_B, UP } from "./portal-pair.ts";
import { NullTaker } from "./transit-taker.ts";

describe("attach", () => {
  test("tells each side who the other is", () => {
    const pair = new Pair({}, { transit: new NullTaker(), linksMax: () => 7 }).connect();
    expect(pair.clientEvents()).toEqual([
      {
        kind: "attached",
        instance: S1,
        version: 1,
        principal: "a",
        linkMtuMax: 1_420,
        linksMax: 7,
        features: ["pins", "call-limit", "transit", "permits", "shares"],
      },
    ]);
    expect(pair.serverEvents()).toEqual([{ kind: "attached", instance: C1 }]);
    expect(pair.server.attachedInstance).toEqual(C1);
  });

  test.each<[string, Partial<PortalClientOptions>, Partial<PortalServerOptions>, string | undefined]>([
    ["another cluster", { cluster: "other" }, {}, "WRONG_CLUSTER"],
    ["another vertex", { vertex: "b" }, {}, "WRONG_VERTEX"],
    ["a vertex that does not say its name", { vertex: "" }, {}, undefined],
    ["versions beyond ours", { versions: { min: 2, max: 3 } }, {}, "VERSION_UNSUPPORTED"],
    ["versions before ours", { versions: { min: 1, max: 1 } }, { versions: { min: 2, max: 3 } }, "VERSION_UNSUPPORTED"],
    ["a range that overlaps", { versions: { min: 1, max: 2 } }, { versions: { min: 2, max: 3 } }, undefined],
  ])("%s", (_name, client, server, code) => {
    const pair = new Pair(client, server).connect();
    const events = pair.clientEvents() as { kind: string; code?: string; text?: string; version?: number }[];
    expect(events.length).toBe(1);
    expect(events[0]!.code).toBe(code);
    if (code === undefined) return;
    expect(events[0]!.kind).toBe("refused");
    expect(events[0]!.text).not.toBe("");
    expect(pair.serverEvents()).toEqual([{ kind: "refused", code, text: events[0]!.text }]);
    pair.runUntil(5_000);
    expect(pair.clientEvents(), "the same refusal is told once").toEqual([]);
    expect(pair.toServer.filter((kind) => kind === "attach").length, "and tried every second").toBe(6);
  });

  test.each([
    ["says another", "plain-udp", "has links over plain-udp, and only quic is wanted"],
    ["says none", undefined, "does not say what its links run over, and only quic is wanted"],
  ])(
    "where links must run over one protocol, a link vertex that %s is asked for none, and is kept",
    (_, linkProtocol, text) => {
      const pair = new Pair({ linkProtocol: "quic" }, { linkProtocol, transit: new NullTaker() });
      pair.client.openLink(TO_B, 0);
      pair.connect();
      pair.client.openLink(FROM_C, 0);
      pair.runUntil(5_000);
      expect(pair.clientEvents()).toEqual([
        { kind: "refused", code: "WRONG_LINK_PROTOCOL", text: `the link vertex ${text}` },
      ]);
      expect(pair.serverEvents()).toEqual([{ kind: "attached", instance: C1 }]);
      expect(new Set(pair.toServer)).toEqual(new Set(["attach", "heartbeat"]));
    },
  );

  test("the link vertex that says the protocol that links must run over is used", () => {
    const pair = new Pair({ linkProtocol: "quic" }, { linkProtocol: "quic" });
    pair.client.openLink(TO_B, 0);
    pair.connect();
    expect(pair.clientEvents()[0]).toMatchObject({ kind: "attached", linkProtocol: "quic" });
    expect(pair.serverEvents()[1]).toEqual({ kind: "open", wish: TO_B });
  });

  test("the highest common version is chosen", () => {
    const pair = new Pair({ versions: { min: 1, max: 4 } }, { versions: { min: 2, max: 3 } }).connect();
    expect(pair.clientEvents()).toMatchObject([{ kind: "attached", version: 3 }]);
  });

  test("is tried every 100 ms until a link vertex answers", () => {
    const pair = new Pair();
    pair.isCut = true;
    pair.connect().runUntil(950);
    pair.isCut = false;
    pair.runUntil(1_000);
    expect(pair.client.isAttached).toBe(true);
  });
});

describe("links", () => {
  test("wishes from before the attachment are opened with it, and their states come back", () => {
    const pair = new Pair();
    pair.client.openLink(TO_B, 0);
    pair.connect();
    expect(pair.serverEvents()).toEqual([
      { kind: "attached", instance: C1 },
      { kind: "open", wish: TO_B },
    ]);
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    pair.exchange();
    expect(pair.clientEvents().slice(1)).toMatchObject([
      { kind: "link", status: { peer: "b", tag: "0", state: "connecting" } },
      { kind: "link", status: { peer: "b", tag: "0", ...UP } },
    ]);
    expect(pair.client.linkStatus(TO_B)).toEqual({ peer: "b", tag: "0", ...UP });
  });

  test("asking again does nothing, another endpoint starts the link afresh", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().serverEvents();
    pair.client.openLink({ ...TO_B }, 0);
    pair.exchange();
    expect(pair.serverEvents()).toEqual([]);
    const moved = { ...TO_B, endpoint: "udp://10.0.0.3:4433" };
    pair.client.openLink(moved, 0);
    pair.exchange();
    expect(pair.serverEvents()).toEqual([
      { kind: "close", key: { peer: "b", tag: "0" } },
      { kind: "open", wish: moved },
    ]);
  });

  test("another rate is told, and the link goes on", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().serverEvents();
    pair.server.setLinkStatus({ ...UP, peer: "b", tag: "0" }, 0);
    pair.exchange().clientEvents();
    for (const rate of [50_000_000, undefined]) {
      const wish = { ...TO_B, ...(rate !== undefined && { rate }) };
      pair.client.openLink(wish, 0);
      pair.exchange();
      expect(pair.serverEvents()).toEqual([{ kind: "open", wish }]);
      expect(pair.clientEvents()).toEqual([]);
    }
  });

  test("closing and opening again in one breath ends in an open link", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().serverEvents();
    pair.client.closeLink(TO_B, 0);
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    expect(pair.server.linkStatuses().length).toBe(1);
    pair.client.closeLink(TO_B, 0);
    pair.exchange().clientEvents();
    expect(pair.server.linkStatuses()).toEqual([]);
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    expect(pair.exchange().clientEvents(), "nothing is told of a closed link").toEqual([]);
  });

  test("a link that is wanted again before its end was heard of is as it was, or as it has become meanwhile", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    pair.server.setLinkStatus({ ...UP, peer: "b", tag: "0" }, 0);
    pair.exchange().clientEvents();
    for (const mtu of [1_400, 1_300]) {
      pair.client.closeLink(TO_B, 0);
      while (pair.client.pollTransmit() !== undefined);
      expect(pair.client.linkStatus(TO_B)).toBeUndefined();
      pair.server.setLinkStatus({ ...UP, peer: "b", tag: "0", mtu }, 0);
      expect(pair.exchange().clientEvents()).toEqual([]);
      pair.client.openLink(TO_B, 0);
      expect(pair.exchange().clientEvents()).toMatchObject([{ kind: "link", status: { state: "up", handle: 9, mtu } }]);
    }
  });

  test("when links must run over another protocol, it attaches anew only where that changes something", () => {
    const pair = new Pair({}, { linkProtocol: "quic" }).connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().clientEvents();
    for (const same of ["quic", undefined]) {
      pair.client.handleLinkProtocol(same, 0);
      expect(pair.exchange().clientEvents()).toEqual([]);
    }
    pair.client.handleLinkProtocol("other", 0);
    const kinds = (): string[] =>
      pair
        .exchange()
        .clientEvents()
        .map((event) => (event as PortalClientEvent).kind);
    expect(kinds()).toEqual(["detached", "refused"]);
    pair.client.handleLinkProtocol("quic", 0);
    expect(kinds().slice(0, 2)).toEqual(["detached", "attached"]);
  });

  test.each<[string, LinkWish]>([
    ["no peer", { ...FROM_C, peer: "" }],
    ["no tag", { ...FROM_C, tag: "" }],
    ["an originator without an endpoint", { ...TO_B, endpoint: "" }],
    ["an endless endpoint", { ...TO_B, endpoint: "x".repeat(70_000) }],
  ])("a wish with %s is refused without being asked", (_name, wish) => {
    const pair = new Pair().connect();
    pair.clientEvents();
    pair.client.openLink(wish, 0);
    expect(pair.exchange().clientEvents()).toMatchObject([
      { kind: "link", status: { state: "refused", code: "INVALID_WISH" } },
    ]);
  });

  test("beyond its limit the link vertex refuses, and the link says so", () => {
    const pair = new Pair({}, { linksMax: () => 1 }).connect();
    pair.client.openLink(TO_B, 0);
    pair.client.openLink(FROM_C, 0);
    expect(pair.exchange().clientEvents()).toContainEqual(
      expect.objectContaining({ kind: "link", status: expect.objectContaining({ peer: "c", code: "TOO_MANY_LINKS" }) }),
    );
    expect(pair.client.requestsPending).toBe(0);
  });

  test("figures are told once for each link that is wanted, the newest only", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().clientEvents();
    const counts = {
      packetsReceived: 0,
      bytesSent: 0,
      bytesReceived: 0,
      packetsLost: 0,
      packetsDropped: 0,
      queueLength: 0,
    };
    for (const packetsSent of [1, 2]) {
      pair.server.setLinkStats({ peer: "b", tag: "0", rttMs: 1.5, packetsSent, ...counts });
      pair.server.setLinkStats({ peer: "x", tag: "0", rttMs: 1.5, packetsSent, ...counts });
    }
    expect(pair.exchange().clientEvents()).toEqual([
      { kind: "stats", stats: { peer: "b", tag: "0", rttMs: 1.5, packetsSent: 2, ...counts } },
    ]);
  });

  test("the longest names and texts fit into frames, however many links change at once", () => {
    const pair = new Pair().connect();
    const wishes = Array.from({ length: 100 }, (_, index): LinkWish => {
      return {
        peer: `${"ü".repeat(252)}${index}`,
        tag: "ü".repeat(64),
        role: "originator",
        endpoint: "ü".repeat(1_024),
      };
    });
    for (const wish of wishes) pair.client.openLink(wish, 0);
    pair.exchange();
    for (const { peer, tag } of wishes) {
      const text = "€".repeat(1_000);
      pair.server.setLinkStatus({ peer, tag, ...UP, state: "refused", code: text, text }, 0);
    }
    let largest = 0;
    for (const message of drain(() => pair.server.pollTransmit())) {
      largest = Math.max(largest, message.length);
      pair.client.handleMessage(message, 0);
    }
    expect(largest).toBeLessThanOrEqual(64_992);
    expect(wishes.map((wish) => pair.client.linkStatus(wish)?.state)).toEqual(wishes.map(() => "refused"));
  });
});

describe("a knock", () => {
  const knock = { peer: "d", tag: "0", keyHash: "11".repeat(32), address: "udp://192.0.2.9:4433" };

  test("is told once, whether or not any link is wanted", () => {
    const pair = new Pair().connect();
    pair.clientEvents();
    pair.server.tellKnock(knock);
    pair.exchange();
    expect(pair.clientEvents()).toEqual([{ kind: "knock", knock }]);
    pair.runUntil(5_000);
    expect(pair.clientEvents()).toEqual([]);
  });

  test("is late for a link that is wanted already", () => {
    const pair = new Pair().connect();
    pair.client.openLink({ peer: "d", tag: "0", role: "acceptor", endpoint: "" }, 0);
    pair.exchange();
    pair.clientEvents();
    pair.server.tellKnock(knock);
    pair.server.tellKnock({ ...knock, tag: "lte" });
    pair.exchange();
    expect(pair.clientEvents()).toEqual([{ kind: "knock", knock: { ...knock, tag: "lte" } }]);
  });

  test("is nothing where nobody is attached, and where links run over another protocol than they must", () => {
    const alone = new Pair();
    alone.server.tellKnock(knock);
    expect(drain(() => alone.server.pollTransmit())).toEqual([]);
    const unused = new Pair({ linkProtocol: "quic" }, { linkProtocol: "plain-udp" }).connect();
    unused.clientEvents();
    unused.server.tellKnock(knock);
    unused.exchange();
    expect(unused.clientEvents()).toEqual([]);
  });
});
