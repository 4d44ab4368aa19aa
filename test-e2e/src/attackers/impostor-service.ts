import {
  connectionHighOf,
  connectionLowOf,
  headerSize,
  payloadOf,
  returnWords,
  writeHeader,
} from "@florenetes/forwarding";
import type { QuicConfig, QuicConnection, QuicEvent } from "@florenetes/quic";
import { quicheEngine } from "@florenetes/quic/portable";

type Credentials = QuicConfig["credentials"];

const PAYLOAD_MAX = 1_200;
/** The fixed bit of QUIC, which is set in every packet of version 1 (RFC 9000, 17). */
const QUIC_FIXED_BIT = 0x40;

interface Accepted {
  readonly quic: QuicConnection;
  /** The mesh header of an answer to the connection's first packet. */
  readonly answerTo: Uint8Array;
}

/** The far end of end-to-end connections, with whatever certificate a test gives it. It says nothing after the handshake. */
export class ImpostorService {
  /** The events of its connections, in order: that they were established, and how they ended. */
  readonly events: QuicEvent[] = [];
  readonly #credentials: Credentials;
  readonly #send: (packet: Uint8Array) => void;
  readonly #connections = new Map<string, Accepted>();

  /** @param send puts a mesh packet on the link that the connections come over */
  constructor(credentials: Credentials, send: (packet: Uint8Array) => void) {
    this.#credentials = credentials;
    this.#send = send;
  }

  /** The number of connections that have shown the certificate of the originator. */
  get certificatesSeen(): number {
    return [...this.#connections.values()].filter(({ quic }) => quic.peerCertificates() !== undefined).length;
  }

  /** Takes a mesh packet that was delivered to the service. Probes of the path, which are no QUIC, get no answer. */
  handlePacket(packet: Uint8Array): void {
    if ((packet[payloadOf(packet, 0)]! & QUIC_FIXED_BIT) === 0) return;
    const id = `${connectionHighOf(packet, 0)} ${connectionLowOf(packet, 0)}`;
    const known = this.#connections.get(id);
    const payload = Uint8Array.from(packet.subarray(payloadOf(packet, 0)));
    if (known === undefined) this.#accept(id, packet, payload);
    else known.quic.handleDatagram(payload, performance.now());
  }

  /** Does all that is due. */
  turn(now: number): void {
    const out = new Uint8Array(PAYLOAD_MAX);
    for (const { quic, answerTo } of this.#connections.values()) {
      if (quic.nextTimeout(now) <= now) quic.handleTimeout(now);
      for (let size = quic.pollTransmit(out, now); size > 0; size = quic.pollTransmit(out, now)) {
        this.#send(answer(answerTo, out.subarray(0, size)));
      }
      for (let event = quic.pollEvent(); event !== undefined; event = quic.pollEvent()) this.events.push(event);
    }
  }

  #accept(id: string, packet: Uint8Array, payload: Uint8Array): void {
    const config: QuicConfig = {
      credentials: this.#credentials,
      applicationProtocol: "florenetes-transport/1",
      idleTimeoutMs: 5_000,
      receivePayloadMax: PAYLOAD_MAX,
      sendPayloadMax: PAYLOAD_MAX,
      streams: { connectionWindow: 65_536, streamWindow: 65_536, streamWindowMax: 65_536, bidirectionalMax: 1 },
      congestionControl: "bbr",
    };
    const quic = quicheEngine.accept(config, new Uint8Array(0), undefined, payload, performance.now());
    this.#connections.set(id, { quic, answerTo: packet.slice(0, payloadOf(packet, 0)) });
  }
}

function answer(header: Uint8Array, payload: Uint8Array): Uint8Array {
  const words = returnWords(header, 0);
  const packet = new Uint8Array(headerSize(words.length) + payload.length);
  packet.set(payload, writeHeader(packet, 0, connectionHighOf(header, 0), connectionLowOf(header, 0), words));
  return packet;
}
