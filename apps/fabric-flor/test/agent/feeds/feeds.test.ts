import { randomBytes } from "node:crypto";
import { Conduct, FeedCode, FeedSource, PostOffice, VerificationTurns } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import type { FeedOrder } from "../../../src/agent/feeds/feed-orders.ts";
import { Feeds } from "../../../src/agent/feeds/feeds.ts";
import { judgedAs } from "../../../src/agent/feeds/judged.ts";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { sectionsFor } from "../../../src/agent/records/standing.ts";
import { DAY, DemoCluster, newKey } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const NOT_ALLOWED = 0x04;
const cluster = new DemoCluster(NOW - DAY);
const DATABASE = "0a".repeat(16);

const SEEN = "udp://198.51.100.7:4433";
const link = (peer: string, name = peer, state: "up" | "down" = "up") => ({ name, peer, state, seen: SEEN });

/** The feeds of node a, whose streams nobody carries but the test. */
class TestedFeeds {
  now = 0;
  sections: readonly string[] = ["entry"];
  readonly records: HeldRecords;
  readonly feeds: Feeds;

  constructor(hasRoot = true) {
    const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
    this.records = new HeldRecords(options, nothingKept(), NOW);
    if (hasRoot) this.records.offer(cluster.root, NOW);
    this.feeds = new Feeds({
      node: "a",
      databaseId: DATABASE,
      records: this.records,
      sectionsFor: () => this.sections,
      post: new PostOffice({
        cluster: "demo",
        node: "a",
        key: newKey("a"),
        randomBytes,
        believed: () => undefined,
        standing: () => "node",
      }),
      cursors: new Map(),
      onJudged: () => 0,
    });
  }

  get at() {
    return { now: this.now, wall: NOW + this.now };
  }

  orders(): FeedOrder[] {
    const orders: FeedOrder[] = [];
    for (let order = this.feeds.pollOrder(); order !== undefined; order = this.feeds.pollOrder()) orders.push(order);
    return orders;
  }

  /** Numbers of streams that are opened, and the links over which they are. */
  opened(): [number, string][] {
    return this.orders().flatMap((order): [number, string][] =>
      order.kind === "open" ? [[order.stream, order.link]] : [],
    );
  }

  resets(): object[] {
    return this.orders().filter(({ kind }) => kind === "reset");
  }

  links(...links: ReturnType<typeof link>[]): void {
    this.feeds.handleLinks(links, this.at);
  }

  neighbour(peer: string) {
    return [...this.feeds.neighbours].find((each) => each.peer === peer);
  }
}

describe("streams that this agent opens", () => {
  test("are one for each neighbour, over a link that is up", () => {
    const a = new TestedFeeds();
    a.links(link("b", "b1", "down"), link("b", "b2"), link("b", "b3"), link("c"), link("d", "d", "down"));
    expect(a.opened()).toEqual([
      [1, "b2"],
      [2, "c"],
    ]);
    a.links(link("b", "b1"), link("b", "b2"), link("c"), link("d"));
    expect(a.opened()).toEqual([[3, "d"]]);
  });

  test("say where the neighbour is seen, at both ends, and keep where it sees this node", () => {
    const a = new TestedFeeds();
    a.links(link("b"));
    const [[stream]] = a.opened() as [[number, string]];
    expect(Buffer.from(a.feeds.pollTransmit(stream, 0)!).includes(SEEN)).toBe(true);
    const options = {
      node: "b",
      databaseId: "0b".repeat(16),
      peer: "a",
      time: NOW,
      seen: "udp://192.0.2.3:999",
      sections: [],
      book: a.records.rowsFor("b"),
      conduct: new Conduct(new VerificationTurns(), 0),
      nextPost: () => undefined,
    };
    const source = new FeedSource(options, 0);
    const reading = new TestedFeeds();
    reading.links(link("b"));
    const [[own]] = reading.opened() as [[number, string]];
    source.handleBytes(reading.feeds.pollTransmit(own, 0)!, 0);
    expect(source.pollEvent()).toMatchObject({ kind: "hello", seen: SEEN });
    reading.feeds.handleBytes(own, source.pollTransmit(0)!, reading.at);
    expect(reading.neighbour("b")).toMatchObject({ isGreeted: true, seenAs: "udp://192.0.2.3:999" });
  });

  test("that others read end when those are seen for the first time, and at most once in 10 s when they are seen elsewhere", () => {
    const a = new TestedFeeds();
    const seen = (address: string | null): object[] => {
      a.links({ ...link("b"), seen: address! });
      a.feeds.handleTimeout(a.at);
      return a.resets();
    };
    const serve = (): number => a.feeds.handleAccepted("service/fabric.b", a.at)!;
    expect(seen(null)).toEqual([]);
    const first = serve();
    expect(seen(null)).toEqual([]);
    // The link vertex tells the address after the stream has begun: HELLO had none.
    expect(seen(SEEN)).toMatchObject([{ stream: first }]);
    const second = serve();
    expect(seen(SEEN)).toEqual([]);
    a.now = 5_000;
    expect(seen("udp://192.0.2.9:1")).toEqual([]);
    expect(seen(null)).toEqual([]);
    expect(seen("udp://192.0.2.9:2")).toEqual([]);
    expect(a.feeds.nextTimeout()).toBe(10_000);
    a.now = 10_000;
    a.feeds.handleTimeout(a.at);
    expect(a.resets()).toMatchObject([{ stream: second, text: "this agent is seen at another address" }]);
    expect(a.feeds.isServed("b")).toBe(false);
  });

  test("end with their link, and are opened over another one", () => {
    const a = new TestedFeeds();
    a.links(link("b", "b1"), link("b", "b2"));
    a.orders();
    a.links(link("b", "b1", "down"), link("b", "b2"));
    a.now = 1_000;
    a.feeds.handleTimeout(a.at);
    const orders = a.orders();
    expect(orders).toContainEqual(expect.objectContaining({ kind: "reset", stream: 1 }));
    expect(orders).toContainEqual({ kind: "open", stream: 2, link: "b2" });
    a.links();
    expect(a.resets()).toMatchObject([{ stream: 2 }]);
    expect(a.neighbour("b")).toBeUndefined();
    expect(a.feeds.nextTimeout()).toBe(Infinity);
  });

  test("that fail are opened again in longer and longer pauses", () => {
    const a = new TestedFeeds();
    a.links(link("b"));
    const at: number[] = [];
    for (; a.now < 120_000; a.now += 10) {
      a.feeds.handleTimeout(a.at);
      for (const [stream] of a.opened()) {
        at.push(a.now);
        a.feeds.handleClosed(stream, "nobody takes it", a.at);
      }
    }
    expect(at.slice(0, 4)).toEqual([0, 200, 600, 1_400]);
    expect(at.at(-1)! - at.at(-2)!).toBe(30_000);
    expect(a.neighbour("b")).toMatchObject({ fault: "nobody takes it" });
  });

  test("that say what is no feed are reset, and after ten of them the neighbour is muted for a minute", () => {
    const a = new TestedFeeds();
    a.links(link("b"), link("c"));
    let opened = 0;
    for (; a.now < 50_000; a.now += 10) {
      a.feeds.handleTimeout(a.at);
      for (const order of a.orders()) {
        if (order.kind !== "open" || order.link !== "b") continue;
        opened++;
        a.feeds.handleBytes(order.stream, Buffer.from("no feed at all, but a text that is long enough"), a.at);
        expect(a.feeds.isPaused(order.stream)).toBe(true);
        const found = a.orders();
        expect(found).toContainEqual(expect.objectContaining({ kind: "reset", code: FeedCode.malformed }));
        expect(found).toContainEqual(expect.objectContaining({ kind: "told", peer: "b" }));
      }
    }
    expect(opened).toBeLessThanOrEqual(10);
    expect(a.neighbour("c")!.reading).toBeDefined();
    // Pauses alone keep it from ten faults in a minute; with shorter ones it is muted.
    const { conduct } = a.neighbour("b")!;
    for (let count = 0; count < 10; count++) conduct.handleFault(a.now);
    expect(conduct.isMuted(a.now)).toBe(true);
    a.feeds.handleTimeout({ ...a.at, now: a.now + 59_000 });
    expect(a.opened()).toEqual([]);
    a.now = conduct.mutedUntil;
    a.feeds.handleTimeout(a.at);
    expect(a.opened().map(([, name]) => name)).toContain("b");
  });
});

describe("streams that others open", () => {
  test("are for agents of neighbours alone, one for each", () => {
    const a = new TestedFeeds();
    a.links(link("b"));
    a.orders();
    for (const caller of ["service/fabric.c", "user/b", "service/fabric", "service/fabric.", "vertex/b", ""])
      expect(a.feeds.handleAccepted(caller, a.at)).toBeUndefined();
    expect(a.feeds.isServed("b")).toBe(false);
    const first = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    const second = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    expect(a.resets()).toMatchObject([{ stream: first }]);
    expect(a.feeds.isServed("b")).toBe(true);
    // The end of the former one is told late.
    a.feeds.handleClosed(first, undefined, a.at);
    expect(a.feeds.isServed("b")).toBe(true);
    a.feeds.handleClosed(second, undefined, a.at);
    expect(a.feeds.isServed("b")).toBe(false);
  });

  test("end when the link is taken away, or others sections are due", () => {
    const a = new TestedFeeds();
    a.links(link("b"));
    const first = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    a.orders();
    a.feeds.handleStandings(a.at);
    expect(a.resets()).toEqual([]);
    a.sections = ["entry", "public"];
    a.feeds.handleStandings(a.at);
    expect(a.resets()).toMatchObject([{ stream: first }]);
    const second = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    a.links();
    expect(a.resets()).toContainEqual(expect.objectContaining({ stream: second, code: NOT_ALLOWED }));
  });

  test("end when the last link is down, so that no letter waits for a way that is none", () => {
    const a = new TestedFeeds();
    a.links(link("b", "b1"), link("b", "b2"));
    const stream = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    a.orders();
    a.links(link("b", "b1", "down"), link("b", "b2"));
    expect(a.resets()).not.toContainEqual(expect.objectContaining({ stream }));
    a.links(link("b", "b1", "down"), link("b", "b2", "down"));
    expect(a.resets()).toContainEqual(expect.objectContaining({ stream, text: "the link is down" }));
    expect(a.feeds.isServed("b")).toBe(false);
  });

  test("that never say who they are, or say what is no feed, are reset", () => {
    const a = new TestedFeeds();
    a.links(link("b"));
    const silent = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    a.orders();
    a.now = 30_000;
    a.feeds.handleTimeout(a.at);
    expect(a.resets()).toContainEqual(expect.objectContaining({ stream: silent, code: FeedCode.silent }));
    const loud = a.feeds.handleAccepted("service/fabric.b", a.at)!;
    a.feeds.handleBytes(loud, Buffer.alloc(100, 0xff), a.at);
    expect(a.resets()).toContainEqual(expect.objectContaining({ stream: loud }));
    expect(a.feeds.pollTransmit(loud, a.now)).toBeUndefined();
    a.feeds.handleBytes(loud, Buffer.alloc(100, 0xff), a.at);
  });
});

describe("what comes of a record", () => {
  test.each([
    [cluster.service("web", ["b"]), "taken", "too-early"],
    [cluster.root, "known", "taken"],
    [Buffer.from("no record"), "refused-form", "refused-form"],
    [cluster.control({ kind: "policy" }, 1), "too-early", "too-early"],
    [cluster.control({ kind: "policy", issued: NOW - 2_000, expires: NOW - 1_000 }), "refused-other", "too-early"],
    [cluster.control({ kind: "announce", subject: "b", authority: "node", issuer: "b" }), "refused-form", "too-early"],
  ])("of the list is the same for whoever brings it", (octets, outcome, withoutRoot) => {
    for (const [hasRoot, expected] of [
      [true, outcome],
      [false, withoutRoot],
    ] as const) {
      const { records } = new TestedFeeds(hasRoot);
      const judgement = records.offer(octets, NOW);
      expect(judgedAs(judgement, records.book !== undefined)).toBe(expected);
    }
  });
});

describe("sections", () => {
  const sections = (...more: readonly Uint8Array[]) => {
    const { records } = new TestedFeeds();
    for (const octets of more) expect(records.offer(octets, NOW).isAccepted).toBe(true);
    return sectionsFor(records.book, "b", NOW);
  };
  const b = newKey("b");
  const role = (scope: string, subject = "b/update-cache/north") =>
    cluster.control({
      kind: "role",
      scope,
      subject,
      expires: NOW + DAY,
      body: { actions: [], services: [], depth: 0 },
    });

  test("a neighbour gets what everybody needs, and this node's own papers; a node all that is public", () => {
    expect(sectionsFor(undefined, "b", NOW)).toEqual(["entry"]);
    expect(sections()).toEqual(["entry", "papers"]);
    expect(sections(cluster.node(b))).toEqual(["entry", "papers", "public"]);
  });

  test("an organization's go to nodes with a role there, and to no others", () => {
    expect(sections(role("org/acme"))).toEqual(["entry", "papers"]);
    expect(
      sections(cluster.node(b), role("org/acme"), role("org/other", "bb/update-cache/north"), role("cluster")),
    ).toEqual(["entry", "papers", "public", "org/acme"]);
  });

  test("a node that was taken back gets what everybody needs, and no more", () => {
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - DAY + 400 * DAY };
    expect(sections(cluster.node(b), cluster.control({ kind: "node", subject: "b", ...isVoid }))).toEqual(["entry"]);
  });
});
