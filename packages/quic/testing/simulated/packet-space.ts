import type { QuicConfig, QuicPacketHeader } from "../../src/engine.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { FrameReader, FrameWriter } from "./frames.ts";
import {
  isGenuine,
  keyOf,
  numberAt,
  NUMBER_LENGTH,
  type PacketKey,
  type PacketType,
  seal,
  TAG_LENGTH,
  writeHead,
} from "./packet.ts";
import { Recovery, type SentFrame } from "./recovery.ts";

const nothing = new Uint8Array(0);

/** How packets are addressed in the beginning. */
export interface FirstIds {
  readonly sourceId: Uint8Array;
  /** A client: of its own making. A server: the client's own. */
  readonly destinationId: Uint8Array;
  /** The destination ID of the client's first packet, or of the first after a Retry: initial packets are sealed with what follows from it. */
  readonly initialId: Uint8Array;
}

/** A packet that was opened. */
export interface OpenedPacket {
  readonly number: number;
  readonly frames: FrameReader;
}

/** The packets of a connection: their addresses, keys and numbers, which are of one space whatever their type. */
export class PacketSpace {
  readonly recovery: Recovery;
  readonly acknowledgements: Acknowledgements = new Acknowledgements();
  /** The key of all packets but the initial ones, once it is known. */
  sessionKey: PacketKey | undefined;
  /** The highest number of a short packet so far; -1 before any. */
  newest = -1;
  sent = 0;
  received = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Since when silence counts (RFC 9000, 10.1): something was heard, or something was asked after that. */
  quietSince: number;
  readonly isServer: boolean;
  readonly #sourceId: Uint8Array;
  #destinationId: Uint8Array;
  #initialKey: PacketKey;
  #token: Uint8Array = nothing;
  /** The peer has the session's key. */
  #hasPeerKey = false;
  #isAnswerAwaited = false;

  constructor(isServer: boolean, ids: FirstIds, config: QuicConfig, now: number) {
    this.quietSince = now;
    this.recovery = new Recovery(config.sendPayloadMax, config.initialRttMs);
    this.isServer = isServer;
    this.#sourceId = ids.sourceId;
    this.#destinationId = ids.destinationId;
    this.#initialKey = keyOf(ids.initialId);
  }

  get idLength(): number {
    return this.#sourceId.length;
  }

  get peerIdLength(): number {
    return this.#destinationId.length;
  }

  /** The type of the handshake packets that can be sent now. */
  get longType(): PacketType {
    const hasKey = this.isServer ? this.#hasPeerKey : this.sessionKey !== undefined;
    return hasKey ? "handshake" : "initial";
  }

  isGenuine(type: PacketType, packet: Uint8Array): boolean {
    const key = type === "initial" ? this.#initialKey : this.sessionKey;
    return key !== undefined && isGenuine(packet, key);
  }

  /** Opens a genuine packet; undefined when it came before. */
  open(header: QuicPacketHeader, packet: Uint8Array, now: number): OpenedPacket | undefined {
    const start = numberAt(header);
    const number = new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint32(start);
    if (this.acknowledgements.hasSeen(number)) return undefined;
    this.received++;
    this.bytesReceived += packet.length;
    this.quietSince = now;
    this.#isAnswerAwaited = false;
    if (header.type === "short") this.newest = Math.max(this.newest, number);
    else if (!this.isServer) this.#destinationId = new Uint8Array(header.sourceId);
    if (header.type === "handshake") this.#hasPeerKey = true;
    return { number, frames: new FrameReader(packet, start + NUMBER_LENGTH, packet.length - TAG_LENGTH) };
  }

  /** A client's first word was answered with a Retry (RFC 9000, 17.2.5): returns whether it is one for us. */
  handleRetry(header: QuicPacketHeader, packet: Uint8Array): boolean {
    if (this.received > 0 || this.#token.length > 0 || !isGenuine(packet, this.#initialKey)) return false;
    const tokenAt = 7 + header.destinationId.length + header.sourceId.length;
    this.#token = new Uint8Array(packet.subarray(tokenAt, packet.length - TAG_LENGTH));
    this.#destinationId = new Uint8Array(header.sourceId);
    this.#initialKey = keyOf(this.#destinationId);
    this.recovery.restart();
    return true;
  }

  /**
   * Writes a packet with an acknowledgement and with what `fill` gives; returns its length, or 0 when there is nothing.
   *
   * @param fill notes in `sent` what asks for an acknowledgement.
   */
  write(
    type: PacketType,
    out: Uint8Array,
    now: number,
    fill: (writer: FrameWriter, sent: SentFrame[]) => void,
  ): number {
    const head = { type, destinationId: this.#destinationId, sourceId: this.#sourceId, token: this.#token };
    const start = writeHead(head, out);
    const framesAt = start + NUMBER_LENGTH;
    const writer = new FrameWriter(out, framesAt, out.length - TAG_LENGTH);
    this.#writeAcknowledgement(type, writer, now);
    const sent: SentFrame[] = [];
    fill(writer, sent);
    if (writer.at === framesAt) return 0;
    const number = this.sent++;
    new DataView(out.buffer, out.byteOffset, out.byteLength).setUint32(start, number);
    const length = seal(out, writer.at, type === "initial" ? this.#initialKey : this.sessionKey!);
    this.bytesSent += length;
    if (sent.length > 0) this.#handleAsked(number, length, sent, now);
    return length;
  }

  #handleAsked(number: number, length: number, sent: readonly SentFrame[], now: number): void {
    this.recovery.handleSent(number, length, sent, now);
    if (!this.#isAnswerAwaited) this.quietSince = now;
    this.#isAnswerAwaited = true;
  }

  /** Packets of the handshake repeat the acknowledgement each time: the former ones may not have been heard. */
  #writeAcknowledgement(type: PacketType, writer: FrameWriter, now: number): void {
    if (type === "short" && !this.acknowledgements.isAsked) return;
    const frame = this.acknowledgements.frame(now);
    if (frame !== undefined && writer.write(frame)) this.acknowledgements.handleSent();
  }
}
