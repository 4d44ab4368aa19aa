import { RetryTokens } from "@florenetes/quic";
import { chainVerifier, simulatedEngine } from "@florenetes/quic/simulated";
import { Revocations } from "@florenetes/identity";
import { LINK_NONE } from "@florenetes/forwarding";
import { Life, Random, Scheduler } from "@florenetes/simkit";
import { expect, test } from "vitest";
import type { LinkStatus } from "@florenetes/portal-api";
import type { UdpAddress } from "../../src/quic-link/addresses/link-address.ts";
import { PortableSessions } from "../../src/quic-link/data-plane/portable/portable-sessions.ts";
import { prove } from "../../src/quic-link/drivers/proof.ts";
import { endpointIdentity } from "../../src/quic-link/endpoint-identity.ts";
import { UDP_PAYLOAD_MAX } from "../../src/quic-link/limits.ts";
import { quicConfig, sizedConfig } from "../../src/quic-link/quic-settings.ts";
import { encodeVisit } from "../../src/quic-link/sessions/hello.ts";
import { QuicClusterLinks } from "../../src/quic-link/quic-cluster-links.ts";
import { credentialsOf, Identities } from "./identities.ts";

const ROOM = 3;
const startedAt = new Date();

/** Two vertices, a and b, which want a link between them. Their network loses nothing. */
class Pair {
  readonly delayMs: number;
  readonly scheduler = new Scheduler({ start: 1_000 });
  readonly random = new Random(1);
  readonly identities = new Identities();
  readonly engine = simulatedEngine({
    random: () => this.random.next(),
    verifyChain: chainVerifier(() => startedAt.getTime()),
  });
  readonly sides = new Map<string, Side>();
  readonly a = new Side(this, "a", 1_000);
  readonly b = new Side(this, "b", 10_000);

  constructor(delayMs = 0) {
    this.delayMs = delayMs;
    this.b.links.want({ peer: "a", tag: "0", role: "acceptor", endpoint: "" });
    this.a.links.want({ peer: "b", tag: "0", role: "originator", endpoint: "udp://b:1" });
    this.scheduler.runFor(10_000);
    expect([this.a.status?.state, this.b.status?.state]).toEqual(["up", "up"]);
  }
}

/** An end of the link, with all that its driver would hold. */
class Side {
  readonly life: Life;
  readonly links: QuicClusterLinks;
  status: LinkStatus | undefined;
  readonly events: string[] = [];
  /** Whether the kernel takes packets that are sent. */
  takes = true;
  sent = 0;
  /** Connections behind the door that are open. */
  doors = 0;

  constructor(pair: Pair, name: string, deadAfterMs: number) {
    const { scheduler, random, identities, engine, sides } = pair;
    const life = new Life(scheduler);
    this.life = life;
    const revocations = new Revocations({ isRequired: false, graceMs: 0 });
    const now = (): number => scheduler.now;
    const wallClock = (): Date => new Date(startedAt.getTime() + scheduler.now);
    const credentials = credentialsOf(identities.issue(name));
    const scope = { cluster: "demo", revocations, expiryGraceMs: 0, endedDoor: undefined };
    const identityOf = () => endpointIdentity(scope, credentials, () => ({ wall: wallClock(), monotonic: now() }));
    this.links = new QuicClusterLinks(
      {
        engine,
        instance: { startedAt: startedAt.getTime(), id: name.repeat(16) },
        time: { now, wallClock, wakeUps: life },
        revocations,
        identityOf,
        identity: identityOf(),
        retryTokens: new RetryTokens(random.bytes(32)),
        deadAfterMs: () => deadAfterMs,
        quietSeconds: () => 0,
        renewal: { afterMs: Infinity, afterPackets: Infinity },
        payloadMaxTo: () => 1_452,
        random: () => random.next(),
        randomBytes: (length) => random.bytes(length),
        prove,
        openSessions: () => new PortableSessions(),
      },
      {
        onStatus: (status) => (this.status = status),
        onOfferFailed: () => {},
        onKnock: () => {},
        onPacket: () => this.events.push("packet"),
        onPacketsEnd: () => this.events.push("turn"),
      },
    );
    const slot = new Uint8Array(UDP_PAYLOAD_MAX);
    const send = (length: number, to: UdpAddress): boolean => {
      const bytes = slot.slice(0, length);
      this.sent++;
      const { life, links } = sides.get(to.host)!;
      // A round of the event loop reads its sockets after its timers.
      const read = (): void => void scheduler.after(0.01, () => links.onDatagrams(bytes, { host: name, port: 1 }));
      scheduler.after(pair.delayMs, () => life.take(read));
      return true;
    };
    const isWritable = (): boolean => this.takes;
    this.links.join({
      openDoor: () => {
        this.doors++;
        return { send: () => undefined, end: () => undefined, close: () => void this.doors-- };
      },
      socket: {
        address: { host: name, port: 1 },
        counters: { received: 0, sent: 0 },
        slot,
        get isWritable() {
          return isWritable();
        },
        sendSlot: send,
        flush: isWritable,
        close: async () => void this.events.push("socket closed"),
      },
      resolve: (host, port, done) => done({ host, port }, ""),
      kept: { handleChange: () => this.events.push("kept"), close: () => this.events.push("kept closed") },
    });
    sides.set(name, this);
  }

  send(): void {
    this.links.send(this.status!.handle, new Uint8Array(ROOM + 100), ROOM, ROOM + 100, LINK_NONE);
  }
}

test("visits end with the links, and so do the connections behind the door", () => {
  const { b, engine, identities, random, scheduler, sides } = new Pair();
  const config = sizedConfig(quicConfig(credentialsOf(identities.issue("v"))), 1_200);
  const visitor = engine.connect(config, random.bytes(8), scheduler.now);
  const out = new Uint8Array(1_200);
  const turn = (): void => {
    for (let length = 1; length > 0;) {
      length = visitor.pollTransmit(out, scheduler.now);
      if (length > 0) b.links.onDatagrams(out.slice(0, length), { host: "v", port: 1 });
    }
  };
  const onDatagrams = (bytes: Uint8Array): void => {
    visitor.handleDatagram(bytes, scheduler.now);
    turn();
  };
  sides.set("v", { life: new Life(scheduler), links: { onDatagrams } } as unknown as Side);
  turn();
  scheduler.runFor(1_000);
  visitor.streamSend(0, encodeVisit(), false);
  turn();
  scheduler.runFor(1_000);
  expect(b.doors).toBe(1);
  void b.links.close();
  scheduler.runFor(1_000);
  expect([b.doors, visitor.isClosed, b.events.at(-1)]).toEqual([0, true, "socket closed"]);
});

test("addresses are to be kept once the link is up", () => {
  const { a, b } = new Pair();
  expect(a.events).toContain("kept");
  expect(b.events).toContain("kept");
});

test("all that happens before the end of a turn is one turn, and flush has it at once and leaves none", () => {
  const { a, scheduler } = new Pair();
  a.events.length = 0;
  for (let i = 0; i < 3; i++) a.send();
  expect(a.events).toEqual([]);
  scheduler.runFor(0.05);
  expect(a.events).toEqual(["turn"]);
  a.send();
  a.links.flush();
  a.links.flush();
  expect(a.events).toEqual(["turn", "turn"]);
  scheduler.runFor(0.05);
  expect(a.events).toEqual(["turn", "turn"]);
});

test("what happens after a flush has a turn of its own", () => {
  const { a, scheduler } = new Pair();
  a.events.length = 0;
  a.send();
  a.links.flush();
  a.send();
  scheduler.runFor(0.05);
  expect(a.events).toEqual(["turn", "turn"]);
});

test("a process that was stopped hears what its neighbour has said meanwhile before it misses it", () => {
  const { a, b, scheduler } = new Pair();
  const { handle } = a.status!;
  // The standstill begins at every phase of the timer.
  for (let phaseMs = 0; phaseMs < 250; phaseMs += 10) {
    scheduler.runFor(phaseMs);
    a.life.standStill(3_000);
    scheduler.runFor(6_000);
    expect([a.status, b.status]).toMatchObject([{ state: "up", handle }, { state: "up" }]);
  }
});

test("while the kernel's buffer is full it is tried again soon, and what waits leaves then", () => {
  const { a, b, scheduler } = new Pair();
  b.events.length = 0;
  a.takes = false;
  a.send();
  scheduler.runFor(20);
  expect(b.events).not.toContain("packet");
  a.takes = true;
  scheduler.runFor(5);
  expect(b.events).toContain("packet");
});

test("close ends with the socket once the neighbour is told, and is one thing however often it is asked for", () => {
  const { a, b, scheduler } = new Pair();
  a.events.length = 0;
  const closed = a.links.close();
  expect(a.links.close()).toBe(closed);
  expect(a.events).toEqual(["turn", "kept closed", "socket closed"]);
  scheduler.runFor(50);
  expect(b.status).toMatchObject({ state: "down", code: "STOPPING" });
});

test.each([
  {
    cannotBeTold: "as the kernel's buffer is full",
    delayMs: 0,
    begin: ({ a }: Pair) => void (a.takes = false),
  },
  {
    cannotBeTold: "as the window is full, and nobody acknowledges",
    delayMs: 200,
    begin: ({ a, b, scheduler }: Pair) => {
      b.life.end();
      for (let i = 0; i < 1_000; i++) a.send();
      // The engine's first probes leave though the window is full; the next ones take longer than half a second.
      scheduler.runFor(600);
    },
  },
])(
  "close waits half a second for a neighbour that cannot be told $cannotBeTold, and no longer",
  ({ delayMs, begin }) => {
    const pair = new Pair(delayMs);
    const { a, scheduler } = pair;
    begin(pair);
    void a.links.close();
    scheduler.runFor(499);
    expect(a.events).not.toContain("socket closed");
    scheduler.runFor(10);
    expect(a.events.slice(-2)).toEqual(["kept closed", "socket closed"]);
  },
);

test("close tells a neighbour as soon as it can be told", () => {
  const { a, b, scheduler } = new Pair();
  a.takes = false;
  void a.links.close();
  scheduler.runFor(100);
  a.takes = true;
  scheduler.runFor(20);
  expect(a.events.slice(-2)).toEqual(["kept closed", "socket closed"]);
  expect(b.status).toMatchObject({ state: "down", code: "STOPPING" });
});

test("after close nothing happens any more", () => {
  const { a, b, scheduler } = new Pair();
  void a.links.close();
  const { sent } = a;
  a.events.length = 0;
  b.send();
  a.links.handleRevocations();
  scheduler.runFor(1_000);
  expect(a.events).toEqual([]);
  expect(a.sent).toBe(sent);
});
