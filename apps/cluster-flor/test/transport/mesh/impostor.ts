/** A transit vertex that answers in the place of a service. */
import type { Credentials } from "@florenetes/identity";
import {
  connectionHighOf,
  connectionLowOf,
  headerSize,
  payloadOf,
  returnWords,
  writeHeader,
} from "@florenetes/forwarding";
import type { QuicConfig, QuicConnection } from "@florenetes/quic";
import { isBesideQuic } from "../../../src/transport/paths/probe-message.ts";
import type { TestLink } from "./mesh-link.ts";
import type { TestVertex } from "./mesh.ts";
import { every, type TransportWorld } from "../worlds/world.ts";

const none = new Uint8Array(0);

/** The impostor's first message: a handshake; a Retry; or a Version Negotiation that offers the version which the originator
 *  speaks already: only an attacker sends that. */
type FirstWord = "handshake" | "retry" | "version-negotiation";

export interface ImpostorOptions {
  readonly firstWord?: FirstWord;
  /** The impostor lets packets go on to the true service as well, and answers before that can. */
  readonly isRacing?: boolean;
}

interface Accepted {
  quic: QuicConnection | undefined;
  originalId: Uint8Array | undefined;
  readonly packet: Uint8Array;
}

/** Takes the connections that start on a link from now on; present connections go on untouched. The impostor is closed with its world. */
export class Impostor {
  readonly #world: TransportWorld;
  readonly #options: ImpostorOptions;
  readonly #config: QuicConfig;
  readonly #link: TestLink;
  readonly #originator: TestVertex;
  readonly #connections = new Map<string, Accepted>();
  readonly #untouched: ReadonlySet<string>;
  readonly #endTurns: () => void;
  readonly #out = new Uint8Array(1_400);

  constructor(
    world: TransportWorld,
    link: TestLink,
    originator: TestVertex,
    credentials: Credentials,
    options: ImpostorOptions = {},
  ) {
    this.#world = world;
    this.#options = options;
    this.#link = link;
    this.#originator = originator;
    this.#untouched = new Set(originator.transport.status().connections.map(({ id }) => id));
    this.#config = {
      credentials,
      applicationProtocol: "florenetes-transport/1",
      idleTimeoutMs: 0,
      receivePayloadMax: 1_200,
      sendPayloadMax: 1_200,
      streams: { connectionWindow: 65_536, streamWindow: 65_536, streamWindowMax: 65_536, bidirectionalMax: 16 },
      congestionControl: "bbr",
    };
    link.tap = (packet, isToService) => !isToService || this.#handlePacket(packet);
    this.#endTurns = every(world, 5, () => this.#turn());
    world.add(this);
  }

  /** The number of connections that were begun. */
  get attempts(): number {
    return this.#connections.size;
  }

  /** How many connections have shown it who the originator is. */
  get certificatesSeen(): number {
    return [...this.#connections.values()].filter(({ quic }) => quic?.peerCertificates() !== undefined).length;
  }

  close(): void {
    this.#endTurns();
    this.#link.tap = undefined;
  }

  /** Takes a packet, or returns true if the packet goes on. */
  #handlePacket(packet: Uint8Array): boolean {
    const payload = packet.slice(payloadOf(packet, 0));
    if (isBesideQuic(payload)) return true;
    const id = hex(connectionHighOf(packet, 0)) + hex(connectionLowOf(packet, 0));
    if (this.#untouched.has(id)) return true;
    const accepted = this.#connections.get(id) ?? { quic: undefined, originalId: undefined, packet: packet.slice() };
    this.#connections.set(id, accepted);
    this.#handlePayload(accepted, payload);
    this.#turn();
    return this.#options.isRacing === true;
  }

  #handlePayload(accepted: Accepted, payload: Uint8Array): void {
    const { engine, now } = this.#world;
    const header = engine.parseHeader(payload, 0);
    if (header?.type === "initial" && header.token.length === 0 && accepted.quic === undefined) {
      if (this.#options.firstWord === "retry") {
        accepted.originalId = header.destinationId.slice();
        return this.#answer(accepted, engine.writeRetry(header, none, Uint8Array.of(1), this.#out));
      }
      if (this.#options.firstWord === "version-negotiation") {
        this.#answer(accepted, engine.writeVersionNegotiation(header, this.#out));
      }
    }
    const { originalId } = accepted;
    if (accepted.quic === undefined) accepted.quic = engine.accept(this.#config, none, originalId, payload, now);
    else accepted.quic.handleDatagram(payload, now);
  }

  #turn(): void {
    const now = this.#world.now;
    for (const accepted of this.#connections.values()) {
      const { quic } = accepted;
      if (quic === undefined) continue;
      if (quic.nextTimeout(now) <= now) quic.handleTimeout(now);
      const out = this.#out.subarray(0, 1_200);
      for (let size = quic.pollTransmit(out, now); size > 0; size = quic.pollTransmit(out, now)) {
        this.#answer(accepted, size);
      }
      while (quic.pollEvent() !== undefined);
    }
  }

  #answer({ packet }: Accepted, size: number): void {
    const words = returnWords(packet, 0);
    const answer = new Uint8Array(headerSize(words.length) + size);
    const at = writeHeader(answer, 0, connectionHighOf(packet, 0), connectionLowOf(packet, 0), words);
    answer.set(this.#out.subarray(0, size), at);
    this.#link.inject(this.#originator, answer);
  }
}

function hex(half: number): string {
  return half.toString(16).padStart(8, "0");
}
