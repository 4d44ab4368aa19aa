import { foreignText } from "@florenetes/operator-text";
import {
  type PeerRefusal,
  type QuicCloseCause,
  type QuicConfig,
  type QuicConnection,
  type QuicEvent,
  type QuicPacketHeader,
  type QuicStats,
  StreamResult,
} from "../../src/engine.ts";
import { CLOSE_REASON_LENGTH_MAX } from "../../src/limits.ts";
import { parsePacketHeader, QUIC_VERSION } from "../../src/packet-header.ts";
import { RESET_TOKEN_LENGTH } from "../../src/stateless-reset.ts";
import { alertCode } from "../../src/tls-alert.ts";
import { Closing, type EndState } from "./closing.ts";
import { datagramAgeMaxMs } from "../../src/datagram-age.ts";
import { DatagramQueues } from "./datagram-queues.ts";
import { type Frame, type FrameReader, isEliciting } from "./frames.ts";
import { Handshake, type HandshakeOptions, type HandshakeOutcome } from "./handshake.ts";
import { hexOf } from "./hello.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";
import type { PacketType } from "./packet.ts";
import { type FirstIds, PacketSpace } from "./packet-space.ts";
import { Streams } from "./streams.ts";
import { type CloseFrame, Transmitter } from "./transmitter.ts";

/** RFC 9000, 20.1. */
const CONNECTION_REFUSED = 0x02;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type ClosedEvent = Extract<QuicEvent, { kind: "closed" }>;
type Ending = Omit<ClosedEvent, "kind" | "cause">;

/**
 * A connection of the simulated engine.
 *
 *     handshaking ──▶ established ──▶ ended: closing, draining, over (closing.ts)
 *          └───────────────────────────▶┘
 */
export class SimulatedConnection implements QuicConnection {
  owner: string | undefined;
  onDue: (() => void) | undefined;
  readonly #config: QuicConfig;
  readonly #isServer: boolean;
  readonly #handshake: Handshake;
  readonly #packets: PacketSpace;
  readonly #streams: Streams;
  readonly #datagrams: DatagramQueues;
  readonly #transmitter: Transmitter;
  readonly #events: QuicEvent[] = [];
  #isEstablished = false;
  /** Both know that the handshake is complete: no packets of it are needed any more. */
  #isConfirmed = false;
  #closing: Closing | undefined;
  #ignored = 0;
  /** The time of the last call that told it; calls without a time go by it. */
  #now: number;

  constructor(options: HandshakeOptions, ids: FirstIds, now: number) {
    const { config, isServer } = options;
    this.#config = config;
    this.#isServer = isServer;
    this.#handshake = new Handshake(options);
    this.#packets = new PacketSpace(isServer, ids, config, now);
    this.#streams = new Streams(isServer, config.streams);
    this.#datagrams = new DatagramQueues(config.datagrams);
    this.#transmitter = new Transmitter({
      packets: this.#packets,
      handshake: this.#handshake,
      streams: this.#streams,
      datagrams: this.#datagrams,
      sendPayloadMax: config.sendPayloadMax,
    });
    this.#now = now;
  }

  // ── Packets in ──────────────────────────────────────────────────────────────────────────────────────────────────────

  handleDatagram(datagram: Uint8Array, now: number): void {
    this.#now = now;
    if (this.#closing !== undefined) return this.#closing.handleLate();
    const header = parsePacketHeader(datagram, this.#packets.idLength);
    const isHeard = header !== undefined && this.#handlePacket(header, datagram, now);
    if (!isHeard) this.#ignored++;
    // An engine may decrypt the packet where it lies, so that nobody may read it after the call.
    datagram.fill(0xa5);
  }

  /** Whether there was anything to it. */
  #handlePacket(header: QuicPacketHeader, packet: Uint8Array, now: number): boolean {
    const { type } = header;
    if (type === "retry") return !this.#isServer && this.#packets.handleRetry(header, packet);
    if (type === "version-negotiation") return this.#handleVersions(packet, now);
    if (type === "0rtt" || header.version !== QUIC_VERSION || !this.#isOfUse(type)) return false;
    if (!this.#packets.isGenuine(type, packet)) return type === "short" && this.#handleReset(packet, now);
    const opened = this.#packets.open(header, packet, now);
    if (opened === undefined) return false;
    this.#handleFrames(opened.frames, opened.number, now);
    return true;
  }

  /** Short packets are heard only when the handshake is complete here, and initial ones until it is complete on both sides. */
  #isOfUse(type: PacketType): boolean {
    if (type === "initial") return !this.#isConfirmed;
    return type === "handshake" || this.#isEstablished;
  }

  #handleFrames(reader: FrameReader, number: number, now: number): void {
    let isToBeAnswered = false;
    for (let frame = reader.read(); frame !== undefined; frame = reader.read()) {
      isToBeAnswered ||= isEliciting(frame);
      this.#handleFrame(frame, now);
      if (this.#closing !== undefined) return;
    }
    this.#packets.acknowledgements.handlePacket(number, isToBeAnswered, now);
  }

  #handleFrame(frame: Frame, now: number): void {
    switch (frame.kind) {
      case "ping":
        return;
      case "ack":
        return this.#packets.recovery.handleAcknowledgement(frame.ranges, frame.delayMs, now);
      case "crypto":
        return this.#handleOutcome(this.#handshake.handleBytes(frame.offset, frame.bytes), now);
      case "handshake-done":
        return this.#confirm();
      case "datagram":
        return this.#datagrams.handleFrame(frame.bytes);
      case "close":
        return this.#handleClose(frame, now);
      default: {
        const error = this.#streams.handleFrame(frame);
        if (error !== undefined) this.#fail(error, now);
      }
    }
  }

  #handleOutcome(outcome: HandshakeOutcome | undefined, now: number): void {
    this.#packets.sessionKey = this.#handshake.sessionKey;
    if (outcome?.kind === "established") this.#establish();
    else if (outcome?.kind === "failed") this.#fail(outcome.code, now);
    else if (outcome?.kind === "unwanted") this.#refuse(outcome.refusal, now);
  }

  #establish(): void {
    const { peer } = this.#handshake;
    this.#isEstablished = true;
    this.#events.push({ kind: "established" });
    this.#streams.handlePeerLimits(peer!);
    if (!this.#isServer) return;
    this.#transmitter.isDoneDue = true;
    this.#confirm();
  }

  #confirm(): void {
    if (this.#isConfirmed || !this.#isEstablished) return;
    this.#isConfirmed = true;
    // The client has heard all packets of the handshake: without them it could not have got here.
    if (this.#isServer) this.#packets.recovery.forget();
  }

  /** RFC 9000, 6.2. */
  #handleVersions(packet: Uint8Array, now: number): boolean {
    if (this.#isServer || this.#packets.received > 0) return false;
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const first = 7 + packet[5]! + packet[6 + packet[5]!]!;
    for (let at = first; at + 4 <= packet.length; at += 4) if (view.getUint32(at) === QUIC_VERSION) return false;
    this.#end("over", "local", { isApplication: false, code: CONNECTION_REFUSED, reason: "no common version" }, now);
    return true;
  }

  /** RFC 9000, 10.3.1. */
  #handleReset(packet: Uint8Array, now: number): boolean {
    const token = this.#handshake.peerResetToken;
    if (token === "" || hexOf(packet.subarray(-RESET_TOKEN_LENGTH)) !== token) return false;
    this.#end("over", "reset", { isApplication: false, code: 0, reason: "" }, now);
    return true;
  }

  // ── Packets out ─────────────────────────────────────────────────────────────────────────────────────────────────────

  pollTransmit(out: Uint8Array, now: number): number {
    this.#now = now;
    this.#datagrams.haveLeft = false;
    if (this.#datagrams.sendLength > 0) this.#datagrams.dropLate(datagramAgeMaxMs(this.stats()), now);
    if (this.#closing !== undefined) {
      return this.#closing.pollTransmit(out, this.#transmitter, this.#isEstablished, now);
    }
    const length = this.#isConfirmed ? 0 : this.#transmitter.pollLong(out, this.#isEstablished, now);
    return length === 0 && this.#isEstablished ? this.#transmitter.pollShort(out, now) : length;
  }

  // ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  handleTimeout(now: number): void {
    this.#now = now;
    if (this.#closing !== undefined) {
      this.#closing.handleTimeout(now);
      if (this.#closing.isUntold) this.#packets.recovery.handleTimeout(now);
    } else if (now >= this.#idleAt) {
      this.#end("over", "idle", { isApplication: false, code: 0, reason: "" }, now);
    } else {
      this.#packets.recovery.handleTimeout(now);
      this.#packets.acknowledgements.handleTimeout(now);
    }
  }

  nextTimeout(): number {
    const closing = this.#closing;
    if (closing?.isUntold === true) return Math.min(closing.nextTimeout(), this.#packets.recovery.nextTimeout());
    if (closing !== undefined) return closing.nextTimeout();
    return Math.min(this.#idleAt, this.#packets.recovery.nextTimeout(), this.#packets.acknowledgements.nextTimeout());
  }

  /** RFC 9000, 10.1. */
  get #idleAt(): number {
    const own = this.#config.idleTimeoutMs || Infinity;
    const idleMs = Math.min(own, this.#handshake.peer?.idleTimeoutMs || Infinity);
    return this.#packets.quietSince + Math.max(idleMs, 3 * this.#packets.recovery.probeTimeout);
  }

  // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  close(code: number, reason: string): void {
    if (this.#closing !== undefined) return;
    const isTold = this.#packets.sent > 0 || this.#isServer;
    this.#end(isTold ? "closing" : "over", "local", { isApplication: true, code, reason }, this.#now);
  }

  #fail(code: number, now: number): void {
    this.#end("closing", "local", { isApplication: false, code, reason: "" }, now);
  }

  #refuse({ code, reason, alert }: PeerRefusal, now: number): void {
    const why = { isApplication: true, code, reason };
    if (alert === undefined) return this.#end("over", "local", why, now);
    this.#end("closing", "local", why, now, { isApplication: false, code: alertCode(alert), reason: "" });
  }

  #handleClose({ isApplication, code, reason: bytes }: CloseFrame, now: number): void {
    const reason = foreignText(decoder.decode(bytes), CLOSE_REASON_LENGTH_MAX);
    this.#end("draining", "peer", { isApplication, code, reason }, now);
  }

  /** @param told What the peer is told; by default, all that the application is. */
  #end(state: EndState, cause: QuicCloseCause, why: Ending, now: number, told: Ending = why): void {
    const reason = encoder.encode(told.reason).subarray(0, REASON_LENGTH_MAX);
    this.#closing = new Closing(state, { ...told, kind: "close", reason }, this.#packets.recovery.probeTimeout, now);
    this.#events.push({ ...why, kind: "closed", cause });
  }

  // ── For the application ─────────────────────────────────────────────────────────────────────────────────────────────

  pollEvent(): QuicEvent | undefined {
    return this.#events.shift();
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  authenticatedPackets(): number {
    return this.#packets.received;
  }

  ignoredDatagrams(): number {
    return this.#ignored;
  }

  get newestPacket(): number {
    return this.#packets.newest;
  }

  peerCertificates(): Uint8Array[] | undefined {
    return this.#handshake.peerChain;
  }

  ping(): void {
    this.#transmitter.isPingDue = true;
  }

  stats(): QuicStats {
    const { recovery, sent, received, bytesSent, bytesReceived } = this.#packets;
    return {
      rttMs: Math.round(recovery.rttMs),
      minRttMs: Math.round(recovery.minRttMs),
      congestionWindow: recovery.congestionWindow,
      deliveryRate: recovery.deliveryRate,
      packetsSent: sent,
      packetsReceived: received,
      packetsLost: recovery.packetsLost,
      bytesSent,
      bytesReceived,
    };
  }

  datagramSizeMax(): number {
    return this.#isEstablished ? this.#transmitter.datagramSizeMax : 0;
  }

  sendDatagram(datagram: Uint8Array): boolean {
    const sizeMax = this.datagramSizeMax();
    if (this.#closing !== undefined || sizeMax === 0 || datagram.length > sizeMax) return false;
    return this.#datagrams.send(datagram);
  }

  datagramSendQueueLength(): number {
    return this.#datagrams.sendLength;
  }

  get lateDatagrams(): number {
    return this.#datagrams.late;
  }

  get holdsDatagrams(): boolean {
    return this.#datagrams.haveLeft;
  }

  receiveDatagram(out: Uint8Array): number {
    return this.#datagrams.receive(out);
  }

  readableStreams(): readonly number[] {
    return this.#closing === undefined ? this.#streams.readable() : [];
  }

  streamSend(id: number, bytes: Uint8Array, fin: boolean): number {
    return this.#closing === undefined ? this.#streams.send(id, bytes, fin, this.#room) : StreamResult.gone;
  }

  streamReceive(id: number, out: Uint8Array): number {
    if (this.#closing !== undefined) return StreamResult.gone;
    return this.#streams.receive(id, out, this.#packets.recovery.rttMs, this.#now);
  }

  get streamEnded(): boolean {
    return this.#streams.ended;
  }

  get streamErrorCode(): number {
    return this.#streams.errorCode;
  }

  streamCapacity(id: number): number {
    return this.#closing === undefined ? this.#streams.capacity(id, this.#room) : StreamResult.gone;
  }

  streamReset(id: number, code: number): void {
    if (this.#closing === undefined) this.#streams.reset(id, code);
  }

  streamStop(id: number, code: number): void {
    if (this.#closing === undefined) this.#streams.stop(id, code);
  }

  streamsLeft(): number {
    return this.#streams.left;
  }

  /** Bytes of streams that the congestion window has room for. */
  get #room(): number {
    const { congestionWindow, inFlight } = this.#packets.recovery;
    return Math.max(0, congestionWindow - inFlight - this.#streams.unsent);
  }
}
