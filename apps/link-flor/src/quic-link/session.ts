import type { QuicAddress, QuicConnection, QuicEvent } from "@florenetes/quic";
import {
  type Accept,
  ControlType,
  type ControlMessage,
  decodeAccept,
  decodeHello,
  decodeMtu,
  encodeAccept,
  encodeHello,
  encodeMtu,
  type Hello,
} from "./hello.ts";
import {
  bringUpMs,
  engineQueueMax,
  halfOpenMs,
  mtuLadder,
  mtuMax,
  packetOverhead,
  protocolVersionMax,
  protocolVersionMin,
  udpPayloadMax,
  udpPayloadMin,
} from "./limits.ts";
import { verdictOfClose } from "./close-verdict.ts";
import { ControlStream } from "./control-stream.ts";
import { Liveness } from "./liveness.ts";
import { MtuProbe, ProbeKind, probeKindOf, turnIntoAnswer, writeProbe } from "./mtu-probe.ts";
import { PacketQueue } from "./packet-queue.ts";
import { reasons, type Verdict, verdict } from "./reasons.ts";
import type { SessionOrder } from "./session-order.ts";

/**
 * One QUIC connection of a link, from the handshake to the end.
 *
 *     originator   handshake ─▶ greeting ─▶ probing ─▶ confirming ─▶ up ─▶ closed
 *                       │ verify   │ ACCEPT    │ answer     │ UP
 *                       ▼ HELLO    ▼ probes    ▼ READY      ▼
 *                       ▲          │           │            │
 *                       │ verify   ▼ judge     ▼ READY      │
 *     acceptor     handshake ─▶ greeting ─▶ probing ──────▶ up ─▶ closed
 *                                  HELLO: ACCEPT or close     UP
 */
export type SessionState = "handshake" | "greeting" | "probing" | "confirming" | "up" | "closed";

export type SessionEvent =
  /** The first authenticated packet of the peer. */
  | { readonly kind: "heard" }
  /** An acceptor has a hello of a verified peer: answer with `accept` or `close`. */
  | { readonly kind: "hello"; readonly peer: string; readonly hello: Hello }
  | { readonly kind: "up" }
  /** An originator's connection has protected much, or is old: a new one should take over. Told once. */
  | { readonly kind: "stale" }
  | { readonly kind: "closed"; readonly verdict: Verdict };

/** When a connection that works is to be replaced by a fresh one, with fresh keys. */
export interface Renewal {
  readonly afterMs: number;
  /** QUIC packets in one direction. */
  readonly afterPackets: number;
}

export interface SessionOptions {
  readonly connection: QuicConnection;
  readonly local: QuicAddress;
  /** What an originator says; undefined at an acceptor. */
  readonly hello: Hello | undefined;
  /** The name that the peer must have; undefined at an acceptor, which learns it. */
  readonly expectedName: string | undefined;
  readonly deadAfterMs: number;
  readonly renewal: Renewal;
  /** The peer's name, or why its certificate chain will not do. */
  verifyPeer(chain: readonly Uint8Array[], expectedName: string | undefined): string | Verdict;
}

/** What the peer is told when the reason is not one that travels. */
const closedCode = 0;
/** Asking whether packets were authenticated costs as much as a packet, so it is not asked more often. */
const heardResolutionMs = 20;
const filler = new Uint8Array(0);

/** All counted in packets of the cluster vertices, not of QUIC. */
export interface SessionCounters {
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  droppedTooLarge: number;
  droppedBeforeUp: number;
}

export class Session {
  readonly isOriginator: boolean;
  readonly queue: PacketQueue = new PacketQueue();
  readonly counters: SessionCounters = {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    droppedTooLarge: 0,
    droppedBeforeUp: 0,
  };
  readonly #options: SessionOptions;
  readonly #connection: QuicConnection;
  readonly #control: ControlStream;
  readonly #events: SessionEvent[] = [];
  #state: SessionState = "handshake";
  #stateDeadline: number;
  #hello: Hello | undefined;
  #peerName: string | undefined;
  #probe: MtuProbe | undefined;
  #mtu = 0;
  #outMax: number = udpPayloadMin;
  #liveness: Liveness | undefined;
  #authenticated = 0;
  #lastHeard = -Infinity;
  #upSince = Infinity;
  #isStale = false;
  #wasFed = false;
  #engineQueued = 0;
  /** A packet of its own should ask for an acknowledgement when the probe has left. */
  #isPingDue = false;
  /** What the peer is still to be told. */
  #closing: Verdict | undefined;

  constructor(options: SessionOptions, now: number) {
    this.#options = options;
    this.#connection = options.connection;
    this.#control = new ControlStream(options.connection);
    this.#hello = options.hello;
    this.isOriginator = options.hello !== undefined;
    // An originator's attempts are timed by their link.
    this.#stateDeadline = this.isOriginator ? Infinity : now + halfOpenMs;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The verified name of the peer's vertex. */
  get peerName(): string | undefined {
    return this.#peerName;
  }

  /** Known after the hello. */
  get order(): SessionOrder | undefined {
    return this.#hello;
  }

  get tag(): string | undefined {
    return this.#hello?.tag;
  }

  /** 0 unless up. */
  get mtu(): number {
    return this.#mtu;
  }

  get lastHeard(): number {
    return this.#lastHeard;
  }

  get connection(): QuicConnection {
    return this.#connection;
  }

  get peerAddress(): QuicAddress {
    return this.#connection.transmitTo;
  }

  /** Takes one UDP payload; it is decrypted in place. Call `settle` after a batch of them. A closed session takes them too:
   *  the peer may have missed our CONNECTION_CLOSE. */
  handleDatagram(datagram: Uint8Array, from: QuicAddress, now: number): void {
    this.#wasFed = true;
    this.#connection.handleDatagram(datagram, from, this.#options.local, now);
  }

  handleTimeout(now: number): void {
    if (this.#state === "closed") return;
    this.#connection.handleTimeout(now);
    if (this.#liveness !== undefined && this.#liveness.nextTimeout() <= now) {
      this.#judgeLife(this.#liveness, now);
      this.#judgeAge(now);
    }
    if (now >= this.#stateDeadline) this.close(verdict(reasons.tooSlow));
  }

  /**
   * Acts on all that has come since the last call. Packets go to `deliver`, as views into `scratch`.
   */
  settle(
    now: number,
    scratch: Uint8Array,
    deliver: (session: Session, packet: Uint8Array, length: number) => void,
  ): void {
    if (this.#state === "closed") return;
    for (let event = this.#connection.pollEvent(); event !== undefined; event = this.#connection.pollEvent()) {
      this.#handleEvent(event);
    }
    if (this.#wasFed) {
      this.#wasFed = false;
      this.#noticeLife(now);
      this.#receivePackets(now, scratch, deliver);
    }
    if (!this.#isClosed() && this.#state !== "handshake" && this.#state !== "up") this.#readControl(now);
    if (this.#probe !== undefined && this.#state === "probing") this.#sendProbe(this.#probe, now);
    this.#control.flush();
  }

  pollEvent(): SessionEvent | undefined {
    return this.#events.shift();
  }

  /** An acceptor takes the hello; the originator's probes are answered from now on. */
  accept(own: { readonly instanceStart: number; readonly instanceId: string }, now: number): void {
    if (this.#state !== "greeting" || this.#hello === undefined) return;
    const version = Math.min(protocolVersionMax, this.#hello.versionMax);
    this.#enter("probing", now + bringUpMs);
    this.#control.send(encodeAccept({ version, ...own }));
  }

  /** Ends the session; the peer is told when the reason is one that travels. */
  close(why: Verdict): void {
    if (this.#state === "closed") return;
    this.#end(why);
    this.#closing = why;
  }

  /** Takes a packet to be sent; false when it was dropped. */
  send(packet: Uint8Array, start: number, end: number, now: number): boolean {
    if (this.#state !== "up" || end - start > this.#mtu) {
      if (this.#state === "up") this.counters.droppedTooLarge++;
      else this.counters.droppedBeforeUp++;
      return false;
    }
    if (this.queue.length > 0 || this.#engineQueued >= engineQueueMax) return this.queue.push(packet, start, end, now);
    this.#sendNow(packet, start, end);
    return true;
  }

  /** Writes at most one UDP payload into `out`, which holds `udpPayloadMax` bytes. */
  pollTransmit(out: Uint8Array, now: number): number {
    if (this.#state === "closed") return this.#pollClose(out, now);
    while (this.#engineQueued < engineQueueMax && this.queue.length > 0 && this.queue.pollPacket(now)) {
      this.#sendNow(this.queue.packet, this.queue.start, this.queue.end);
    }
    const length = this.#connection.pollTransmit(
      this.#outMax < udpPayloadMax ? out.subarray(0, this.#outMax) : out,
      now,
    );
    if (length > 0 && this.#engineQueued > 0) this.#engineQueued = this.#connection.datagramSendQueueLength();
    if (length > 0 || !this.#isPingDue || this.#connection.datagramSendQueueLength() > 0) return length;
    this.#isPingDue = false;
    this.#connection.ping();
    return this.#connection.pollTransmit(out.subarray(0, this.#outMax), now);
  }

  nextTimeout(now: number): number {
    if (this.#state === "closed") return Infinity;
    let next = Math.min(this.#connection.nextTimeout(now), this.#stateDeadline);
    if (this.#liveness !== undefined) next = Math.min(next, this.#liveness.nextTimeout());
    if (this.#probe !== undefined && this.#state === "probing") next = Math.min(next, this.#probe.nextTimeout());
    return next;
  }

  // ── The handshake and after ─────────────────────────────────────────────────────────────────────────────────────────

  #handleEvent(event: QuicEvent): void {
    if (event.kind === "established") this.#handleEstablished();
    else if (event.kind === "closed") this.#handleClosed(event);
  }

  #handleEstablished(): void {
    const chain = this.#connection.peerCertificates() ?? [];
    const peer = this.#options.verifyPeer(chain, this.#options.expectedName);
    if (typeof peer !== "string") {
      this.close(peer);
      return;
    }
    this.#peerName = peer;
    this.#enter("greeting", this.#stateDeadline);
    if (this.#options.hello !== undefined) this.#control.send(encodeHello(this.#options.hello));
  }

  #handleClosed(event: QuicEvent & { kind: "closed" }): void {
    this.#end(verdictOfClose(event));
  }

  #readControl(now: number): void {
    for (let message = this.#control.pollMessage(); message !== undefined; message = this.#control.pollMessage()) {
      if (!this.#handleControl(message, now)) this.close(verdict(reasons.protocolError));
      if (this.#isClosed()) return;
    }
    if (this.#control.isBroken) this.close(verdict(reasons.protocolError));
  }

  /** False: the peer broke the protocol. */
  #handleControl(message: ControlMessage, now: number): boolean {
    switch (message.type) {
      case ControlType.hello:
        return this.#handleHello(decodeHello(message.body));
      case ControlType.accept:
        return this.#handleAccept(decodeAccept(message.body), now);
      case ControlType.ready:
        return this.#handleReady(decodeMtu(message.body), now);
      case ControlType.up:
        return this.#handleUp(decodeMtu(message.body), now);
      default:
        return true;
    }
  }

  #handleHello(hello: Hello | undefined): boolean {
    if (hello === undefined || this.isOriginator || this.#hello !== undefined || this.#state !== "greeting")
      return false;
    this.#hello = hello;
    if (hello.versionMax < protocolVersionMin || hello.versionMin > protocolVersionMax) {
      this.close(verdict(reasons.versionUnsupported));
    } else if (hello.role !== "originator") {
      return false;
    } else {
      this.#events.push({ kind: "hello", peer: this.#peerName!, hello });
    }
    return true;
  }

  #handleAccept(accept: Accept | undefined, now: number): boolean {
    if (accept === undefined || !this.isOriginator || this.#state !== "greeting") return false;
    if (accept.version < protocolVersionMin || accept.version > protocolVersionMax) return false;
    this.#probe = new MtuProbe(now);
    this.#enter("probing", now + bringUpMs);
    return true;
  }

  #handleReady(mtu: number | undefined, now: number): boolean {
    if (mtu === undefined || this.isOriginator || this.#state !== "probing" || !mtuLadder.includes(mtu)) return false;
    this.#enterUp(mtu, now);
    this.#control.send(encodeMtu(ControlType.up, mtu));
    return true;
  }

  #handleUp(mtu: number | undefined, now: number): boolean {
    if (!this.isOriginator || mtu === undefined) return false;
    if (this.#state === "confirming") this.#enterUp(this.#probe!.proven, now);
    return this.#state === "up";
  }

  // ── Probes and packets ──────────────────────────────────────────────────────────────────────────────────────────────

  #sendProbe(probe: MtuProbe, now: number): void {
    // A probe that the engine still holds must not be overtaken by a smaller size of packet.
    if (this.#connection.datagramSendQueueLength() > 0) return;
    const size = probe.pollProbe(now, this.#connection.stats().rttMs);
    if (probe.hasFailed) this.close(verdict(reasons.mtuTooSmall));
    if (size === 0) return;
    this.#sendFullSize(writeProbe(size, this.#hello!.probeKey));
  }

  /**
   * Sends a probe or its answer in a packet of the largest size that packets of the link will have: its number takes one
   * byte now and may take four later, so an empty datagram of three bytes fills up. A small packet follows, whose
   * acknowledgement tells soon when the large one was lost.
   */
  #sendFullSize(probe: Uint8Array): void {
    this.#outMax = Math.max(this.#outMax, probe.length + packetOverhead);
    this.#connection.sendDatagram(probe);
    this.#connection.sendDatagram(filler);
    this.#isPingDue = true;
  }

  #handleProbe(kind: ProbeKind, datagram: Uint8Array, length: number): void {
    if (kind === ProbeKind.probe && !this.isOriginator && (this.#state === "probing" || this.#state === "up")) {
      turnIntoAnswer(datagram);
      this.#sendFullSize(datagram.subarray(0, length));
      return;
    }
    if (kind !== ProbeKind.answer || this.#probe === undefined || this.#state !== "probing") return;
    this.#probe.handleAnswer(length);
    if (this.#probe.proven === 0) return;
    this.#state = "confirming";
    this.#control.send(encodeMtu(ControlType.ready, this.#probe.proven));
  }

  #receivePackets(
    now: number,
    scratch: Uint8Array,
    deliver: (session: Session, packet: Uint8Array, length: number) => void,
  ): void {
    for (;;) {
      if (this.#isClosed()) return;
      const length = this.#connection.receiveDatagram(scratch);
      if (length < 0) return;
      if (length === 0) continue;
      const key = this.#hello?.probeKey;
      const kind = key === undefined ? ProbeKind.none : probeKindOf(scratch, length, key);
      if (kind !== ProbeKind.none) {
        this.#handleProbe(kind, scratch, length);
        continue;
      }
      // A packet in front of the UP message says the same: the acceptor sends none before it is up.
      if (this.#state === "confirming") this.#enterUp(this.#probe!.proven, now);
      if (this.#state !== "up" || length > mtuMax) {
        this.counters.droppedBeforeUp++;
        continue;
      }
      this.counters.packetsReceived++;
      this.counters.bytesReceived += length;
      deliver(this, scratch, length);
    }
  }

  #sendNow(packet: Uint8Array, start: number, end: number): void {
    if (!this.#connection.sendDatagram(packet.subarray(start, end))) {
      this.counters.droppedTooLarge++;
      return;
    }
    this.#engineQueued++;
    this.counters.packetsSent++;
    this.counters.bytesSent += end - start;
  }

  // ── Life and death ──────────────────────────────────────────────────────────────────────────────────────────────────

  #noticeLife(now: number): void {
    if (now - this.#lastHeard < heardResolutionMs) return;
    const authenticated = this.#connection.authenticatedPackets();
    if (authenticated === this.#authenticated) return;
    if (this.#authenticated === 0) this.#events.push({ kind: "heard" });
    this.#authenticated = authenticated;
    this.#lastHeard = now;
    this.#liveness?.handleHeard(now);
  }

  #judgeLife(liveness: Liveness, now: number): void {
    liveness.handleTimeout(now);
    if (liveness.isDead) this.close(verdict(reasons.silent));
    else if (liveness.pollPing()) this.#connection.ping();
  }

  #judgeAge(now: number): void {
    if (!this.isOriginator || this.#isStale || this.#state !== "up") return;
    const { packetsSent, packetsReceived } = this.#connection.stats();
    const { afterMs, afterPackets } = this.#options.renewal;
    if (now - this.#upSince < afterMs && Math.max(packetsSent, packetsReceived) < afterPackets) return;
    this.#isStale = true;
    this.#events.push({ kind: "stale" });
  }

  #enter(state: SessionState, deadline: number): void {
    this.#state = state;
    this.#stateDeadline = deadline;
  }

  #enterUp(mtu: number, now: number): void {
    this.#enter("up", Infinity);
    this.#mtu = mtu;
    this.#outMax = mtu + packetOverhead;
    this.#upSince = now;
    this.#liveness = new Liveness(this.#options.deadAfterMs, now);
    this.#events.push({ kind: "up" });
  }

  #end(why: Verdict): void {
    this.#state = "closed";
    this.#stateDeadline = Infinity;
    this.#mtu = 0;
    this.queue.clear();
    this.#events.push({ kind: "closed", verdict: why });
  }

  #pollClose(out: Uint8Array, now: number): number {
    // What the handshake still has to say goes first: without it the peer could not read why we close.
    const length = this.#connection.pollTransmit(out.subarray(0, this.#outMax), now);
    if (length > 0 || this.#closing === undefined) return length;
    // The peer is told the reason alone: our own words may name what it need not know.
    this.#connection.close(this.#closing.reason.wire ?? closedCode, this.#closing.reason.text);
    this.#closing = undefined;
    return this.#connection.pollTransmit(out.subarray(0, this.#outMax), now);
  }

  /** The compiler believes that a state once compared stays the same. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }
}
