import { createSocket } from "node:dgram";
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess, until, untilSettled } from "./link-process.ts";
import { Relay } from "./relay.ts";

/**
 * Real link-flor processes on loopback, each with a small cluster vertex of the test's own.
 *
 *     fake vertex ══ FlorIO ══ link-flor ~~ UDP ~~ [relay] ~~ UDP ~~ link-flor ══ FlorIO ══ fake vertex
 */
const cluster = "demo";
const SOON = { timeout: 60_000, interval: 20 };
/** After so long a silence is a neighbour taken for dead where the test is about that. */
const SHORT_SILENCE = { deadAfterMs: 1_000 };
const running: LinkProcess[] = [];
const relays: Relay[] = [];

async function start(...parameters: Parameters<typeof LinkProcess.start>): Promise<LinkProcess> {
  const link = await LinkProcess.start(...parameters);
  running.push(link);
  return link;
}

async function relayTo(link: LinkProcess): Promise<Relay> {
  const relay = await Relay.open(link.ports.get(cluster)!);
  relays.push(relay);
  return relay;
}

afterEach(async () => {
  for (const relay of relays.splice(0)) relay.close();
  await Promise.all(running.splice(0).map((link) => link.dispose()));
});

type Vertex = ReturnType<LinkProcess["vertex"]>;

/** Two link-flors with a cluster vertex each; no link is wanted yet. */
async function pair(options: Parameters<typeof LinkProcess.start>[1] = {}) {
  const ids = new Identities();
  const [linkA, linkB] = await Promise.all([
    start([{ cluster, identity: ids.issue("a") }], options),
    start([{ cluster, identity: ids.issue("b") }], options),
  ]);
  const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
  return { linkA, linkB, a, b };
}

/** A pair as `pair` makes it, with a link that is up; a originates it, and none of its attempts is under way any more. */
async function linkedPair(options: Parameters<typeof LinkProcess.start>[1] = {}) {
  const nodes = await pair(options);
  nodes.b.accept("a");
  nodes.a.originate("b", nodes.linkB.endpoint());
  await untilUp(nodes.a, nodes.b);
  await untilSettled(nodes.linkA, nodes.linkB);
  return nodes;
}

/** How many attempts the process has made at its one link. */
async function attemptsOf(link: LinkProcess): Promise<number> {
  return (await link.status()).clusters[0]!.links[0]!.attempts;
}

async function untilUp(a: Vertex, b: Vertex, tag = "0"): Promise<number> {
  return until("up at both ends", () => a.status("b", tag)?.state === "up" && b.status("a", tag)?.state === "up");
}

/** A packet each way arrives. It is sent again until it does: while a path changes, or where it has to wait too long, it may be lost. */
async function expectTraffic(a: Vertex, b: Vertex, tag = "0"): Promise<void> {
  const packet = randomBytes(500);
  for (const [from, name, to] of [
    [a, "b", b],
    [b, "a", a],
  ] as const) {
    expect(from.send(name, packet, tag)).toBe(true);
    const timer = setInterval(() => from.send(name, packet, tag), 200);
    const hasIt = (): boolean => to.received.some((other) => packet.equals(other.packet));
    await until(`a packet to ${name}`, hasIt).finally(() => clearInterval(timer));
  }
}

/** All that vertices were told of their links but that they come up. A busy machine may bring a second session up beside the first:
 *  the link is never without one. */
function troubles(...vertices: readonly Vertex[]): string[] {
  return vertices.flatMap(({ history }) => history.filter((line) => !/ (?:connecting|up)$/.test(line)));
}

describe("two link-flor processes", () => {
  test("bring a link up and carry packets of every size both ways", async () => {
    const { linkA, linkB, a, b } = await linkedPair();
    expect(a.status("b")?.mtu).toBe(16_384);
    const packets = [1, 2, 100, 1419, 1420, 16_384].map((size, i) => new Uint8Array(size).fill(i + 1));
    for (const [from, name, to] of [
      [a, "b", b],
      [b, "a", a],
    ] as const) {
      for (const [i, packet] of packets.entries()) {
        expect(from.send(name, packet)).toBe(true);
        // On a busy machine, packets that have to wait may be dropped.
        await until(`packet ${i} at ${name}`, () => to.received.length > i);
      }
      expect(to.received.map(({ packet }) => packet)).toEqual(packets);
    }

    await until("statistics", () => (a.stats.get("b/0")?.packetsSent ?? 0) === packets.length);
    const [row] = (await linkA.status()).clusters[0]!.links;
    expect(row).toMatchObject({
      peer: "b",
      role: "originator",
      state: "up",
      mtu: 16_384,
      packetsSent: 6,
      packetsReceived: 6,
    });
    expect(row!.peerValidUntil).toBe((await linkB.status()).clusters[0]!.certificate.notAfter);
    const { handshakes } = (await linkA.status()).clusters[0]!;
    expect(linkA.log.filter(({ code }) => code === "LINK_UP")).toHaveLength(handshakes["up"]!);
    const connecting = linkA.log.find(({ code }) => code === "LINK_CONNECTING");
    expect(connecting).toMatchObject({ peer: "b", msg: "link to b is connecting" });
    expect(connecting).not.toHaveProperty("reason");
  });

  test("carry parallel links, told apart by tags", async () => {
    const { linkB, a, b } = await linkedPair();
    b.accept("a", "fibre");
    a.originate("b", linkB.endpoint(), "fibre");
    await untilUp(a, b, "fibre");
    await expectTraffic(a, b, "fibre");
    expect(b.received[0]!.handle).toBe(b.status("a", "fibre")!.handle);
    a.closeLink({ peer: "b", tag: "0" });
    await until("only one down", () => b.status("a")?.code === "CLOSED");
    await expectTraffic(a, b, "fibre");
  });

  test("speak IPv6", async () => {
    const { a, b } = await linkedPair({ listenHost: "::1" });
    await expectTraffic(a, b);
  });

  test("find a peer by its name, and try again when there is none", async () => {
    const { linkB, a, b } = await pair();
    b.accept("a");
    b.accept("a", "1");
    a.originate("b", linkB.endpoint().replace("127.0.0.1", "localhost"));
    a.originate("b", "udp://nowhere.invalid:1", "1");
    await untilUp(a, b);
    await until("refused", () => a.status("b", "1")?.code === "NAME_NOT_RESOLVED");
  });

  test.each([
    { is: "idle", packets: 0, delayMs: 0 },
    { is: "busy, and far away", packets: 500, delayMs: 50 },
  ])("end a link for the neighbour, and say why, when one of them, $is, is told to stop", async (node) => {
    const { packets, delayMs } = node;
    const { linkA, linkB, a, b } = await pair();
    const relay = await relayTo(linkB);
    relay.delayMs = delayMs;
    b.accept("a");
    a.originate("b", relay.endpoint);
    await untilUp(a, b);
    // So many that they fill its window: it has no room for last words.
    const traffic = setInterval(() => {
      for (let i = 0; i < packets; i++) b.send("a", new Uint8Array(20));
    }, 1);
    await until("traffic", () => a.received.length >= packets);
    const stopped = linkB.stop("SIGTERM");
    await until("down", () => linkA.downs("b").length > 0).finally(() => clearInterval(traffic));
    expect(linkA.downs("b")[0], "not SILENT").toBe("STOPPING");
    expect(await stopped).toBe(0);
    expect(linkB.stderr).toBe("");
  });
});

describe("a process that is killed and started again", () => {
  test("as acceptor: the link comes back without anybody's help", async () => {
    const { linkB, a, b } = await linkedPair();
    await linkB.stop("SIGKILL");
    const before = a.status("b")!.handle;
    await linkB.start();
    await until("up again", () => ![0, before].includes(a.status("b")!.handle));
    await untilUp(a, b);
    await expectTraffic(a, b);
  });

  test("as acceptor that stays away: it is missed, and found when it returns", async () => {
    const { linkA, linkB, a, b } = await linkedPair(SHORT_SILENCE);
    await linkB.stop("SIGKILL");
    await until("down", () => linkA.downs("b").length > 0);
    expect(linkA.downs("b")[0]).toBe("SILENT");
    const before = await attemptsOf(linkA);
    await expect.poll(() => attemptsOf(linkA), SOON).toBeGreaterThan(before + 2);
    await linkB.start();
    await untilUp(a, b);
    await expectTraffic(a, b);
  });

  test("as originator: its new session replaces the old one", async () => {
    const { linkA, linkB, a, b } = await linkedPair();
    const before = b.status("a")!.handle;
    await linkA.stop("SIGKILL");
    await linkA.start();
    await until("up again", () => ![0, before].includes(b.status("a")!.handle));
    await untilUp(a, b);
    await expectTraffic(a, b);
    expect((await linkB.status()).clusters[0]!.links).toHaveLength(1);
  });

  test("as cluster vertex, back within 3 s: its link lives on, with the same handle", async () => {
    const { linkB, a, b } = await linkedPair();
    const { handle } = b.status("a")!;
    b.kill();
    await expect.poll(async () => (await linkB.status()).clusters[0]!.portal.state, SOON).toBe("waiting");
    const again = linkB.vertex("b");
    again.accept("a");
    await until("adopted", () => again.status("a")?.state === "up");
    expect(again.status("a")?.handle).toBe(handle);
    expect(troubles(a)).toEqual([]);
    await expectTraffic(a, again);
  });

  test("as cluster vertex that stays away: its links end with a reason", async () => {
    const { linkA, linkB, a, b } = await linkedPair();
    b.kill();
    await until("down", () => linkA.downs("b").length > 0);
    expect(linkA.downs("b")).toEqual(["VERTEX_GONE"]);
    await until("refused", () => a.status("b")?.code === "NOT_WANTED");
    const again = linkB.vertex("b");
    again.accept("a");
    await untilUp(a, again);
  });

  test("is not missed when it was only stopped for a moment, nor does it miss its neighbour", async () => {
    // A busy machine makes the moment longer.
    const { linkA, a, b } = await linkedPair({ deadAfterMs: 12_000 });
    process.kill(linkA.child.pid!, "SIGSTOP");
    await new Promise((done) => setTimeout(done, 4_000));
    process.kill(linkA.child.pid!, "SIGCONT");
    await until("a sees its link", () => a.status("b")?.state === "up");
    await expectTraffic(a, b);
    expect(troubles(b)).toEqual([]);
  });
});

describe("a mistake of an operator", () => {
  test("two originators: both are refused as ROLE_CONFLICT", async () => {
    const { linkA, linkB, a, b } = await pair();
    a.originate("b", linkB.endpoint());
    b.originate("a", linkA.endpoint());
    await until("refused", () => a.status("b")?.code === "ROLE_CONFLICT" && b.status("a")?.code === "ROLE_CONFLICT");
  });

  test("two acceptors: nothing is sent", async () => {
    const { linkA, a, b } = await pair();
    a.accept("b");
    b.accept("a");
    await until("known", () => a.status("b")?.state === "connecting" && b.status("a")?.state === "connecting");
    expect((await linkA.status()).clusters[0]!.udp).toMatchObject({ received: 0, sent: 0 });
  });

  test("the address of another vertex: WRONG_NAME", async () => {
    const { linkB, a, b } = await pair();
    b.accept("a");
    a.originate("c", linkB.endpoint());
    await until("refused", () => a.status("c")?.code === "WRONG_NAME");
    expect(a.status("c")?.text).toContain("vertex/b");
  });

  test("another cluster's CA under the same name: UNTRUSTED", async () => {
    const ids = new Identities();
    const linkA = await start([{ cluster, identity: ids.issue("a") }]);
    const linkB = await start([{ cluster, identity: ids.issue("b", { ca: "another" }) }]);
    const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
    b.accept("a");
    await until("b waits", () => b.status("a")?.state === "connecting");
    a.originate("b", linkB.endpoint());
    await until("refused", () => a.status("b")?.code === "UNTRUSTED");
    expect(b.status("a")?.state).toBe("connecting");
  });
});

describe("a path", () => {
  test("with a small MTU that tells nobody: the link has that MTU", async () => {
    const { linkB, a, b } = await pair();
    const relay = await relayTo(linkB);
    relay.payloadMax = 1_400;
    b.accept("a");
    a.originate("b", relay.endpoint);
    await untilUp(a, b);
    expect([a.status("b")!.mtu, b.status("a")!.mtu]).toEqual([16_384, 16_384]);
    await expectTraffic(a, b);
  });

  test("that carries no more than the first packet of a connection has: the link is up, and carries all", async () => {
    const { linkB, a, b } = await pair();
    const relay = await relayTo(linkB);
    relay.payloadMax = 1_200;
    b.accept("a");
    a.originate("b", relay.endpoint);
    await untilUp(a, b);
    await expectTraffic(a, b);
  });

  test("whose NAT gives the originator 63 new ports: the link stays up", async () => {
    const { linkB, a, b } = await pair();
    const relay = await relayTo(linkB);
    b.accept("a");
    a.originate("b", relay.endpoint);
    await untilUp(a, b);
    for (let i = 0; i < 63; i++) {
      await relay.rebind();
      await expectTraffic(a, b);
    }
    expect(relay.rebindings).toBe(63);
    expect(troubles(a, b)).toEqual([]);
  });

  test("that is cut: both ends say so, and it comes back by itself", async () => {
    const { linkA, linkB, a, b } = await pair(SHORT_SILENCE);
    const relay = await relayTo(linkB);
    b.accept("a");
    a.originate("b", relay.endpoint);
    await untilUp(a, b);
    await untilSettled(linkA, linkB);
    relay.isCut = true;
    await until("down", () => linkA.downs("b").length > 0 && linkB.downs("a").length > 0);
    expect([linkA.downs("b")[0], linkB.downs("a")[0]]).toEqual(["SILENT", "SILENT"]);
    relay.isCut = false;
    await untilUp(a, b);
    await expectTraffic(a, b);
  });
});

test("two clusters in one process are two worlds", async () => {
  const ids = new Identities();
  const settings = (name: string) => [
    { cluster: "red", identity: ids.issue(name, { cluster: "red" }) },
    { cluster: "blue", identity: ids.issue(name, { cluster: "blue" }) },
  ];
  const [linkA, linkB] = await Promise.all([start(settings("a")), start(settings("b"))]);
  const [redA, redB] = [linkA.vertex("a", "red"), linkB.vertex("b", "red")];
  const [blueA, blueB] = [linkA.vertex("a", "blue"), linkB.vertex("b", "blue")];
  for (const vertex of [redB, blueB]) vertex.accept("a");
  redA.originate("b", linkB.endpoint("red"));
  blueA.originate("b", linkB.endpoint("red"));
  await untilUp(redA, redB);
  await until("refused", () => blueA.status("b")?.state === "refused");
  expect(blueA.status("b")?.code).toBe("UNTRUSTED");
  blueA.closeLink({ peer: "b", tag: "0" });
  blueA.originate("b", linkB.endpoint("blue"));
  await untilUp(blueA, blueB);
  await expectTraffic(blueA, blueB);
  expect(redA.received).toEqual([]);
});

test("garbage on UDP and FlorIO is counted and ends nothing", async () => {
  const { linkA, linkB, a, b } = await linkedPair();
  const socket = createSocket("udp4");
  const port = linkB.ports.get(cluster)!;
  const sendJunk = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const junk = randomBytes(1 + Math.floor(Math.random() * 1_400));
      if (i % 3 === 0) junk[0] = 0xc0 | (junk[0]! & 0x3f);
      socket.send(junk, port, "127.0.0.1");
    }
  };
  sendJunk(500);
  await expectTraffic(a, b);
  // A socket that nobody reads for a while holds no 500: what is lost there makes no difference.
  const more = setInterval(() => sendJunk(10), 10);
  // A handle that is no link's.
  b.sendRaw(12_345, new Uint8Array(100));
  const udpOfB = async () => (await linkB.status()).clusters[0]!.udp;
  const droppedJunk = async (): Promise<number> => {
    const { droppedNotQuic = 0, droppedUnknownConnection = 0, resets = 0 } = await udpOfB();
    return droppedNotQuic + droppedUnknownConnection + resets;
  };
  await expect
    .poll(droppedJunk, SOON)
    .toBeGreaterThan(300)
    .finally(() => clearInterval(more));
  await expect.poll(async () => (await udpOfB())["packetsDroppedNoLink"], SOON).toBe(1);
  socket.close();
  expect(troubles(a, b)).toEqual([]);
  expect([linkA.stderr, linkB.stderr]).toEqual(["", ""]);
});
