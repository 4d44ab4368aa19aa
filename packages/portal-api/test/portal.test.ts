import { Random } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LinkWish } from "../src/link.ts";
import { decodeMessage, encodeMessage, type PortalBody } from "../src/messages.ts";
import { PortalClient, type PortalClientOptions } from "../src/portal-client.ts";
import { PortalServer, type PortalServerOptions } from "../src/portal-server.ts";

const C1 = { id: "c1", startedAt: 1_000 };
const C2 = { id: "c2", startedAt: 2_000 };
const S1 = { id: "s1", startedAt: 1_500 };
const TO_B: LinkWish = { peer: "b", tag: "0", role: "originator", endpoint: "udp://10.0.0.2:4433" };
const FROM_C: LinkWish = { peer: "c", tag: "0", role: "acceptor", endpoint: "" };
const UP = { state: "up", handle: 9, mtu: 1_400, code: "", text: "", isCongested: false } as const;

/** Both sides, joined without loss; time moves when told. */
class Pair {
  now = 0;
  client: PortalClient;
  readonly server: PortalServer;
  isCut = false;
  readonly toServer: PortalBody["kind"][] = [];

  constructor(client: Partial<PortalClientOptions> = {}, server: Partial<PortalServerOptions> = {}) {
    this.client = new PortalClient({ cluster: "demo", vertex: "a", instance: C1, ...client });
    this.server = new PortalServer({ cluster: "demo", principal: "a", instance: S1, linkMtuMax: 1_420, ...server });
  }

  connect(): this {
    this.client.handleConnected(this.now);
    this.server.handleConnected(this.now);
    return this.exchange();
  }

  exchange(): this {
    for (let round = 0; round < 50; round++) {
      const fromClient = drain(() => this.client.pollTransmit());
      const fromServer = drain(() => this.server.pollTransmit());
      if (fromClient.length + fromServer.length === 0) break;
      if (this.isCut) continue;
      for (const message of fromClient) {
        this.toServer.push(decodeMessage(message)!.body.kind);
        this.server.handleMessage(message, this.now);
      }
      for (const message of fromServer) this.client.handleMessage(message, this.now);
    }
    return this;
  }

  /** Runs both timers on time, up to and including `end`. */
  runUntil(end: number): this {
    for (;;) {
      const next = Math.min(this.client.nextTimeout(), this.server.nextTimeout());
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.client.handleTimeout(this.now);
      this.server.handleTimeout(this.now);
      this.exchange();
    }
    this.now = end;
    return this;
  }

  clientEvents(): unknown[] {
    return drain(() => this.client.pollEvent());
  }

  serverEvents(): unknown[] {
    return drain(() => this.server.pollEvent());
  }
}

function drain<Item>(poll: () => Item | undefined): Item[] {
  const items: Item[] = [];
  for (let item = poll(); item !== undefined; item = poll()) items.push(item);
  return items;
}

describe("attach", () => {
  test("tells each side who the other is", () => {
    const pair = new Pair({}, { features: ["stats"], linksMax: 7 }).connect();
    expect(pair.clientEvents()).toEqual([
      {
        kind: "attached",
        instance: S1,
        version: 1,
        principal: "a",
        linkMtuMax: 1_420,
        linksMax: 7,
        features: ["stats"],
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
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(5_000);
    expect(pair.clientEvents(), "the same refusal is told once").toEqual([]);
    expect(pair.toServer.filter((kind) => kind === "attach").length, "and tried every second").toBe(6);
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
    const pair = new Pair({}, { linksMax: 1 }).connect();
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

  test("silently: detached after a second, abandoned after three", () => {
    const pair = setUp();
    pair.isCut = true;
    pair.runUntil(1_990);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(2_000);
    expect(pair.serverEvents()).toEqual([{ kind: "detached", cause: "silent" }]);
    pair.runUntil(3_990);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(4_000);
    expect(pair.serverEvents()).toEqual([{ kind: "abandoned" }]);
    expect(pair.server.linkStatuses()).toEqual([]);
    pair.isCut = false;
    pair.runUntil(4_200);
    expect(pair.serverEvents()).toEqual([
      { kind: "attached", instance: C1 },
      { kind: "open", wish: TO_B },
    ]);
  });

  test("politely: answered, and the links are kept for a successor for 3 s", () => {
    const pair = setUp();
    pair.client.detach(pair.now);
    pair.exchange();
    expect(pair.clientEvents()).toMatchObject([
      { kind: "link", status: { state: "down", code: "DETACH_ASKED" } },
      { kind: "detached", code: "DETACH_ASKED" },
    ]);
    expect(pair.serverEvents()).toEqual([{ kind: "detached", cause: "asked" }]);
    pair.runUntil(3_900);
    expect(pair.client.isAttached).toBe(false);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(4_000);
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
      { kind: "detached", cause: "replaced" },
      { kind: "attached", instance: C2 },
    ]);
    expect(pair.client.linkStatus(TO_B), "the state of a live link is told again").toMatchObject(UP);
    pair.runUntil(3_950);
    expect(pair.serverEvents()).toEqual([]);
    pair.runUntil(4_000);
    expect(pair.serverEvents()).toEqual([{ kind: "close", key: { peer: "c", tag: "0" } }]);
  });

  test("is found gone by the socket: any instance may come next, whatever its clock says", () => {
    const pair = setUp();
    pair.server.handleDisconnected(pair.now);
    expect(pair.serverEvents()).toEqual([{ kind: "detached", cause: "gone" }]);
    pair.client = new PortalClient({ cluster: "demo", vertex: "a", instance: { id: "c0", startedAt: 5 } });
    pair.client.handleConnected(pair.now);
    pair.server.handleConnected(pair.now);
    pair.exchange();
    expect(pair.serverEvents()).toEqual([{ kind: "attached", instance: { id: "c0", startedAt: 5 } }]);
  });
});

describe("a link vertex that goes", () => {
  test("silently: links are down after a second, and all is as before when it speaks again", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    pair.exchange().clientEvents();
    pair.isCut = true;
    pair.runUntil(1_000);
    expect(pair.clientEvents()).toMatchObject([
      { kind: "link", status: { state: "down", code: "PORTAL_SILENT", handle: 0 } },
      { kind: "detached", code: "PORTAL_SILENT" },
    ]);
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
    // Stopped from 500 to 20,000. The timers come first, then what the partner's heart has beaten.
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

describe("what comes late is of the past", () => {
  /** Attached, with a link that is up, and every message either side has sent. */
  function setUp() {
    const pair = new Pair();
    const fromClient: Uint8Array[] = [];
    const fromServer: Uint8Array[] = [];
    const exchange = (): void => {
      for (let round = 0; round < 10; round++) {
        for (const message of drain(() => pair.client.pollTransmit())) {
          fromClient.push(message);
          pair.server.handleMessage(message, pair.now);
        }
        for (const message of drain(() => pair.server.pollTransmit())) {
          fromServer.push(message);
          pair.client.handleMessage(message, pair.now);
        }
      }
    };
    const find = (messages: readonly Uint8Array[], kind: PortalBody["kind"]): Uint8Array =>
      messages.findLast((message) => decodeMessage(message)!.body.kind === kind)!;
    pair.connect();
    pair.client.openLink(TO_B, 0);
    exchange();
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    exchange();
    return { pair, exchange, fromClient, fromServer, find };
  }

  test("OpenLink after the link was closed", () => {
    const { pair, exchange, fromClient, find } = setUp();
    const late = find(fromClient, "open-link");
    pair.client.closeLink(TO_B, 0);
    exchange();
    pair.serverEvents();
    pair.server.handleMessage(late, 0);
    expect(pair.serverEvents()).toEqual([]);
    expect(pair.server.linkStatuses()).toEqual([]);
  });

  test("OpenLink that was overtaken by the CloseLink after it", () => {
    const { pair } = setUp();
    pair.client.openLink(FROM_C, 0);
    const open = drain(() => pair.client.pollTransmit());
    pair.client.closeLink(FROM_C, 0);
    const close = drain(() => pair.client.pollTransmit());
    pair.serverEvents();
    for (const message of [...close, ...open]) pair.server.handleMessage(message, 0);
    expect(pair.serverEvents()).toEqual([]);
  });

  test("CloseLink after the link was opened again", () => {
    const { pair, exchange, fromClient, find } = setUp();
    pair.client.closeLink(TO_B, 0);
    exchange();
    const late = find(fromClient, "close-link");
    pair.client.openLink(TO_B, 0);
    exchange();
    pair.serverEvents();
    pair.server.handleMessage(late, 0);
    expect(pair.serverEvents()).toEqual([]);
    expect(pair.server.linkStatuses().length).toBe(1);
  });

  test("requests of an earlier session", () => {
    const { pair, exchange, fromClient, find } = setUp();
    const late = find(fromClient, "open-link");
    pair.client.closeLink(TO_B, 0);
    exchange();
    pair.client.handleDisconnected(0);
    pair.client.handleConnected(0);
    exchange();
    pair.serverEvents();
    pair.server.handleMessage(late, 0);
    expect(pair.serverEvents()).toEqual([]);
    expect(decodeMessage(pair.server.pollTransmit()!)!.body).toMatchObject({ kind: "error", code: "NOT_ATTACHED" });
  });

  test("states of an earlier session", () => {
    const { pair, exchange, fromServer, find } = setUp();
    const late = find(fromServer, "link-states");
    pair.client.handleDisconnected(0);
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, state: "down" }, 0);
    pair.client.handleConnected(0);
    // Attached anew, and the link asked for, but not answered yet.
    pair.server.handleMessage(pair.client.pollTransmit()!, 0);
    for (const message of drain(() => pair.server.pollTransmit())) pair.client.handleMessage(message, 0);
    expect(pair.client.isAttached).toBe(true);
    pair.clientEvents();
    pair.client.handleMessage(late, 0);
    expect(pair.clientEvents()).toEqual([]);
    exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "down" });
  });

  test("states from before the link was closed and opened again", () => {
    const { pair, exchange, fromServer, find } = setUp();
    const late = find(fromServer, "link-states");
    pair.client.closeLink(TO_B, 0);
    exchange();
    pair.client.openLink(TO_B, 0);
    pair.clientEvents();
    pair.client.handleMessage(late, 0);
    expect(pair.clientEvents()).toEqual([]);
    exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "connecting" });
  });

  test("an older state of a link after a newer one", () => {
    const { pair, exchange, fromServer, find } = setUp();
    const late = find(fromServer, "link-states");
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, state: "down" }, 0);
    exchange();
    pair.clientEvents();
    pair.client.handleMessage(late, 0);
    expect(pair.clientEvents()).toEqual([]);
  });
});

describe("whatever comes in", () => {
  test("an unknown request is answered, an unknown event is not", () => {
    for (const end of ["client", "server"] as const) {
      const pair = new Pair().connect();
      const request = (requestId: number) =>
        encodeMessage({ instance: "zz", session: 1, requestId, body: { kind: "unknown" } });
      pair[end].handleMessage(request(77), 0);
      const answers = drain(() => pair[end].pollTransmit()).map((bytes) => decodeMessage(bytes)!);
      expect(answers).toMatchObject([{ requestId: 77, body: { kind: "unimplemented" } }]);
      pair[end].handleMessage(request(0), 0);
      expect(pair[end].pollTransmit()).toBe(undefined);
    }
  });

  test("a request that the link vertex does not know is given up, and the link says so", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    const { session, requestId } = decodeMessage(pair.client.pollTransmit()!)!;
    pair.client.handleMessage(
      encodeMessage({ instance: "s1", session, requestId, body: { kind: "unimplemented" } }),
      0,
    );
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "refused", code: "UNIMPLEMENTED" });
    expect(pair.client.requestsPending).toBe(0);
  });

  test("a request without an attachment is refused by name", () => {
    const pair = new Pair();
    pair.server.handleConnected(0);
    drain(() => pair.server.pollTransmit());
    const body = { kind: "open-link", wish: TO_B } as const;
    pair.server.handleMessage(encodeMessage({ instance: "c1", session: 1, requestId: 4, body }), 0);
    expect(decodeMessage(pair.server.pollTransmit()!)).toMatchObject({
      requestId: 4,
      body: { kind: "error", code: "NOT_ATTACHED" },
    });
    expect(pair.serverEvents()).toEqual([]);
  });

  test("random and mangled bytes are counted, and change nothing that lasts", () => {
    const random = new Random(11);
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().runUntil(300);
    const noise = fc.sample(fc.uint8Array({ maxLength: 80 }), { numRuns: 500, seed: 5 });
    for (const bytes of noise) {
      pair.client.handleMessage(bytes, pair.now);
      pair.server.handleMessage(bytes, pair.now);
    }
    // True messages of a partner, each with one bit turned.
    for (let round = 0; round < 500; round++) {
      pair.now += 50;
      pair.client.handleTimeout(pair.now);
      pair.server.handleTimeout(pair.now);
      pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, handle: 1 + round }, pair.now);
      const fromClient = drain(() => pair.client.pollTransmit());
      const fromServer = drain(() => pair.server.pollTransmit());
      for (const bytes of [...fromClient, ...fromServer]) {
        const at = random.below(bytes.length);
        bytes[at]! ^= 1 << random.below(8);
      }
      for (const bytes of fromClient) pair.server.handleMessage(bytes, pair.now);
      for (const bytes of fromServer) pair.client.handleMessage(bytes, pair.now);
    }
    expect(pair.client.messagesMalformed).toBeGreaterThan(300);
    expect(pair.server.messagesMalformed).toBeGreaterThan(300);
    pair.runUntil(pair.now + 5_000);
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, pair.now);
    pair.exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject(UP);
    expect(pair.server.linkStatuses().length).toBe(1);
  });
});
