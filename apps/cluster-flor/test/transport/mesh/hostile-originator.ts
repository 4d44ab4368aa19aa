/** An originator with a valid certificate and no manners, beside a vertex that behaves. */
import { randomBytes } from "node:crypto";
import type { Credentials } from "@florenetes/identity";
import { headerSize, payloadOf, wordsOf, writeHeader } from "@florenetes/forwarding";
import type { QuicConnection, QuicEvent } from "@florenetes/quic";
import { APPLICATION_PROTOCOL, CONNECTION_WINDOW } from "../../../src/transport/limits.ts";
import { type Hello, encodeHello, encodeOpen, OpenKind } from "../../../src/transport/messages.ts";
import type { TestLink } from "./mesh-link.ts";
import type { TestVertex } from "./mesh.ts";
import { every, type TransportWorld } from "../worlds/world.ts";

const none = new Uint8Array(0);
/** The offsets of the cursor and the ConnectionId in a mesh packet. */
const cursorAt = 3;
const idAt = 4;

/** A whole OPEN message. */
export const open: Uint8Array = encodeOpen({ trafficClass: 0, kind: OpenKind.stream, asksTaken: false });

/** A connection of its own over a link, closed with its world. The originator speaks QUIC as it should, and sends on its streams whatever
 *  a test says. */
export class HostileOriginator {
  readonly quic: QuicConnection;
  readonly events: QuicEvent[] = [];
  readonly #world: TransportWorld;
  readonly #link: TestLink;
  readonly #service: TestVertex;
  readonly #id: Uint8Array = randomBytes(8);
  /** Labels that its packets have come by, and the service's. */
  readonly #labels: readonly number[];
  readonly #endTurns: () => void;
  readonly #tapBefore: TestLink["tap"];
  #nextStream = 4;

  /** @param gathered The labels that stand before the cursor when its packets arrive.
   *  @param streamWindow Bytes that the service may send on a stream before any are read. */
  constructor(
    world: TransportWorld,
    link: TestLink,
    service: TestVertex,
    credentials: Credentials,
    label = 900,
    gathered: readonly number[] = [],
    streamWindow = 65_536,
  ) {
    this.#world = world;
    this.#link = link;
    this.#service = service;
    this.#labels = [...gathered, label];
    const config = {
      credentials,
      applicationProtocol: APPLICATION_PROTOCOL,
      idleTimeoutMs: 0,
      receivePayloadMax: 1_200,
      sendPayloadMax: 1_200,
      streams: {
        connectionWindow: CONNECTION_WINDOW,
        streamWindow,
        streamWindowMax: streamWindow,
        bidirectionalMax: 0,
      },
      datagrams: { receiveQueueMax: 64, sendQueueMax: 64 },
      congestionControl: "bbr",
    } as const;
    this.quic = world.engine.connect(config, none, world.now);
    this.#endTurns = every(world, 2, () => this.turn());
    world.add(this);
    this.#tapBefore = link.tap;
    link.tap = (packet, toB) => this.#tap(packet) && (this.#tapBefore?.(packet, toB) ?? true);
    this.turn();
  }

  /** How the connection has ended, if it has. */
  get closed(): (QuicEvent & { kind: "closed" }) | undefined {
    return this.events.find((event) => event.kind === "closed");
  }

  /** Waits for the end of the handshake, and says hello. */
  async greet(hello: Partial<Hello> = {}): Promise<void> {
    await this.#world.until(() => this.quic.isEstablished);
    this.say(
      0,
      encodeHello({
        vertex: "m",
        startedAt: this.#world.wallClock().getTime(),
        ...randomIds(),
        trafficClass: 0,
        isUncut: false,
        quietSeconds: 0,
        ...hello,
      }),
    );
  }

  say(stream: number, bytes: Uint8Array, fin = false): void {
    this.quic.streamSend(stream, bytes, fin);
    this.turn();
  }

  /** Opens streams, as many as the credit allows, and writes the same bytes on each. Returns them. */
  openStreams(count: number, bytes: Uint8Array): number[] {
    const streams: number[] = [];
    for (; streams.length < count && this.quic.streamsLeft() > 0; this.#nextStream += 4) {
      if (this.quic.streamSend(this.#nextStream, bytes, false) < 0) break;
      streams.push(this.#nextStream);
      if (streams.length % 64 === 0) this.turn();
    }
    this.turn();
    return streams;
  }

  /** Opens this many streams, even if the congestion window does not let them go at once. */
  async openAll(count: number, bytes: Uint8Array): Promise<number[]> {
    const streams: number[] = [];
    await this.#world.until(() => {
      streams.push(...this.openStreams(count - streams.length, bytes));
      return streams.length === count;
    });
    return streams;
  }

  reset(streams: readonly number[]): void {
    for (const stream of streams) {
      this.quic.streamReset(stream, 1);
      this.quic.streamStop(stream, 1);
    }
    this.turn();
  }

  turn(): void {
    const now = this.#world.now;
    if (this.quic.nextTimeout(now) <= now) this.quic.handleTimeout(now);
    const packet = new Uint8Array(headerSize(this.#labels.length) + 1_200);
    const view = new DataView(this.#id.buffer, this.#id.byteOffset, 8);
    const at = writeHeader(packet, 0, view.getUint32(0), view.getUint32(4), wordsOf(this.#labels));
    packet[cursorAt] = this.#labels.length - 1;
    for (;;) {
      const length = this.quic.pollTransmit(packet.subarray(at), now);
      if (length === 0) break;
      this.#link.inject(this.#service, packet.slice(0, at + length));
    }
    for (let event = this.quic.pollEvent(); event !== undefined; event = this.quic.pollEvent()) this.events.push(event);
  }

  close(): void {
    this.#endTurns();
  }

  /** Whether the packet is for others: packets of this connection are taken off the link. */
  #tap(packet: Uint8Array): boolean {
    if (Buffer.compare(packet.subarray(idAt, idAt + 8), this.#id) !== 0) return true;
    this.quic.handleDatagram(packet.slice(payloadOf(packet, 0)), this.#world.now);
    return false;
  }
}

function randomIds(): Pick<Hello, "id" | "token"> {
  return { id: randomBytes(8).toString("hex"), token: randomBytes(16).toString("hex") };
}
