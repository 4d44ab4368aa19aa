/** A connection's end in virtual time, opposite a QUIC connection that a test drives by hand. */
import { payloadOf, TrafficClass } from "@florenetes/forwarding";
import { Term } from "@florenetes/identity";
import type { QuicConnection } from "@florenetes/quic";
import { simulatedEngine } from "@florenetes/quic/simulated";
import { Random, Scheduler, Station } from "@florenetes/simkit";
import type { PacketOrigin } from "../../../src/forwarding/interfaces.ts";
import type { ConnectionEnd } from "../../../src/transport/codes.ts";
import { DatagramDrops } from "../../../src/transport/datagrams/flow-account.ts";
import type { ConnectionHost, ConnectionRole } from "../../../src/transport/connections/connection-role.ts";
import { EngineConnection } from "../../../src/transport/connections/engine-connection.ts";
import { quicConfig } from "../../../src/transport/connections/quic-settings.ts";
import { defaultLimits, type TransportLimits } from "../../../src/transport/limits.ts";
import { encodeHello, plainCarriage } from "../../../src/transport/messages.ts";
import { PACKET_BUFFER_SIZE } from "../../../src/transport/packets/packet-sender.ts";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";
import { ChunkBuffer } from "../../../src/transport/streams/relay-host.ts";
import { Turns } from "../../../src/transport/turns.ts";

const delayMs = 10;
/** Node's timers do not fire sooner. */
const timerMsMin = 1;
const link = 0;
const payloadMax = 1_200;
const nothing = new Uint8Array(0);
const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
/** The certificates may be anything: the engine is told to let everyone in. */
const anyone = { certificateChainPem: pem, privateKeyPem: "none", trustBundlePem: pem };
const proven = {
  principal: "service/web",
  certificates: [],
  keyHash: "00",
  term: new Term(new Date(8_640_000_000_000_000), 0, undefined),
};
const hello = encodeHello({
  vertex: "b",
  startedAt: 1,
  id: "0123456789abcdef",
  token: "00".repeat(16),
  trafficClass: TrafficClass.reliable,
  isUncut: false,
  quietSeconds: 0,
});

/** The end of an originator. */
export class LoneConnection {
  readonly scheduler = new Scheduler();
  readonly limits: TransportLimits;
  readonly connection: EngineConnection;
  /** How often the connection's timer has fired. */
  wakes = 0;
  /** If true, no packet of either end arrives. */
  isCut = false;
  end: ConnectionEnd | undefined;
  isGone = false;
  /** Packets that have left. */
  packets = 0;
  readonly #turns: Turns<EngineConnection>;
  readonly #engine = simulatedEngine({ random: this.#randomOf(7), verifyChain: () => undefined });
  #isWritable = true;
  #peer: QuicConnection | undefined;
  #peerStation: Station | undefined;

  constructor(limits: Partial<TransportLimits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
    this.#turns = new Turns({
      wakeUps: { soon: (call) => void this.scheduler.after(0, call), timer: (call) => this.#timer(call) },
      now: () => this.scheduler.now,
      perTurn: this.limits.connectionsPerTurn,
      onBegin: () => {},
      onFlushed: () => {},
    });
    const quic = this.#engine.connect(this.#config, nothing, 0);
    const way = { outLink: link, words: Uint32Array.of(900) };
    const own = { ...proven, principal: "user/alice" };
    const place = { idHigh: 1, idLow: 2, way, payloadMax, own, carriage: plainCarriage };
    this.connection = new EngineConnection(this.#host(), this.#role(), quic, place, 0);
    this.connection.touch();
  }

  /** The other end. */
  get peer(): QuicConnection {
    return this.#peer!;
  }

  /** Lets the other end do something, and send what comes of it. */
  actAsPeer(action: (peer: QuicConnection, now: number) => void): void {
    this.#peerStation!.run((now) => action(this.peer, now));
  }

  /** Both ends have shaken hands, and the other one has said hello. */
  open(): void {
    this.runFor(10 * delayMs);
    this.actAsPeer((peer) => peer.streamSend(0, hello, false));
    this.runFor(10 * delayMs);
  }

  runFor(milliseconds: number): void {
    this.scheduler.runFor(milliseconds);
  }

  set isWritable(isWritable: boolean) {
    this.#isWritable = isWritable;
    if (isWritable) this.#turns.handleLinkWritable(link);
  }

  get #config(): ReturnType<typeof quicConfig> {
    return quicConfig(anyone, payloadMax, 512, this.limits);
  }

  #randomOf(seed: number): () => number {
    const random = new Random(seed);
    return () => random.next();
  }

  #timer(call: () => void): { set(at: number): void; close(): void } {
    let earliest = Infinity;
    let cancel = (): void => {};
    return {
      set: (at) => {
        if (at >= earliest) return;
        cancel();
        earliest = at;
        cancel = this.scheduler.at(Math.max(at, this.scheduler.now + timerMsMin), () => {
          earliest = Infinity;
          this.wakes++;
          call();
        });
      },
      close: () => cancel(),
    };
  }

  #host(): ConnectionHost<EngineConnection> {
    const origin: PacketOrigin = {
      sendFromHere: (_link, packet, start, end) => this.#send(packet.slice(payloadOf(packet, start), end)),
      isGuessing: () => false,
      flush: () => {},
      isUp: () => true,
      isWritable: () => this.#isWritable,
      mtu: () => 16_384,
      preferredMtu: () => 16_384,
      quietSeconds: () => 0,
    };
    return {
      origin,
      limits: this.limits,
      budget: new MemoryBudget(Infinity),
      chunk: new ChunkBuffer(),
      shortage: undefined,
      helloFor: () => hello,
      out: new Uint8Array(PACKET_BUFFER_SIZE),
      mark: (connection) => this.#turns.mark(connection),
      waitForLink: (connection, outLink) => this.#turns.wait(connection, outLink),
      setDeadline: (sleeper, deadline) => this.#turns.setDeadline(sleeper, deadline),
      handleGreeted: () => {},
      forget: (connection) => {
        this.isGone = true;
        this.#turns.forget(connection);
      },
    };
  }

  #role(): ConnectionRole<EngineConnection> {
    return {
      isAcceptor: false,
      isWatchful: false,
      datagramDrops: new DatagramDrops(),
      acceptStreams: () => undefined,
      handleEstablished: () => proven,
      handleHello: () => undefined,
      handleRenewal: () => {},
      handlePressure: () => {},
      handleReset: () => {},
      handleSizeDoubt: () => {},
      handleSilent: () => {},
      handleUnanswered: () => {},
      handleAnswered: () => {},
      handleRoom: () => {},
      handleClosed: (_connection, end) => {
        this.end = end;
      },
    };
  }

  #send(payload: Uint8Array): boolean {
    this.packets++;
    if (!this.isCut) this.scheduler.after(delayMs, () => this.#deliverToPeer(payload));
    return true;
  }

  #deliverToPeer(payload: Uint8Array): void {
    const now = this.scheduler.now;
    if (this.#peerStation !== undefined) {
      return this.#peerStation.run(() => this.peer.handleDatagram(payload, now));
    }
    const peer = this.#engine.accept(this.#config, nothing, undefined, payload, now);
    const buffer = new Uint8Array(payloadMax);
    this.#peer = peer;
    const core = {
      handleTimeout: (at: number) => peer.handleTimeout(at),
      nextTimeout: () => peer.nextTimeout(this.scheduler.now),
    };
    this.#peerStation = new Station(this.scheduler, core, (at) => {
      for (let length = peer.pollTransmit(buffer, at); length > 0; length = peer.pollTransmit(buffer, at)) {
        this.#deliver(buffer.slice(0, length));
      }
    });
    this.#peerStation.run();
  }

  #deliver(payload: Uint8Array): void {
    if (this.isCut) return;
    this.scheduler.after(delayMs, () => this.connection.handlePayload(payload, this.scheduler.now));
  }
}
