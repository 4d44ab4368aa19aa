/**
 * The owner of cluster-flor's data thread gives it all orders, with any bytes and any numbers, while workloads connect and
 * peers of its connections say anything: the process lives, each call returns or throws, the thread goes on and its events can be
 * read. `npm run fuzz` goes on for as long as it is told.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type NativeCluster,
  type NativeClusterEvent,
  type NativeEndAdoption,
  type NativeStreamAddress,
  openDataPlane,
  OWN_NUMBERS_MIN,
  readClusterEvents,
} from "@florenetes/data-plane";
import { Random, runs } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Pair } from "../testing/conformance/index.ts";
import type { QuicConnection } from "../src/engine.ts";
import { nativeConnectionOf } from "../src/native/native-connection.ts";
import { clusterSettings as settings } from "./cluster-settings.ts";
import { nativeContext } from "./native-context.ts";
import { OddOrders, SIZES } from "./odd-orders.ts";

const SECONDS = Number(process.env["FLORENETES_SOAK"] ?? 0);
const SEED = Number(process.env["FLORENETES_SEED"] ?? 1);
const LANES = runs(20, 5);
const ORDERS = 500;
/** Ports, links, services, tunnels and trunks that most orders are about. */
const FEW = 3;
const CONNECTIONS = 6;
/** The service whose streams this process has itself. */
const OWN = 2;
/** The largest number of peers that can say something. */
const PEERS_MAX = 8;

const plane = openDataPlane();
const folder = mkdtempSync(join(tmpdir(), "florenetes-orders-"));
const { limits } = settings;

/** The workload of all services, and of nobody else on this machine. */
let sink: Server;

beforeAll(async () => {
  sink = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(sink, "listening");
});
afterAll(() => {
  sink.close();
  rmSync(folder, { recursive: true });
});

/** The other end of a connection of the thread: orders deliver what it sends, and it hears nothing. */
interface Peer {
  readonly quic: QuicConnection;
  readonly id: number;
  /** The number of the service; undefined: the connection is of a trunk. */
  readonly service: number | undefined;
}

/** Both ends say a byte on the control stream and hear the other's, as they have before a connection is given to the thread. */
function greet(pair: Pair): void {
  const heard = new Uint8Array(1);
  for (const [from, to] of [
    [pair.client, pair.server],
    [pair.server, pair.client],
  ] as const) {
    from.streamSend(0, Uint8Array.of(1), false);
    pair.settle();
    to.streamReceive(0, heard);
  }
}

class Orders {
  readonly #random: Random;
  readonly #lane: NativeCluster;
  readonly #odd: OddOrders;
  readonly #peers: Peer[] = [];
  /** The newest stream or flow that a peer has asked this process for, and the next stream that this process opens. */
  #asked = 0;
  #opened = OWN_NUMBERS_MIN;

  constructor(random: Random, lane: NativeCluster) {
    this.#random = random;
    this.#lane = lane;
    this.#odd = new OddOrders(random, folder, (sink.address() as AddressInfo).port);
  }

  /** Sets up what most orders are about: links, services, tunnels, and connections of either kind. */
  begin(): void {
    const [lane, { port }] = [this.#lane, sink.address() as AddressInfo];
    const entries = [0, 1, 2].flatMap((number) => [1, number, 100 + number, 0, 0, 5, number, 200 + number, 0, 0]);
    lane.setTable(Uint32Array.from(entries), 1_000_000, 1_000_000_000);
    for (let number = 0; number < FEW; number++) {
      lane.setLink(number, 0, 1 + number, 16_000, 16_000, 0);
      if (number === OWN) lane.setOwnService(number, 1_000, false, false);
      else lane.setService(number, number === 0 ? {} : { host: "127.0.0.1", port }, true, false);
      this.#adoptAs({ connection: 2 * number, trunk: number });
      this.#adoptAs({ connection: 2 * number + 1, service: number });
      lane.setCurrent(number, 2 * number);
      lane.listen(number, number, { host: "127.0.0.1", port: 0 });
    }
    for (const peer of this.#peers) this.#speakAs(peer);
  }

  /** Gives one order. The data thread may refuse it by an error. */
  give(): void {
    const [random, lane, odd] = [this.#random, this.#lane, this.#odd];
    const orders = [
      () => lane.openPort(this.#few(), odd.path(), odd.path()),
      () => lane.closePort(this.#few()),
      () => lane.sendMessage(this.#few(), odd.bytes()),
      () => lane.repeatMessage(this.#few(), odd.bytes(), odd.number()),
      () => lane.setKnownMessage(this.#few(), odd.bytes()),
      () => lane.heardMillisecondsAgo(this.#few()),
      () =>
        lane.setLink(
          this.#few(),
          this.#few(),
          odd.number(),
          random.below(17_000),
          random.below(17_000),
          random.below(256),
        ),
      () => lane.setTable(odd.tableNumbers(), odd.number(), odd.number()),
      () => lane.sendPacket(this.#few(), odd.number(), odd.bytes()),
      () => lane.deliverPacket(this.#few(), this.#maybe(this.#few()), odd.bytes()),
      () =>
        lane.setService(
          random.chance(0.9) ? random.below(OWN) : this.#few(),
          this.#streamAddress(),
          random.chance(0.5),
          random.chance(0.1),
        ),
      () =>
        lane.resolved(
          this.#few(),
          Array.from({ length: random.below(80) }, () => odd.address()[0]),
          odd.address()[1],
          odd.text(),
        ),
      () => lane.listen(this.#few(), this.#few(), this.#streamAddress()),
      () => lane.stopListening(this.#few()),
      () => lane.leadTunnel(this.#few(), this.#few()),
      () => lane.leadOwn(this.#few(), this.#few(), this.#few()),
      () => lane.setConnectWait(this.#few(), odd.number()),
      () => lane.setUnreachable(this.#few(), random.chance(0.5)),
      () => lane.setStreamsPerConnection(odd.number()),
      () =>
        random.chance(0.1) &&
        lane.setOwnService(
          this.#few(),
          random.pick([null, 20, 1_000, 0, -1, Number.NaN, 1e300]),
          random.chance(0.5),
          random.chance(0.1),
        ),
      () => this.#openOwn(),
      () => lane.answerStream(this.#workload()),
      () => lane.answerStream(this.#asked),
      () => lane.writeStream(this.#workload(), odd.bytes()),
      () => lane.sendDatagrams(odd.bytes()),
      () => lane.sendDatagrams(this.#datagram(odd.bytes().subarray(0, 9_000))),
      () => lane.takeStream(this.#workload()),
      () => lane.acknowledgeStream(this.#workload(), odd.number(), random.chance(0.2)),
      () => random.chance(0.3) && lane.endStream(this.#workload()),
      () => random.chance(0.3) && lane.resetStream(this.#workload(), random.pick([0, 1, odd.number()]), odd.text()),
      () => lane.setCurrent(this.#few(), this.#maybe(this.#connection())),
      () =>
        lane.setBeside(
          this.#few(),
          Uint32Array.from({ length: random.below(5) }, () => this.#connection()),
        ),
      () => lane.hold(this.#few(), this.#connection()),
      () => lane.refuseWaiting(this.#few(), odd.number(), odd.text()),
      () => this.#adopt(),
      () => lane.sendControl(this.#connection(), random.chance(0.8) ? Uint8Array.of(1, 0, 1, 9) : odd.bytes()),
      () => lane.setWay(this.#connection(), random.below(3), new Uint32Array(random.below(20)).fill(odd.number())),
      () => lane.shrink(this.#connection(), random.chance(0.5) ? 1_200 + random.below(300) : odd.number()),
      () => random.chance(0.2) && lane.drain(this.#connection()),
      () =>
        random.chance(0.2) && lane.closeConnection(this.#connection(), odd.number(), odd.text(), random.chance(0.5)),
      () => random.chance(0.2) && lane.abandon(this.#connection(), odd.number(), odd.text()),
      () => lane.repeatClose(this.#connection()),
      () => this.#speak(),
      () => this.#speak(),
      () => lane.flush(),
      () => random.chance(0.2) && lane.figures(),
    ];
    try {
      random.pick(orders)();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }

  handleEvent(event: NativeClusterEvent): void {
    if (event.kind === "streamAsked") this.#asked = event.workload;
    if (event.kind !== "listening" || event.tcpPort === 0) return;
    const workload = connect(event.tcpPort, "127.0.0.1").on("error", () => {});
    const bytes = this.#odd.bytes();
    if (this.#random.chance(0.5)) workload.end(bytes);
    else workload.write(bytes);
  }

  /** Hands over a connection that is up, one that is not, or one that was given away before, as either end. */
  #adopt(): void {
    const [random, odd] = [this.#random, this.#odd];
    const number = this.#few();
    this.#adoptAs({
      connection: this.#connection(),
      ...(random.chance(0.5) ? { trunk: number } : { service: number }),
      ...(random.chance(0.05) && { trunk: number, service: number }),
      ...(random.chance(0.2) && { words: new Uint32Array(random.below(20)).fill(odd.number()) }),
      ...(random.chance(0.2) && { payloadMax: odd.number() }),
      ...(random.chance(0.2) && { trafficClass: odd.number() }),
      ...(random.chance(0.1) && { isUncut: true }),
      ...(random.chance(0.1) && { isDraining: true }),
      ...(random.chance(0.2) && { controlUnsent: new Uint8Array(random.pick(SIZES)) }),
      ...(random.chance(0.2) && { targetPrefix: new Uint8Array(random.pick(SIZES)) }),
      ...(random.chance(0.2) && { quietMs: odd.number() }),
      ...(random.chance(0.2) && { peer: "p".repeat(Math.min(random.pick(SIZES), 5_000)) }),
    });
  }

  #adoptAs(adoption: Partial<NativeEndAdoption> & { readonly connection: number }): void {
    const random = this.#random;
    const { credentials, engine } = nativeContext(1)!;
    const pair = new Pair({ credentials, engine, now: () => 0, sleep: async () => {} });
    if (random.chance(0.9)) pair.settle();
    if (random.chance(0.9) && pair.hasServer) greet(pair);
    // The end is the wrong one now and then.
    const isClient = random.chance(0.9) === (adoption.trunk !== undefined) || !pair.hasServer;
    const [quic, peer] = isClient
      ? [pair.client, pair.hasServer ? pair.server : undefined]
      : [pair.server, pair.client];
    const id = random.below(2 * CONNECTIONS);
    const usual = {
      idHigh: 0,
      idLow: id,
      outLink: 0,
      words: Uint32Array.of(1 << 12),
      payloadMax: 1_452,
      trafficClass: 0,
      isUncut: false,
      isDraining: false,
      controlUnsent: new Uint8Array(),
      targetPrefix: new Uint8Array(),
      peer: "peer",
      quietMs: 0,
    };
    const native = nativeConnectionOf(quic)!;
    this.#lane.adopt({ ...usual, ...adoption }, native);
    if (peer !== undefined) this.#peers.push({ quic: peer, id, service: adoption.service });
    if (this.#peers.length > PEERS_MAX) this.#peers.shift();
    if (random.chance(0.1)) this.#lane.adopt({ ...usual, ...adoption }, native);
  }

  /** The peer of a connection says something on one of its streams, mostly an OPEN with bytes behind it. */
  #speak(): void {
    if (this.#peers.length > 0) this.#speakAs(this.#random.pick(this.#peers));
  }

  #speakAs({ quic, id, service }: Peer): void {
    const [random, odd] = [this.#random, this.#odd];
    for (let said = 0; said < 4; said++) {
      const stream = 4 * random.below(12);
      if (stream === 0) {
        // A message of the control stream, as an end of the connection may send it.
        quic.streamSend(0, Uint8Array.from([1, 0, 3, random.below(5), 5, random.chance(0.9) ? 0 : 255]), false);
        continue;
      }
      const opening = Uint8Array.of(1, 0, 2, 0, random.chance(0.8) ? 1 : 2, 7);
      quic.streamSend(stream, random.chance(0.9) ? opening : odd.bytes(), random.chance(0.05));
      if (random.chance(0.1)) quic.streamReset(stream, random.below(50));
      if (random.chance(0.1)) quic.streamStop(stream, random.below(50));
    }
    const packet = new Uint8Array(16 + 1_452);
    for (let length = 1; length > 0;) {
      // A size mark is set now and then.
      packet.set([(1 << 4) | (random.chance(0.1) ? 1 : 0), 32, 1, 0, 0, 0, 0, 0, 0, 0, 0, id]);
      length = quic.pollTransmit(packet.subarray(16), 0);
      if (length > 0) this.#lane.deliverPacket(random.below(FEW), service, packet.subarray(0, 16 + length));
    }
  }

  #streamAddress(): NativeStreamAddress {
    const [host, port] = this.#odd.address();
    const random = this.#random;
    return random.pick([
      { host, port },
      { host, port: 0 },
      { host, port, isUdp: true },
      { host, port: 0, flowIdleMs: random.pick([1, 20, 0, -1, Number.NaN, 1e300]) },
      { flowIdleMs: 20 },
      { path: this.#odd.path(), mode: random.pick([0o600, 0, 0o7777, 2 ** 32 - 1]) },
      {},
    ]);
  }

  #openOwn(): void {
    const [random, lane, odd] = [this.#random, this.#lane, this.#odd];
    const number = random.chance(0.9) ? this.#opened++ : odd.number();
    lane.openStream(number, this.#few(), this.#few(), random.chance(0.3));
    if (random.chance(0.5)) lane.writeStream(number, odd.bytes());
  }

  /** A datagram as orders have it. */
  #datagram(bytes: Uint8Array): Uint8Array {
    const head = Buffer.alloc(6);
    head.writeUInt32BE(this.#workload() >>> 0);
    head.writeUInt16BE(bytes.length, 4);
    return Buffer.concat([head, bytes]);
  }

  #workload(): number {
    const random = this.#random;
    if (random.chance(0.1)) return this.#odd.number();
    if (random.chance(0.5)) return Math.max(0, this.#asked - random.below(4));
    return Math.max(OWN_NUMBERS_MIN, this.#opened - random.below(4));
  }

  #few(): number {
    return this.#odd.numberBelow(FEW);
  }

  #connection(): number {
    return this.#odd.numberBelow(CONNECTIONS);
  }

  #maybe(number: number): number | undefined {
    return this.#random.chance(0.8) ? number : undefined;
  }
}

describe.skipIf(plane.kind === "absent")("the data thread (skipped where there is no cargo)", () => {
  test("lives with orders of any kind", { timeout: 2_000 * SECONDS + 120_000 }, async () => {
    if (plane.kind === "absent") return;
    const random = new Random(SEED);
    const endsAt = performance.now() + 1_000 * SECONDS;
    const told = new Set<string>();
    const least = ["portOpened", "portFailed", "listening", "listenFailed", "packet", "failed", "closed", "left"];
    least.push("resolve", "used", "streamAsked", "streamBytes", "streamReset");
    // A busy machine gives the workloads less time, so that it takes more lanes until all events have come.
    const isShort = (lanes: number): boolean => lanes < 20 * LANES && least.some((kind) => !told.has(kind));
    for (let lanes = 0; lanes < LANES || isShort(lanes) || performance.now() < endsAt; lanes++) {
      const lane = new plane.addon.NativeCluster(0, settings, () => {});
      const orders = new Orders(random, lane);
      orders.begin();
      const takeEvents = (): void => {
        const batch = lane.takeEvents();
        const isRead =
          batch === null ||
          readClusterEvents(batch, (event) => {
            told.add(event.kind);
            orders.handleEvent(event);
          });
        expect(isRead, "they can be read").toBe(true);
      };
      for (let given = 0; given < ORDERS; given++) {
        orders.give();
        if (!random.chance(0.2)) continue;
        takeEvents();
        // Workloads connect, write something and go.
        await new Promise((resolve) => setImmediate(resolve));
      }
      while (!lane.flush());
      // The answer comes behind all orders.
      expect(lane.figures(), `the thread answers after lane ${lanes} from seed ${SEED}`).not.toBeNull();
      takeEvents();
      lane.close();
      orders.give();
    }
    expect([...told]).toEqual(expect.arrayContaining(least));
  });

  test.each([
    ["a time that is none", { limits: { ...limits, silenceMs: 0 } }],
    ["a time without an end", { limits: { ...limits, dialMs: Infinity } }],
    ["no packets in a turn", { limits: { ...limits, packetsPerTurn: 0 } }],
    ["more streams than a connection has", { limits: { ...limits, streamsPerConnection: 2 ** 60 } }],
    ["half a seed", { seed: new Uint8Array(6) }],
  ])("does not begin with %s", (_, wrong) => {
    if (plane.kind === "absent") return;
    const { NativeCluster: Cluster } = plane.addon;
    expect(() => new Cluster(0, { ...settings, ...wrong }, () => {})).toThrow(/./);
  });
});
