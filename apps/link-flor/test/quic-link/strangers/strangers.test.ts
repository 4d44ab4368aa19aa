import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { reasons, verdict } from "../../../src/quic-link/reasons.ts";
import { Identities } from "../identities.ts";
import { addressA, addressB, areUp, startPair, Station, RealWire } from "../wire.ts";

let ids: Identities;
let wire: RealWire;
beforeEach(() => {
  ids = new Identities();
  wire = new RealWire();
});

describe("strangers", () => {
  test("cannot start a handshake without coming back from a Retry", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    const first = wire.seen.find(({ from }) => from === addressA)!;
    // A slow machine has begun more than one attempt.
    await wire.until("no handshake is under way", () => b.endpoint.strangers.admission.halfOpen === 0);
    const before = b.endpoint.strangers.counters.retries;
    for (let i = 0; i < 20; i++) wire.inject({ ...first, from: `192.0.2.${i}:7` });
    expect(b.endpoint.strangers.admission.halfOpen).toBe(0);
    await wire.run(10);
    expect(b.endpoint.strangers.counters.retries).toBe(before + 20);
    const answers = wire.seen.filter(({ to }) => to.startsWith("192.0.2."));
    expect(answers.length).toBe(20);
    expect(answers.every(({ bytes }) => bytes.length < first.bytes.length)).toBe(true);
  });

  test("cannot use the token of another address", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    const withToken = wire.seen.filter(({ from, bytes }) => from === addressA && isInitial(bytes))[1]!;
    const fresh = Uint8Array.from(withToken.bytes);
    fresh.set(randomBytes(8), 6);
    wire.inject({ ...withToken, bytes: fresh, from: "192.0.2.1:9" });
    expect(b.endpoint.strangers.drops.droppedBadToken).toBe(1);
    expect(b.endpoint.strangers.admission.halfOpen).toBe(0);
  });

  test("of one source take a bounded number of places, and give them back after 5 s at most", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    const withToken = wire.seen.filter(({ from, bytes }) => from === addressA && isInitial(bytes))[1]!;
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from(withToken.bytes);
      bytes.set(randomBytes(8), 6);
      wire.inject({ ...withToken, bytes });
    }
    // The address is a known one's: of 256 places what one address leaves free of itself and of the four networks it is in.
    expect(b.endpoint.strangers.admission.halfOpen).toBeLessThanOrEqual(52);
    const { droppedNotAdmitted, droppedRate } = b.endpoint.strangers.drops;
    expect(droppedNotAdmitted + droppedRate).toBeGreaterThan(200);
    await wire.until("given back", () => b.endpoint.strangers.admission.halfOpen === 0, 6_000);
    expect(areUp({ a, b })()).toBe(true);
  });

  test("learn which version of QUIC is spoken", async () => {
    const b = new Station(wire, addressB, ids.issue("b"));
    const bytes = new Uint8Array(1200);
    bytes.set([0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1]);
    wire.inject({ from: addressA, to: addressB, bytes });
    await wire.run(5);
    expect(b.endpoint.strangers.counters.versionNegotiations).toBe(1);
    expect(Buffer.from(wire.seen[0]!.bytes.subarray(1, 5)).toString("hex")).toBe("00000000");
  });

  test("are counted by cause, whatever they send: garbage, copies, changed and forged packets", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    await wire.run(20);
    const counts = (): Record<string, number> => allCounts(b);
    const before = counts();
    expect(before["droppedUnauthenticated"]).toBe(0);
    const sent = wire.seen.filter(({ from, bytes }) => from === addressA && (bytes[0]! & 0x80) === 0).at(-1)!;
    const changed = Uint8Array.from(sent.bytes);
    changed[changed.length - 1]! ^= 1;
    const forged = Uint8Array.from(randomBytes(100));
    forged.set(sent.bytes.subarray(0, 9));
    // The packet is just large enough to be answered, by a reset that is too small to be answered again.
    const unknown = Uint8Array.from([0x40, ...randomBytes(21)]);
    const cases = {
      droppedUnauthenticated: [sent.bytes, changed, forged],
      droppedNotQuic: [new Uint8Array(0), Uint8Array.of(0x41), Uint8Array.of(0xc0, 0, 0)],
      droppedUnknownConnection: [unknown.subarray(0, 12)],
      resets: [unknown],
    };
    for (const bytes of Object.values(cases).flat()) wire.inject({ from: addressA, to: addressB, bytes });
    // A copy from elsewhere moves no link.
    wire.inject({ from: "192.0.2.66:6", to: addressB, bytes: sent.bytes });
    await wire.run(20);
    const after = counts();
    const grown = Object.keys(after).filter((name) => after[name]! > before[name]!);
    expect(Object.fromEntries(grown.map((name) => [name, after[name]! - before[name]!]))).toEqual({
      droppedUnauthenticated: 4,
      droppedNotQuic: 3,
      droppedUnknownConnection: 1,
      resets: 1,
    });
    a.send("b", Uint8Array.of(1, 2, 3));
    await wire.until("the link goes on", () => b.received.length === 1);
  });

  test("cannot end a link by a reset that they made up, and it is counted once", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    const before = allCounts(a);
    for (let i = 0; i < 5; i++) {
      wire.inject({ from: addressB, to: addressA, bytes: Uint8Array.from([0x40, ...randomBytes(21)]) });
    }
    await wire.run(20);
    expect(allCounts(a)).toEqual({ ...before, resets: 5 });
    expect(areUp({ a, b })()).toBe(true);
  });

  test("and late packets of a session that is over are told apart", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    const sent = wire.seen.filter(({ from, bytes }) => from === addressA && (bytes[0]! & 0x80) === 0).at(-1)!;
    a.endpoint.links.unwant({ peer: "b", tag: "0" }, verdict(reasons.closed), wire.now);
    await wire.until("down", () => b.status("a")?.state !== "up");
    const before = b.endpoint.drops;
    wire.inject(sent);
    expect(b.endpoint.drops).toEqual({ ...before, droppedSessionOver: before["droppedSessionOver"]! + 1 });
  });

  test("cannot keep a newcomer from its Retry by floods of another kind", async () => {
    wire.lose = () => true;
    const { a, b } = startPair(wire, ids);
    await wire.until("a first packet", () => wire.seen.length > 0);
    for (let i = 0; i < 3_000; i++) {
      wire.inject({ from: `192.0.2.${i % 250}:7`, to: addressB, bytes: Uint8Array.from([0x40, ...randomBytes(21)]) });
    }
    expect(b.endpoint.strangers.drops.droppedRate).toBeGreaterThan(2_000);
    // The peer's first packet comes before any of the answers to the flood has left.
    wire.inject(wire.seen[0]!);
    expect(b.endpoint.strangers.counters.retries).toBe(1);
    wire.lose = () => false;
    await wire.until("up", areUp({ a, b }));
  });

  test("who are faster than the peer, from more addresses than a link may have, do not end it", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    let raced = 0;
    wire.lose = (datagram) => {
      if (datagram.from !== addressA || raced === 80) return datagram.to.startsWith("192.");
      // Genuine packets come first from an address where nobody is; then the peer's own packets come, which are copies by now.
      wire.inject({ ...datagram, from: `192.0.2.66:${2_000 + ++raced}` });
      wire.inject(datagram);
      return true;
    };
    await wire.until("all addresses are used", () => {
      a.send("b", Uint8Array.of(1, 2, 3));
      return raced === 80;
    });
    expect(b.endpoint.drops["droppedUnauthenticated"]).toBeGreaterThanOrEqual(80);
    const before = a.received.length;
    await wire.until("b finds a where it is", () => {
      a.send("b", Uint8Array.of(4));
      b.send("a", Uint8Array.of(5));
      return a.received.length > before;
    });
    expect([...a.history, ...b.history].filter((state) => state.includes("down"))).toEqual([]);
  });

  test("do no harm with garbage, at any time of a link's life", async () => {
    const { a, b } = startPair(wire, ids);
    const noise = (): void => {
      for (const [from, to] of [
        [addressA, addressB],
        [addressB, addressA],
        ["192.0.2.66:6", addressB],
      ] as const) {
        const last = wire.seen.findLast((datagram) => datagram.to === to);
        const bytes = Uint8Array.from(
          Math.random() < 0.5 || last === undefined ? randomBytes((1 + Math.random() * 1500) | 0) : last.bytes,
        );
        const at = Math.floor(Math.random() * bytes.length);
        bytes[at] = bytes[at]! ^ (1 << Math.floor(Math.random() * 8));
        wire.inject({ from, to, bytes: bytes.subarray(0, 1 + Math.floor(Math.random() * bytes.length)) });
      }
    };
    for (let i = 0; i < 300 && !areUp({ a, b })(); i++) {
      noise();
      await wire.run(2);
    }
    await wire.until("up", areUp({ a, b }));
    for (let i = 0; i < 300; i++) {
      noise();
      a.send("b", randomBytes(50));
      wire.step();
    }
    await wire.until("packets", () => b.received.length >= 290);
    expect(areUp({ a, b })()).toBe(true);
  });
});

describe("a flood", () => {
  test("of packets is bounded by the link's queue, which says that it is full", async () => {
    const { a, b } = startPair(wire, ids);
    await wire.until("up", areUp({ a, b }));
    wire.lose = () => true;
    for (let i = 0; i < 2_000; i++) a.send("b", new Uint8Array(1_000));
    wire.step();
    wire.step();
    expect(a.status("b")).toMatchObject({ state: "up", isCongested: true });
    const row = a.endpoint.links.rows(wire.now)[0]!;
    expect(row.queueLength).toBeLessThanOrEqual(512);
    expect(row.drops["queueFull"]).toBeGreaterThan(1_000);
    wire.lose = () => false;
    await wire.until("relieved", () => a.status("b")?.isCongested === false, 2_000);
    expect(a.status("b")?.state).toBe("up");
  });
});

function isInitial(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0xf0) === 0xc0;
}

function allCounts({ endpoint }: Station): Record<string, number> {
  return { ...endpoint.strangers.counters, ...endpoint.strangers.drops, ...endpoint.drops };
}
