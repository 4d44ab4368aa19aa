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
  encodeRenew,
  type Hello,
} from "./hello.ts";
import { bringUpMs, halfOpenMs, mtuLadder, mtuMax, protocolVersionMax, protocolVersionMin } from "./limits.ts";
import { verdictOfClose } from "./close-verdict.ts";
import { ControlStream } from "./control-stream.ts";
import { MtuProbe, ProbeKind, probeKindOf, turnIntoAnswer, writeProbe } from "./mtu-probe.ts";
import type { PacketSender } from "./packet-sender.ts";
import { reasons, type Verdict, verdict } from "./reasons.ts";
import { SessionLife } from "./session-life.ts";
import type { SessionOrder } from "./session-order.ts";
import { SessionOutput } from "./session-output.ts";
import type { SessionEvent, SessionOptions, VerifiedVertex } from "./session-types.ts";

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

export class Session {
  readonly isOriginator: boolean;
  packetsReceived = 0;
  bytesReceived = 0;
  /** Larger than the link's MTU. */
  droppedTooLarge = 0;
  droppedBeforeUp = 0;
  /** Datagrams that were tried as a stateless reset, which may be any session's. */
  #resetsTried = 0;
  /** Of the whole session, when it is over. */
  #ignored: number | undefined;
  readonly #options: SessionOptions;
  readonly #connection: QuicConnection;
  readonly #control: ControlStream;
  readonly #output: SessionOutput;
  readonly #life: SessionLife;
  readonly #events: SessionEvent[] = [];
  #state: SessionState = "handshake";
  #stateDeadline: number;
  #hello: Hello | undefined;
  #peer: VerifiedVertex | undefined;
  #probe: MtuProbe | undefined;
  #mtu = 0;
  #isStale = false;
  #wasFed = false;

  constructor(options: SessionOptions, now: number) {
    this.#options = options;
    this.#connection = options.connection;
    this.#control = new ControlStream(options.connection);
    this.#output = new SessionOutput(options.connection);
    this.#life = new SessionLife(options.connection, options.renewal);
    this.#hello = options.hello;
    this.isOriginator = options.hello !== undefined;
    // An originator's attempts are timed by their link.
    this.#stateDeadline = this.isOriginator ? Infinity : now + halfOpenMs;
  }

  get state(): SessionState {
    return this.#state;
  }

  get sender(): PacketSender {
    return this.#output.sender;
  }

  /** The peer's vertex, once it is verified. */
  get peer(): VerifiedVertex | undefined {
    return this.#peer;
  }

  /** Known after the hello. */
  get order(): SessionOrder | undefined {
    return this.#hello;
  }

  /** 0 unless up. */
  get mtu(): number {
    return this.#mtu;
  }

  /** -Infinity: never. */
  get lastHeard(): number {
    return this.#life.lastHeard;
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

  /** Whether it was a stateless reset of this session, which has then ended. The bytes are left as they are. */
  handleReset(datagram: Uint8Array, from: QuicAddress, now: number): boolean {
    this.#resetsTried++;
    this.handleDatagram(Uint8Array.from(datagram), from, now);
    return this.#connection.isClosed;
  }

  /** Datagrams for it that were not of its keys (forged, changed), or duplicates. */
  get datagramsIgnored(): number {
    return this.#ignored ?? Math.max(0, this.#connection.ignoredDatagrams() - this.#resetsTried);
  }

  handleTimeout(now: number): void {
    if (this.#state === "closed") return;
    this.#connection.handleTimeout(now);
    if (this.#life.handleTimeout(now)) this.#judgeLife(now);
    if (now >= this.#stateDeadline) this.close(verdict(reasons.tooSlow));
  }

  /** Acts on all that has come since the last call. Packets go to `deliver`, in `scratch`. */
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
    if (this.#mayHaveControl()) this.#readControl(now);
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

  /** An acceptor wants a fresh session in the place of this one, which goes on until it is there. */
  askRenewal(): void {
    if (this.#state === "up" && !this.isOriginator) this.#control.send(encodeRenew());
  }

  /** Ends the session; the peer is told when the reason is one that travels. */
  close(why: Verdict): void {
    if (this.#state === "closed") return;
    this.#end(why);
    this.#output.close(why);
  }

  /** Takes a packet to be sent; false when it was dropped. */
  send(packet: Uint8Array, start: number, end: number, now: number): boolean {
    if (this.#state !== "up" || end - start > this.#mtu) {
      if (this.#state === "up") this.droppedTooLarge++;
      else this.droppedBeforeUp++;
      return false;
    }
    return this.sender.send(packet, start, end, now);
  }

  /** Writes at most one UDP payload into `out`, which holds `udpPayloadMax` bytes. */
  pollTransmit(out: Uint8Array, now: number): number {
    return this.#state === "closed" ? this.#output.pollClose(out, now) : this.#output.pollTransmit(out, now);
  }

  nextTimeout(now: number): number {
    if (this.#state === "closed") return Infinity;
    const probeAt = this.#state === "probing" ? (this.#probe?.nextTimeout() ?? Infinity) : Infinity;
    return Math.min(this.#connection.nextTimeout(now), this.#life.nextTimeout(), this.#stateDeadline, probeAt);
  }

  // ── The handshake and after ─────────────────────────────────────────────────────────────────────────────────────────

  #handleEvent(event: QuicEvent): void {
    if (event.kind === "established") this.#handleEstablished();
    else if (event.kind === "closed") this.#end(verdictOfClose(event));
  }

  #handleEstablished(): void {
    const chain = this.#connection.peerCertificates() ?? [];
    const peer = this.#options.verifyPeer(chain, this.#options.expectedName);
    if ("reason" in peer) {
      this.close(peer);
      return;
    }
    this.#peer = peer;
    this.#enter("greeting", this.#stateDeadline);
    if (this.#options.hello !== undefined) this.#control.send(encodeHello(this.#options.hello));
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
      case ControlType.renew:
        return this.#handleRenew();
      default:
        return true;
    }
  }

  #handleHello(hello: Hello | undefined): boolean {
    if (hello === undefined || this.isOriginator || this.#hello !== undefined || this.#state !== "greeting")
      return false;
    this.#hello = hello;
    const isSpoken = hello.versionMax >= protocolVersionMin && hello.versionMin <= protocolVersionMax;
    if (!isSpoken) this.close(verdict(reasons.versionUnsupported));
    else if (hello.role === "originator") this.#events.push({ kind: "hello", peer: this.#peer!.name, hello });
    return !isSpoken || hello.role === "originator";
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

  #handleRenew(): boolean {
    if (!this.isOriginator || this.#state !== "up") return false;
    this.#tellStale();
    return true;
  }

  // ── Probes and packets ──────────────────────────────────────────────────────────────────────────────────────────────

  #sendProbe(probe: MtuProbe, now: number): void {
    // A probe that the engine still holds must not be overtaken by a smaller size of packet.
    if (this.#connection.datagramSendQueueLength() > 0) return;
    const size = probe.pollProbe(now, this.#connection.stats().rttMs);
    if (probe.hasFailed) this.close(verdict(reasons.mtuTooSmall));
    if (size === 0) return;
    this.#output.sendFullSize(writeProbe(size, this.#hello!.probeKey));
  }

  #handleProbe(kind: ProbeKind, datagram: Uint8Array, length: number): void {
    if (this.#state !== "probing") return;
    if (kind === ProbeKind.probe && !this.isOriginator) {
      turnIntoAnswer(datagram);
      this.#output.sendFullSize(datagram.subarray(0, length));
      return;
    }
    if (kind !== ProbeKind.answer || this.#probe === undefined) return;
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
        this.droppedBeforeUp++;
        continue;
      }
      this.packetsReceived++;
      this.bytesReceived += length;
      deliver(this, scratch, length);
    }
  }

  // ── Life and death ──────────────────────────────────────────────────────────────────────────────────────────────────

  #noticeLife(now: number): void {
    const wasSilent = this.lastHeard === -Infinity;
    this.#life.handleFed(now);
    if (wasSilent && this.lastHeard !== -Infinity) this.#events.push({ kind: "heard" });
  }

  #judgeLife(now: number): void {
    if (this.#life.isDead) {
      this.close(verdict(reasons.silent));
    } else if (this.isOriginator && !this.#isStale && this.#life.isOld(now)) {
      this.#tellStale();
    }
  }

  #tellStale(): void {
    if (this.#isStale) return;
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
    this.#output.handleMtu(mtu);
    this.#life.handleUp(this.#options.deadAfterMs, now);
    this.#events.push({ kind: "up" });
  }

  #end(why: Verdict): void {
    this.#ignored = this.datagramsIgnored;
    this.#state = "closed";
    this.#stateDeadline = Infinity;
    this.#mtu = 0;
    this.sender.queue.clear();
    this.#events.push({ kind: "closed", verdict: why });
  }

  /** While the link is up an acceptor has nothing to be told, and an originator seldom: asking costs 0.1 µs then. */
  #mayHaveControl(): boolean {
    if (this.#state === "closed" || this.#state === "handshake") return false;
    if (this.#state !== "up") return true;
    return this.isOriginator && this.#connection.readableStreams().length > 0;
  }

  /** The compiler believes that a state once compared stays the same. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }
}
