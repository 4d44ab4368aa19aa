import { beforeEach, describe, expect, test } from "vitest";
import { SessionAddress } from "../../../../src/quic-link/addresses/session-address.ts";
import { LaneSession } from "../../../../src/quic-link/data-plane/native/lane-session.ts";
import type { LaneEvent, LaneOrders } from "../../../../src/quic-link/data-plane/native/session-lane.ts";
import { reasons, verdict } from "../../../../src/quic-link/reasons.ts";
import {
  ControlReader,
  encodeAccept,
  encodeReady,
  encodeRenew,
  encodeUp,
} from "../../../../src/quic-link/sessions/hello.ts";
import { ClassCounts } from "../../../../src/quic-link/queue/class-counts.ts";
import { SessionProbes } from "../../../../src/quic-link/sizes/session-probes.ts";

const peer = { host: "192.0.2.1", port: 4433 };
const instance = { startedAt: 1, id: "0123456789abcdef" };
const noFigures = {
  rttMs: 0,
  packetsSent: 0,
  packetsReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  packetsLost: 0,
  isEcnOn: false,
  ceReceived: 0,
  queueLength: 0,
  packetsSplit: 0,
  piecesSent: 0,
  packetsJoined: 0,
  classes: Array.from({ length: 6 }, () => new ClassCounts()),
  drops: { tooLarge: 0, beforeUp: 0, queueFull: 0, queueLate: 0, incomplete: 0, pieceRefused: 0 },
};

/** The orders that were given, as text. */
let orders: string[];
/** How often the session has waited for the thread. */
let waits: number;
beforeEach(() => {
  orders = [];
  waits = 0;
});

const recording = (): LaneOrders => ({
  session: 7,
  setRoute: (handle) => orders.push(`route ${handle}`),
  removeRoute: (handle) => orders.push(`no route ${handle}`),
  setHandle: (handle) => orders.push(`handle ${handle}`),
  setRate: (bitsPerSecond) => orders.push(`rate ${bitsPerSecond}`),
  setAddress: ({ host, port }) => orders.push(`address ${host} ${port}`),
  addCopies: ({ host }, bytes) => orders.push(`copies ${host} ${bytes}`),
  handleDatagram: (datagram, { host }) => orders.push(`datagram ${datagram.length} ${host}`),
  sendStream: (bytes) => orders.push(`stream ${bytes.join(" ")}`),
  sendProbe: (packet) => orders.push(`probe ${packet.length}`),
  ping: () => orders.push("ping"),
  close: (code, reason) => orders.push(`close ${code} ${reason}`),
  forget: () => orders.push("forget"),
  counts: () => ({ packetsSent: 5, quicPacketsSent: 9, quicPacketsReceived: 8, quicPacketsLost: 0 }),
  figures: () => {
    waits++;
    return { ...noFigures, packetsSent: 5, lastHeard: 50 };
  },
});

function sessionOf(isOriginator: boolean, unsent: readonly number[] = []): LaneSession {
  const probeKey = new Uint8Array(16);
  const connection = {} as never;
  const address = new SessionAddress(
    {
      connection,
      address: peer,
      isOriginator,
      ownId: new Uint8Array(8),
      prove: () => new Uint8Array(16),
      randomBytes: (length) => new Uint8Array(length),
    },
    0,
  );
  address.handleReady(probeKey);
  const probes = new SessionProbes(connection, {} as never, probeKey);
  probes.handleUp(1_452, { ownSpreadMs: undefined, quietMs: 0 }, 0);
  const hello = {
    versionMin: 1,
    versionMax: 1,
    role: "originator",
    tag: "0",
    instance,
    attempt: 1,
    probeKey,
    quietSeconds: 0,
  } as const;
  return new LaneSession(
    {
      connection,
      address,
      probes,
      hello,
      isOriginator,
      peer: {} as never,
      reader: new ControlReader(),
      unsent: Uint8Array.from(unsent),
      udpPayload: 1_452,
      figures: { ...noFigures, packetsSent: 2, drops: { ...noFigures.drops, beforeUp: 1 } },
      lastHeard: 20,
      quietMs: 0,
      renewal: { afterMs: Infinity, afterPackets: 10 },
      deadAfterMs: 1_000,
      events: [],
    },
    recording(),
    0,
  );
}

const stream = (...parts: Uint8Array[]): LaneEvent => ({
  kind: "stream",
  bytes: Uint8Array.from(parts.flatMap((part) => [...part])),
});
const closed: LaneEvent = { kind: "closed", cause: "peer", isApplication: true, code: 0, reason: "" };
const eventsOf = (session: LaneSession): string[] => {
  const kinds: string[] = [];
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
    kinds.push(event.kind === "closed" ? event.verdict.reason.name : event.kind);
  }
  return kinds;
};

describe("a session that was handed over", () => {
  test("counts on from where it was", () => {
    const session = sessionOf(true);
    expect(session.figures()).toMatchObject({ packetsSent: 7, drops: { beforeUp: 1 } });
    expect(session.lastHeard).toBe(50);
  });

  test("has the thread send what had to wait", () => {
    sessionOf(true, [1, 2]);
    expect(orders).toEqual(["stream 1 2"]);
  });

  test("gives back datagrams that had come before, but none from elsewhere than an originator's peer", () => {
    const session = sessionOf(true);
    session.handleDatagram(Uint8Array.of(0x40, 1, 2), peer, 1);
    session.handleDatagram(Uint8Array.of(0x40, 1, 2), { ...peer, port: 1 }, 1);
    expect(orders).toEqual(["datagram 3 192.0.2.1"]);
    expect(session.address.datagramsIgnored).toBe(1);
  });

  test("says each handle once", () => {
    const session = sessionOf(true);
    for (const handle of [5, 5, 6]) session.setHandle(handle);
    expect(orders).toEqual(["handle 5", "handle 6"]);
  });

  test("ends when its peer is silent, and its route ends with it", () => {
    const session = sessionOf(true);
    session.setRoute(5);
    session.handleEvent({ kind: "silent" }, 1);
    expect(session.state).toBe("closed");
    expect(eventsOf(session)).toEqual(["SILENT"]);
    expect(orders.slice(1)).toEqual([expect.stringMatching(/^close /), "no route 5"]);
    session.handleEvent({ kind: "silent" }, 2);
    session.setHandle(6);
    expect(orders).toHaveLength(3);
  });

  test.each([{ event: { kind: "left" } as const }, { event: closed }])("is leaving until $event.kind", ({ event }) => {
    const session = sessionOf(true);
    session.close(verdict(reasons.stopping));
    expect(session.isLeaving).toBe(true);
    session.handleEvent(event, 1);
    expect(session.isLeaving).toBe(false);
    expect(eventsOf(session)).toEqual(["STOPPING"]);
  });

  test("is told once that it is old, by its peer and by its age", () => {
    const session = sessionOf(true);
    session.handleEvent(stream(encodeUp(1_452), encodeRenew(), encodeRenew()), 1);
    expect(eventsOf(session)).toEqual(["stale"]);
  });

  test("is looked at for as long as it is up, and nobody waits for the thread", () => {
    const session = sessionOf(true);
    for (let now = 0; now <= 10_000; now += 250) {
      session.handleTimeout(now);
      session.settle(now);
    }
    expect(orders.some((order) => order.startsWith("probe"))).toBe(true);
    expect(waits).toBe(0);
    session.figures();
    expect(waits).toBe(1);
  });

  test("reads messages that come in parts, and skips those that it does not know", () => {
    const session = sessionOf(true);
    for (const byte of [0, 1, 99, 0, ...encodeRenew()]) session.handleEvent(stream(Uint8Array.of(byte)), 1);
    expect(eventsOf(session)).toEqual(["stale"]);
  });

  test.each([
    { what: "a message of the beginning", bytes: encodeAccept({ version: 1, instance, quietSeconds: 0 }) },
    { what: "a message of its own", bytes: encodeReady(1_452, undefined) },
    { what: "an UP that is cut", bytes: Uint8Array.of(0, 1, 4, 0) },
    { what: "a message longer than any", bytes: Uint8Array.of(0xff, 0xff, 5) },
    { what: "far more than fits its memory", bytes: new Uint8Array(100_000).fill(0xff) },
  ])("of an originator ends by $what", ({ bytes }) => {
    const session = sessionOf(true);
    session.handleEvent(stream(bytes), 1);
    expect(eventsOf(session)).toEqual(["PROTOCOL_ERROR"]);
  });

  test("of an acceptor is told nothing more, and asks for renewal itself", () => {
    const session = sessionOf(false);
    session.handleEvent(stream(new Uint8Array(100_000).fill(0xff)), 1);
    expect(eventsOf(session)).toEqual([]);
    session.askRenewal();
    expect(orders).toEqual([`stream ${encodeRenew().join(" ")}`]);
  });

  test("of an acceptor asks an address that its peer may have, has copies sent there within bounds, and follows", () => {
    const session = sessionOf(false);
    const from = { host: "192.0.2.2", port: 1 };
    const out = new Uint8Array(1_452);
    session.handleEvent({ kind: "newest", from, bytes: 1_000 }, 1);
    const sent: string[] = [];
    for (let length = session.pollTransmit(out); length > 0; length = session.pollTransmit(out)) {
      sent.push(session.address.transmitTo.host);
    }
    expect(sent.toSorted()).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(orders).toHaveLength(1);
    const [, host, bytes] = orders[0]!.split(" ");
    expect(host).toBe("192.0.2.2");
    expect(Number(bytes)).toBeLessThan(3 * 1_000);
    expect(Number(bytes)).toBeGreaterThan(2_000);
  });
});
