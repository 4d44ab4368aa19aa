import { randomBytes, X509Certificate } from "node:crypto";
import { keyHashOfDer } from "@florenetes/identity";
import { Random } from "@florenetes/simkit";
import { beforeEach, describe, expect, test } from "vitest";
import { reasons, verdict } from "../../src/quic-link/reasons.ts";
import { Identities } from "./identities.ts";
import {
  addressA,
  addressB,
  areUp,
  type Datagram,
  type Pair,
  startPair,
  Station,
  type StationOptions,
  RealWire,
} from "./wire.ts";

let ids: Identities;
let wire: RealWire;
beforeEach(() => {
  ids = new Identities();
  wire = new RealWire();
});

const pair = (options: StationOptions = {}): Pair => startPair(wire, ids, options);

/** The source ID of a long header (RFC 9000, 17.2). */
function sourceIdOf(bytes: Uint8Array): Uint8Array {
  const at = 6 + bytes[5]!;
  return bytes.slice(at + 1, at + 1 + bytes[at]!);
}

const payloadOf = ({ endpoint }: Station): number => endpoint.links.rows(wire.now)[0]!.udpPayload;

describe("a link", () => {
  test("comes up at both ends, with the whole MTU proven, and says so once", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    expect(a.history).toEqual(["b/0 connecting", "b/0 up"]);
    expect(b.history).toEqual(["a/0 connecting", "a/0 up"]);
    expect([a.status("b")!.mtu, b.status("a")!.mtu]).toEqual([16_384, 16_384]);
    // On a busy machine the first packet of the largest size may come too late for the start.
    const preferred = (): number => Math.min(a.status("b")!.preferredMtu, b.status("a")!.preferredMtu);
    await wire.until("its size", () => preferred() === 4_096);
    expect(wire.seen.every(({ bytes }) => bytes.length <= 1452)).toBe(true);
  });

  test("carries a packet of 1419 bytes in one datagram of 1452, and small ones together", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    await wire.run(50);
    wire.seen.length = 0;
    const large = randomBytes(1419);
    a.send("b", large);
    await wire.until("the packet", () => b.received.length === 1);
    expect(b.received[0]!.packet).toEqual(Uint8Array.from(large));
    expect(Math.max(...wire.seen.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1452);
    wire.seen.length = 0;
    for (let i = 0; i < 8; i++) a.send("b", new Uint8Array(100).fill(i));
    await wire.until("the packets", () => b.received.length === 9);
    expect(b.received.slice(1).map(({ packet }) => packet[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(wire.seen.filter(({ from }) => from === addressA).length).toBeLessThan(8);
  });

  test("drops and counts what is larger than its MTU", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    a.send("b", new Uint8Array(16_385));
    a.send("b", new Uint8Array(10));
    await wire.until("the packet", () => b.received.length === 1);
    expect(a.endpoint.links.rows(wire.now)[0]!.drops["tooLarge"]).toBe(1);
  });

  test("tells the other end why it is closed, and the originator tries again", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    b.endpoint.links.unwant({ peer: "a", tag: "0" }, verdict(reasons.closed), wire.now);
    await wire.until("refused", () => a.status("b")?.code === "NOT_WANTED");
    expect(a.history.slice(2)).toEqual(["b/0 down CLOSED", "b/0 refused NOT_WANTED"]);
    b.want("a", "acceptor");
    await wire.until("up again", () => a.status("b")?.state === "up");
  });

  test("that is not wanted any more while it comes up does not come up, and nobody is blamed", async () => {
    wire.lose = ({ bytes }) => bytes.length > 1_300;
    const { a, b } = pair();
    await wire.until("probing", () => wire.seen.some(wire.lose));
    b.endpoint.links.unwant({ peer: "a", tag: "0" }, verdict(reasons.closed), wire.now);
    wire.lose = () => false;
    await wire.until("told", () => a.status("b")?.code === "CLOSED");
    expect(b.failedOffers).toEqual([]);
    await wire.until("told", () => a.status("b")?.code === "NOT_WANTED");
    expect([a, b].map(({ endpoint }) => endpoint.handshakes["up"])).toEqual([0, 0]);
  });

  test("has a new handle with every session, and takes packets under no old one", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    const old = a.status("b")!.handle;
    b.endpoint.links.unwant({ peer: "a", tag: "0" }, verdict(reasons.closed), wire.now);
    b.want("a", "acceptor");
    await wire.until("down", () => a.status("b")?.state !== "up");
    await wire.until("up again", areUp({ a, b }));
    expect(a.status("b")!.handle).not.toBe(old);
    a.sendUnder(old, new Uint8Array(10));
    await wire.run(20);
    expect(b.received).toEqual([]);
    expect(a.endpoint.drops["packetsDroppedNoLink"]).toBe(1);
  });

  test("takes what comes in a session that comes up after a newer one", async () => {
    const stations = pair();
    const { a, b } = stations;
    await wire.until("the first attempt", () => wire.seen.length > 0);
    const first = sourceIdOf(wire.seen[0]!.bytes);
    const late: Datagram[] = [];
    // At the acceptor the first session is up, and packets that it sends there come late.
    wire.lose = (datagram) => {
      const isLate = b.status("a")?.state === "up" && first.every((byte, i) => byte === datagram.bytes[1 + i]);
      if (isLate) late.push(datagram);
      return isLate;
    };
    await wire.until("up at the acceptor, which says so", () => late.length > 0);
    const news = late.splice(0);
    b.send("a", Uint8Array.of(9));
    await wire.until("up by another session", areUp(stations));
    expect(a.received).toEqual([]);
    wire.lose = () => false;
    for (const datagrams of [news, late]) {
      for (const datagram of datagrams) wire.inject(datagram);
      wire.step();
    }
    await wire.until("the packet", () => a.received.length === 1);
    expect(a.received[0]).toMatchObject({ handle: a.status("b")!.handle, packet: Uint8Array.of(9) });
  });

  test("may have parallel ones beside it, told apart by their tags", async () => {
    const { a, b } = pair();
    b.want("a", "acceptor", "", "1");
    a.want("b", "originator", addressB, "1");
    await wire.until("up", () => areUp({ a, b })() && a.status("b", "1")?.state === "up");
    await wire.until("up", () => b.status("a", "1")?.state === "up");
    a.sendUnder(a.status("b", "1")!.handle, new Uint8Array(5));
    await wire.until("the packet", () => b.received.length === 1);
    expect(b.received[0]!.handle).toBe(b.status("a", "1")!.handle);
  });

  test("may have parallel ones beside it, whose datagrams the kernel joins with its own", async () => {
    const { a, b } = pair();
    b.want("a", "acceptor", "", "1");
    a.want("b", "originator", addressB, "1");
    await wire.until("up", () => areUp({ a, b })() && b.status("a", "1")?.state === "up");
    await wire.run(50);
    const joined: Uint8Array[] = [];
    wire.lose = ({ from, bytes }) => from === addressA && bytes.length > 1_000 && joined.push(bytes) > 0;
    const handles = [a.status("b")!.handle, a.status("b")!.handle, a.status("b", "1")!.handle];
    for (const handle of handles) {
      a.sendUnder(handle, new Uint8Array(1_000));
      wire.step();
    }
    expect(new Set(joined.map(({ length }) => length)).size).toBe(1);
    wire.inject({ from: addressA, to: addressB, bytes: Buffer.concat(joined) });
    await wire.until("all three", () => b.received.length === 3);
    const [own, other] = [b.status("a")!.handle, b.status("a", "1")!.handle];
    const countOf = (of: number): number => b.received.filter(({ handle }) => handle === of).length;
    expect([countOf(own), countOf(other)]).toEqual([2, 1]);
  });
});

describe("an attempt is refused", () => {
  test("as NOT_WANTED until the other end wants it, and comes up soon after", async () => {
    const own = ids.issue("a");
    const a = new Station(wire, addressA, own);
    const b = new Station(wire, addressB, ids.issue("b"));
    a.want("b", "originator", addressB);
    await wire.until("refused", () => a.status("b")?.code === "NOT_WANTED");
    expect(a.status("b")?.state).toBe("refused");
    expect(b.failedOffers).toContain("a NOT_WANTED");
    const keyHash = keyHashOfDer(new X509Certificate(own.certificateChainPem).raw);
    expect(b.knocks[0]).toEqual({ peer: "a", tag: "0", keyHash, address: `udp://${addressA}` });
    expect(a.knocks).toEqual([]);
    b.want("a", "acceptor");
    expect(await wire.until("up", areUp({ a, b }))).toBeLessThan(1_500);
    expect(b.endpoint.links.stats()).toMatchObject([{ peerAddress: `udp://${addressA}` }]);
    expect(a.endpoint.links.stats()).toMatchObject([{ peerAddress: `udp://${addressB}` }]);
  });

  test("as WRONG_NAME when another vertex answers", async () => {
    const a = new Station(wire, addressA, ids.issue("a"));
    const c = new Station(wire, addressB, ids.issue("c"));
    c.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("refused", () => a.status("b")?.state === "refused");
    expect(a.status("b")).toMatchObject({ code: "WRONG_NAME", text: expect.stringContaining('"b"') as string });
    await wire.until("told", () => c.endpoint.handshakes["WRONG_NAME"] === 1);
  });

  test("as WRONG_KIND when the other end is no vertex", async () => {
    const a = new Station(wire, addressA, ids.issue("a", { kind: "user" }));
    const b = new Station(wire, addressB, ids.issue("b"));
    b.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("refused", () => a.status("b")?.state === "refused");
    expect(a.status("b")?.code).toBe("WRONG_KIND");
    expect(b.failedOffers).toEqual(["? WRONG_KIND"]);
    expect(b.endpoint.handshakes).toEqual({ up: 0, WRONG_KIND: 1 });
    expect(b.knocks, "who proves no vertex knocks in vain").toEqual([]);
  });

  test("as UNTRUSTED when the other end's CA is another one, at both ends", async () => {
    const a = new Station(wire, addressA, ids.issue("a"));
    const b = new Station(wire, addressB, ids.issue("b", { ca: "another" }));
    b.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("refused", () => a.status("b")?.state === "refused");
    expect(a.status("b")?.code).toBe("UNTRUSTED");
    await wire.until("told", () => b.endpoint.handshakes["UNTRUSTED_BY_PEER"] === 1);
  });

  test("as UNTRUSTED_BY_PEER when only the acceptor does not know our CA", async () => {
    const own = ids.issue("a", { ca: "another" });
    const known = ids.issue("b");
    const a = new Station(wire, addressA, { ...own, trustBundlePem: own.trustBundlePem + known.trustBundlePem });
    const b = new Station(wire, addressB, known);
    b.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("refused", () => a.status("b")?.state === "refused");
    expect(a.status("b")?.code).toBe("UNTRUSTED_BY_PEER");
    expect(b.history).toEqual(["a/0 connecting"]);
  });

  test("as BAD_ENDPOINT when the endpoint is none", async () => {
    const a = new Station(wire, addressA, ids.issue("a"));
    a.endpoint.links.want({ peer: "b", tag: "0", role: "originator", endpoint: "tcp://10.0.0.2:1" }, wire.now);
    await wire.until("refused", () => a.status("b")?.code === "BAD_ENDPOINT");
  });
});

describe("the proven UDP payload", () => {
  test.each([
    [1_451, 1_392],
    [1_391, 1_313],
    [1_312, 1_200],
  ])("on a path that loses datagrams above %i bytes is %i", async (payloadMax, payload) => {
    wire.lose = ({ bytes }) => bytes.length > payloadMax;
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    expect([payloadOf(a), payloadOf(b)]).toEqual([payload, payload]);
    for (let i = 0; i < 30; i++) a.send("b", randomBytes(200));
    b.send("a", randomBytes(16_384));
    await wire.until("all packets", () => b.received.length === 30 && a.received.length === 1);
  });

  test("is refused as MTU_TOO_SMALL below, at both ends", async () => {
    // The handshake gets through, since its packets have long headers.
    wire.lose = ({ bytes }) => bytes.length > 1_199 && bytes[0]! < 0x80;
    const { a, b } = pair();
    await wire.until("refused", () => a.status("b")?.code === "MTU_TOO_SMALL");
    await wire.until("refused", () => b.status("a")?.code === "MTU_TOO_SMALL");
  });

  test("is that of the narrower direction", async () => {
    wire.lose = ({ bytes, from }) => from === addressB && bytes.length > 1_400;
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    expect([payloadOf(a), payloadOf(b)]).toEqual([1_392, 1_392]);
  });
});

describe("an end that restarts", () => {
  test("as acceptor is noticed by its stateless reset, long before the silence", async () => {
    const identity = ids.issue("b");
    const a = new Station(wire, addressA, ids.issue("a"));
    const old = new Station(wire, addressB, identity);
    old.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("up", areUp({ a, b: old }));
    wire.remove(old);
    const b = new Station(wire, addressB, identity);
    b.want("a", "acceptor");
    a.send("b", new Uint8Array(100));
    expect(await wire.until("down", () => a.status("b")?.state === "down")).toBeLessThan(100);
    expect(a.status("b")?.code).toBe("RESET");
    await wire.until("up again", areUp({ a, b }));
  });

  test("as originator replaces its old session at once", async () => {
    const identity = ids.issue("a");
    const old = new Station(wire, addressA, identity, { startedAt: 1_000 });
    const b = new Station(wire, addressB, ids.issue("b"));
    b.want("a", "acceptor");
    old.want("b", "originator", addressB);
    await wire.until("up", areUp({ a: old, b }));
    const { handle } = b.status("a")!;
    wire.remove(old);
    const a = new Station(wire, addressA, identity, { startedAt: 2_000 });
    a.want("b", "originator", addressB);
    expect(await wire.until("replaced", () => b.status("a")!.handle !== handle)).toBeLessThan(500);
    expect(b.history).toEqual(["a/0 connecting", "a/0 up", "a/0 up"]);
    await wire.until("up", areUp({ a, b }));
    b.send("a", new Uint8Array(7));
    await wire.until("a packet", () => a.received.length === 1);
  });

  test("does not lose the link to a late session of its earlier life", async () => {
    const identity = ids.issue("a");
    const b = new Station(wire, addressB, ids.issue("b"));
    b.want("a", "acceptor");
    const a = new Station(wire, addressA, identity, { startedAt: 2_000 });
    a.want("b", "originator", addressB);
    await wire.until("up", areUp({ a, b }));
    const late = new Station(wire, "10.0.0.3:1003", identity, { startedAt: 1_000 });
    late.want("b", "originator", addressB);
    await wire.run(300);
    expect(late.status("b")?.state).not.toBe("up");
    expect(areUp({ a, b })()).toBe(true);
    expect(b.history).toEqual(["a/0 connecting", "a/0 up"]);
  });
});

describe("a link survives", () => {
  test("70 changes of its originator's address, the first of them without a packet lost", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    for (let i = 1; i <= 30; i++) {
      a.address = `10.0.1.${i}:${2_000 + i}`;
      a.send("b", new Uint8Array([i]));
      await wire.until(`packet ${i}`, () => b.received.length === i);
      b.send("a", new Uint8Array([i]));
      await wire.until(`answer ${i}`, () => a.received.length === i);
    }
    // From here on, only so many moves are followed in a second.
    for (let i = 31; i <= 70; i++) {
      a.address = `10.0.1.${i}:${2_000 + i}`;
      const before = a.received.length;
      await wire.until(`answer ${i}`, () => {
        a.send("b", new Uint8Array([i]));
        b.send("a", new Uint8Array([i]));
        return a.received.length > before;
      });
    }
    // Losses at that pace may look like a narrower path: a fresh session may have taken over from the first one, which was up.
    for (const { history } of [a, b]) {
      const [first = "", ...others] = history.map((line) => line.split(" ")[1]);
      expect([first, ...new Set(others)]).toEqual(["connecting", "up"]);
    }
  });

  test("20 % of loss while it comes up", async () => {
    const random = new Random(20);
    wire.lose = () => random.chance(0.2);
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    expect(payloadOf(a)).toBe(1_452);
  });
});
