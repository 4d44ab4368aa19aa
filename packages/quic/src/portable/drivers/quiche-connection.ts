import { weigh } from "@florenetes/native";
import { AckDelay } from "../ack-delay.ts";
import type { PeerRefusal, QuicConfig, QuicConnection, QuicEvent, QuicStats } from "../../engine.ts";
import { StreamResult } from "../../engine.ts";
import { alertCode } from "../../tls-alert.ts";
import { cutShortPacket, hasShortPacket } from "../../guard/coalesced-packets.ts";
import { closeCodeOf, violations } from "../../guard/violation.ts";
import { hasLongHeader, IgnoredDatagrams } from "../ignored-datagrams.ts";
import { CanaryBox } from "./canary-box.ts";
import { Farewell } from "../farewell.ts";
import type { FirstFlight } from "./first-flight.ts";
import { HandshakeBudget } from "../handshake-budget.ts";
import { handshakeClosePackets } from "./handshake-close.ts";
import { type NativeConnection, receive } from "./native-connection.ts";
import { NativeDeadline } from "./native-deadline.ts";
import { LONG_HANDSHAKE_WEIGHT } from "../limits.ts";
import { PacketGuard } from "../../guard/drivers/packet-guard.ts";
import { closingOf, type OwnClose } from "./quiche-closing.ts";
import { transportCode } from "./quiche-errors.ts";
import { statsOf } from "./quiche-stats.ts";
import { QuicheDatagrams } from "./quiche-datagrams.ts";
import { QuicheStreams } from "./quiche-streams.ts";

/** RFC 9000, 20.1: CONNECTION_REFUSED. */
const CONNECTION_REFUSED = 0x02;

/** RFC 9000, 17.2.5. */
const LONG_TYPE_MASK = 0xf0;
const RETRY_TYPE = 0xf0;

const encoder = new TextEncoder();

/** A server's first flight, or how a client judges its peer. */
type Role = { readonly firstFlight?: FirstFlight; readonly judgePeer?: QuicConfig["judgePeer"] };

/**
 *     handshaking ──quiche is established, and the peer judged──▶ established ──▶ closed
 *          └── refused, closed, silent, reset ──▶ failed
 *
 * The last two are its end: whose doing, and whether there is still something to be said of it, `Farewell` knows.
 */
type ConnectionState = "handshaking" | "established" | "failed" | "closed";

/** A quiche connection. Every call into the binding costs 0.1 µs and more, so answers that cannot change are kept. */
export class QuicheConnection implements QuicConnection {
  onDue: (() => void) | undefined;
  #native: NativeConnection;
  readonly #isServer: boolean;
  /** A server's, until the client's first flight is here. */
  #firstFlight: FirstFlight | undefined;
  readonly #events: QuicEvent[] = [];
  readonly #acks = new AckDelay();
  readonly #ignored = new IgnoredDatagrams();
  /** The time of the last call that told it; calls without a time go by it. */
  #now = 0;
  #state: ConnectionState = "handshaking";
  /** Something was done since quiche was last asked whether its state has changed. */
  #isUnobserved = true;
  readonly #deadline = new NativeDeadline();
  readonly #canaries = new CanaryBox();
  readonly #guard: PacketGuard;
  readonly #streams: QuicheStreams;
  readonly #datagrams: QuicheDatagrams;
  readonly #handshake = new HandshakeBudget();
  #ownClose: OwnClose | undefined;
  readonly #farewell = new Farewell();
  readonly #transmitBound = (out: Uint8Array): number => this.#transmit(out);
  readonly #judgePeer: QuicConfig["judgePeer"];

  constructor(native: NativeConnection, { firstFlight, judgePeer }: Role) {
    this.#native = native;
    this.#judgePeer = judgePeer;
    this.#isServer = firstFlight !== undefined;
    this.#guard = new PacketGuard(this.#isServer, native.sourceId().length);
    const { ledger } = this.#guard.core;
    ledger.onTooMany = () => {
      this.#handleChange();
      this.onDue?.();
    };
    this.#streams = new QuicheStreams(native, this.#acks, ledger);
    this.#datagrams = new QuicheDatagrams(native, this.#acks, ledger);
    this.#firstFlight = firstFlight;
  }

  handleDatagram(datagram: Uint8Array, now: number): void {
    if (this.#isOver) return this.#farewell.handleLate();
    this.#handleChange();
    this.#now = now;
    if (hasLongHeader(datagram)) {
      this.#receiveLong(datagram);
    } else {
      this.#ignored.handleShort();
      this.#receiveShort(datagram);
    }
    this.#acks.handlePacket(now);
    this.#datagrams.handleTime(now);
    if (this.#state === "handshaking" || this.#datagrams.isBacklogged) this.#acks.handleWork();
  }

  handleTimeout(now: number): void {
    this.#deadline.handleChange();
    this.#acks.handleTimeout(now);
    this.#native.onTimeout();
    this.#observe(true);
    if (this.#isOver && this.#native.isClosed()) this.#farewell.handleOver();
  }

  pollTransmit(out: Uint8Array, now: number): number {
    if (this.isClosed) return this.#farewell.transmit(out, this.#transmitBound);
    this.#now = now;
    this.#datagrams.handleTime(now);
    if (!this.#acks.isDue(now)) return 0;
    const length = this.#canaries.transmit(out) || this.#transmit(out);
    if (length === 0) this.#handleDrained();
    return length;
  }

  pollEvent(): QuicEvent | undefined {
    if (this.#isUnobserved) this.#observe(false);
    return this.#events.shift();
  }

  nextTimeout(now: number): number {
    if (this.#farewell.isOver) return Infinity;
    const deadline = this.#deadline.at(this.#native, now);
    return this.#isOver ? deadline : Math.min(deadline, this.#acks.nextTimeout());
  }

  get owner(): string | undefined {
    return this.#guard.core.ledger.owner;
  }

  set owner(owner: string | undefined) {
    this.#guard.core.ledger.owner = owner;
  }

  get isEstablished(): boolean {
    if (this.#isUnobserved) this.#observe(false);
    return this.#state === "established" || this.#state === "closed";
  }

  get isClosed(): boolean {
    if (this.#isUnobserved) this.#observe(false);
    return this.#isOver;
  }

  authenticatedPackets(): number {
    return this.#native.stats().recv;
  }

  ignoredDatagrams(): number {
    return this.#ignored.count(this.authenticatedPackets());
  }

  get newestPacket(): number {
    return this.#guard.newestPacket;
  }

  peerCertificates(): Uint8Array[] | undefined {
    return this.#native.peerCertChain() ?? undefined;
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.#ownClose = { code, reason };
    this.#handleChange();
    this.#native.close(true, code, encoder.encode(reason));
  }

  ping(): void {
    this.#acks.handleWork();
    if (!this.#isOver) this.#native.sendAckEliciting();
  }

  stats(): QuicStats {
    return statsOf(this.#native, this.#guard.core.acknowledgements.canaryCount);
  }

  datagramSizeMax(): number {
    return this.#datagrams.sizeMax;
  }

  sendDatagram(datagram: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#plantCanary();
    return this.#datagrams.send(datagram);
  }

  get lateDatagrams(): number {
    return this.#datagrams.late;
  }

  get holdsDatagrams(): boolean {
    return this.#datagrams.haveLeft;
  }

  datagramSendQueueLength(): number {
    return this.#datagrams.sendQueueLength;
  }

  receiveDatagram(out: Uint8Array): number {
    return this.#datagrams.receive(out);
  }

  readableStreams(): readonly number[] {
    return this.#streams.readable();
  }

  streamSend(id: number, bytes: Uint8Array, fin: boolean): number {
    if (this.#isOver) return StreamResult.gone;
    this.#plantCanary();
    return this.#streams.send(id, bytes, fin);
  }

  streamReceive(id: number, out: Uint8Array): number {
    return this.#streams.receive(id, out, this.#now);
  }

  get streamEnded(): boolean {
    return this.#streams.ended;
  }

  get streamErrorCode(): number {
    return this.#streams.errorCode;
  }

  streamCapacity(id: number): number {
    return this.#streams.capacity(id);
  }

  streamReset(id: number, code: number): void {
    this.#streams.reset(id, code);
  }

  streamStop(id: number, code: number): void {
    this.#streams.stop(id, code);
  }

  streamsLeft(): number {
    return this.#native.peerStreamsLeftBidi();
  }

  get #isOver(): boolean {
    return this.#state === "failed" || this.#state === "closed";
  }

  #handleChange(): void {
    this.#isUnobserved = true;
    this.#deadline.handleChange();
  }

  #handleDrained(): void {
    this.#acks.handleDrained();
    this.#datagrams.handleDrained(this.#now);
  }

  #receiveLong(datagram: Uint8Array): void {
    if (this.#handshake.isSpent) return this.#ignored.handleLong(0);
    const before = this.authenticatedPackets();
    const isRetry = !this.#isServer && before === 0 && (datagram[0]! & LONG_TYPE_MASK) === RETRY_TYPE;
    const short = cutShortPacket(datagram);
    this.#firstFlight?.keep(datagram);
    this.#guard.handleHandshake(() => {
      receive(this.#native, datagram);
      if (this.#firstFlight !== undefined) this.#sizePackets(this.#firstFlight);
    });
    if (short !== undefined) this.#receiveShort(short);
    const authenticated = this.authenticatedPackets() - before;
    const isLong = authenticated > 0 && this.#handshake.handleHeard(datagram.length);
    if (isLong) weigh(this.#native, LONG_HANDSHAKE_WEIGHT);
    // A Retry before all else holds no packet, and yet it counts.
    if (!isRetry) this.#ignored.handleLong(authenticated);
  }

  #receiveShort(packet: Uint8Array): void {
    const isEstablished = this.#state === "established" || this.isEstablished;
    if (this.#guard.handlePacket(packet, isEstablished, this.#now)) receive(this.#native, packet);
    else if (this.#guard.violation !== undefined) this.#observe(false);
    else if (!this.#isServer) receive(this.#native, this.#guard.resetProbe(packet));
  }

  /** Right before something is sent, so that the peer's next acknowledgement can tell. */
  #plantCanary(): void {
    if (this.#guard.isCanaryDue) this.#canaries.fill(this.#native, this.#guard, this.#transmitBound);
  }

  #sizePackets(flight: FirstFlight): void {
    this.#native = flight.sized(this.#native);
    this.#streams.native = this.#native;
    this.#datagrams.native = this.#native;
    if (flight.isOver) this.#firstFlight = undefined;
  }

  #transmit(out: Uint8Array): number {
    // From the first answer on, the native connection cannot be changed for another.
    this.#firstFlight = undefined;
    const sent = this.#send(out);
    if (sent === null) return 0;
    this.#deadline.handleChange();
    if (hasShortPacket(out.subarray(0, sent[0]))) this.#guard.core.acknowledgements.handleSent();
    return sent[0];
  }

  #send(out: Uint8Array): ReturnType<NativeConnection["send"]> {
    if (this.#state === "handshaking") this.#isUnobserved = true;
    try {
      return this.#native.send(out);
    } catch (error) {
      this.#handleChange();
      // A handshake that failed has set its own code before; for all else quiche leaves the closing to us.
      this.#native.close(false, transportCode(error), new Uint8Array(0));
    }
    try {
      return this.#native.send(out);
    } catch {
      return null;
    }
  }

  /** Makes events of what has changed since the last look. */
  #observe(isTimeout: boolean): void {
    this.#isUnobserved = false;
    if (this.#state === "handshaking" && this.#native.isEstablished()) this.#onEstablished();
    if (this.#isOver) return;
    const { violation } = this.#guard;
    if (violation !== undefined) {
      this.#native.close(false, closeCodeOf(violation), encoder.encode(violations[violation]));
    }
    if (this.#native.isDraining() || this.#native.isClosed() || this.#native.localError() !== null) {
      this.#onClosed(isTimeout);
    }
  }

  #onEstablished(): void {
    if (this.#isServer && this.#native.isResumed()) {
      // A resumed session was verified when it began, not now. Our own clients never ask for one.
      this.#native.close(false, CONNECTION_REFUSED, encoder.encode("no resumption"));
      return;
    }
    const refusal = this.#judgePeer?.(this.peerCertificates() ?? []);
    if (refusal === undefined) {
      this.#state = "established";
      this.#guard.handleEstablished();
      this.#events.push({ kind: "established" });
      return;
    }
    this.#refuse(refusal);
  }

  /** The end of the handshake, with our certificate, lies ready in quiche: it is asked for nothing from now on. */
  #refuse({ code, reason, alert }: PeerRefusal): void {
    const secret = this.#guard.handshakeSecret;
    const ids = { destination: this.#native.destinationId(), source: this.#native.sourceId() };
    const isTold = alert !== undefined && secret !== undefined;
    this.#farewell.handleOwnWords(isTold ? handshakeClosePackets(secret, ids, alertCode(alert)) : []);
    this.#end();
    this.#events.push({ kind: "closed", cause: "local", isApplication: true, code, reason });
  }

  #onClosed(isTimeout: boolean): void {
    this.#end();
    this.#events.push({ kind: "closed", ...closingOf(this.#native, this.#ownClose, isTimeout) });
  }

  #end(): void {
    this.#state = this.#state === "handshaking" ? "failed" : "closed";
    this.#guard.handleClosed();
  }
}
