import type { QuicConnection, QuicEvent } from "@florenetes/quic";
import {
  type Accept,
  commonVersion,
  ControlType,
  type ControlMessage,
  decodeAccept,
  decodeHello,
  decodeReady,
  decodeUp,
  encodeAccept,
  encodeHello,
  encodeReady,
  encodeRenew,
  encodeUp,
  type Hello,
  type Ready,
} from "./hello.ts";
import type { HandedOver } from "./handed-over.ts";
import { verdictOfClose } from "./close-verdict.ts";
import type { Session } from "./session.ts";
import { SessionControl } from "./session-control.ts";
import type { UdpAddress } from "../addresses/link-address.ts";
import { BRING_UP_MS, HALF_OPEN_MS, LINK_MTU, UDP_PAYLOAD_MIN, VISIT_MS } from "../limits.ts";
import { placeOf } from "../queue/queue-place.ts";
import { reasons, type Verdict, verdict } from "../reasons.ts";
import { SessionInput } from "../packets/session-input.ts";
import { NO_ECN, packetFigures, type SessionFigures } from "./session-figures.ts";
import { SessionLife } from "./session-life.ts";
import type { SessionOrder } from "./session-order.ts";
import { SessionOutput } from "../packets/session-output.ts";
import type { SessionAddress } from "../addresses/session-address.ts";
import { SessionProbes } from "../sizes/session-probes.ts";
import { type OpenDoor, Visit } from "../visits/visit.ts";
import type { DeliverPacket, SessionEvent, SessionOptions, SessionState, VerifiedVertex } from "./session-types.ts";

/**
 * A QUIC connection of a link whose engine this thread calls, from the handshake to the end.
 *
 *     originator   handshake ─▶ greeting ─▶ probing ─▶ confirming ─▶ up ─▶ closed
 *                       │ verify   │ ACCEPT    │ answer     │ UP
 *                       ▼ HELLO    ▼ probes    ▼ READY      ▼
 *                       ▲          │           │            │
 *                       │ verify   ▼ judge     ▼ READY      │
 *     acceptor     handshake ─▶ greeting ─▶ probing ──────▶ up ─▶ closed
 *                                  │ HELLO: ACCEPT or close     UP
 *                                  ▼ VISIT
 *                               visiting ─▶ closed
 */
export class EngineSession implements Session {
  readonly isOriginator: boolean;
  narrowerPayload = 0;
  quietMs = 0;
  readonly address: SessionAddress;
  readonly #options: SessionOptions;
  readonly #connection: QuicConnection;
  readonly #control: SessionControl;
  readonly #output: SessionOutput;
  readonly #input: SessionInput;
  readonly #life: SessionLife;
  readonly #events: SessionEvent[] = [];
  #packetsReceived = 0;
  #bytesReceived = 0;
  /** Packets that were larger than the link's MTU. */
  #droppedTooLarge = 0;
  #droppedBeforeUp = 0;
  #state: SessionState = "handshake";
  #stateDeadline: number;
  #hello: Hello | undefined;
  #peer: VerifiedVertex | undefined;
  /** The probes of the path, once both ends know the probe key. */
  probes: SessionProbes | undefined;
  #isStale = false;
  #visit: Visit | undefined;
  /** Whether the connection was given datagrams since the last `settle`. */
  #hasReceived: boolean;

  constructor(options: SessionOptions, now: number) {
    this.#options = options;
    this.#connection = options.connection;
    this.address = options.address;
    this.#control = new SessionControl(options.connection);
    this.#output = new SessionOutput(options.connection);
    this.#life = new SessionLife(options.connection, options.renewal);
    this.#input = new SessionInput(options.connection, options.joinBuffers);
    this.#hello = options.hello;
    this.isOriginator = options.hello !== undefined;
    // An acceptor's connection begins with a datagram.
    this.#hasReceived = !this.isOriginator;
    // An originator's attempts are timed by their link.
    this.#stateDeadline = this.isOriginator ? Infinity : now + HALF_OPEN_MS;
  }

  get state(): SessionState {
    return this.#state;
  }

  get peer(): VerifiedVertex | undefined {
    return this.#peer;
  }

  get order(): SessionOrder | undefined {
    return this.#hello;
  }

  get mtu(): number {
    return this.#state === "up" ? LINK_MTU : 0;
  }

  get udpPayload(): number {
    return this.#output.payloadMax;
  }

  get preferredMtu(): number {
    return this.#state === "up" ? this.probes!.preferredMtu : 0;
  }

  get lastHeard(): number {
    return this.#life.lastHeard;
  }

  get congestedClasses(): number {
    return this.#output.sender.queue.congestedClasses;
  }

  figures(): SessionFigures {
    const { rttMs, packetsLost } = this.#connection.stats();
    return {
      rttMs,
      packetsLost,
      ...NO_ECN,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      ...packetFigures(this.#output.sender, this.#input.joiner, this.#droppedTooLarge, this.#droppedBeforeUp),
    };
  }

  handleDatagram(datagram: Uint8Array, from: UdpAddress, now: number): void {
    this.#hasReceived = true;
    this.address.handleDatagram(datagram, from, now);
  }

  handleReset(datagram: Uint8Array, from: UdpAddress, now: number): boolean {
    this.#hasReceived = true;
    return this.address.handleReset(datagram, from, now);
  }

  handleTimeout(now: number): void {
    this.#connection.handleTimeout(now);
    this.address.handleTimeout(now);
    if (this.#state === "closed") return;
    const sign = this.#life.handleTimeout(now);
    if (sign === "dead") this.close(verdict(reasons.silent));
    else if (sign === "old" && this.isOriginator) this.#tellStale();
    if (this.probes?.handleTimeout(now) === true) this.#tellStale();
    this.#input.joiner.handleTimeout(now);
    if (now >= this.#stateDeadline) this.close(verdict(reasons.tooSlow));
  }

  settle(now: number, scratch: Uint8Array, deliver: DeliverPacket): void {
    if (this.#state === "closed") return;
    for (let event = this.#connection.pollEvent(); event !== undefined; event = this.#connection.pollEvent()) {
      this.#handleEvent(event);
    }
    if (this.#hasReceived) {
      this.#hasReceived = false;
      if (this.#life.handleFed(now)) this.#events.push({ kind: "heard" });
      this.#receivePackets(now, scratch, deliver);
    }
    if (this.#mayHaveControl()) this.#readControl(now);
    if (this.#visit?.settle(scratch) === false) this.close(verdict(reasons.protocolError));
    this.#pollProbes(now);
    this.#control.flush();
  }

  pollEvent(): SessionEvent | undefined {
    return this.#events.shift();
  }

  accept(instance: Accept["instance"], now: number): void {
    if (this.#state !== "greeting" || this.#hello === undefined) return;
    const version = commonVersion(this.#hello.versionMin, this.#hello.versionMax);
    this.probes = new SessionProbes(this.#connection, this.#output, this.#hello.probeKey);
    this.#enter("probing", now + BRING_UP_MS);
    const { quietSeconds } = this.#hello;
    this.quietMs = 1_000 * quietSeconds;
    this.#control.send(encodeAccept({ version, instance, quietSeconds }));
  }

  askRenewal(): void {
    if (this.#state === "up" && !this.isOriginator) this.#control.send(encodeRenew());
  }

  get isLeaving(): boolean {
    return this.#output.isLeaving;
  }

  close(why: Verdict): void {
    if (this.#state === "closed") return;
    this.#end(why);
    // The peer may have closed first.
    if (!this.#connection.isClosed) this.#output.close(why);
  }

  send(packet: Uint8Array, start: number, end: number, inLink: number, now: number): boolean {
    if (this.#state !== "up" || end - start > LINK_MTU) {
      if (this.#state === "up") this.#droppedTooLarge++;
      else this.#droppedBeforeUp++;
      return false;
    }
    return this.#output.sender.send(packet, start, end, placeOf(packet, start, end, inLink), now);
  }

  setRate(bitsPerSecond: number | undefined): void {
    this.#output.gate.setRate(bitsPerSecond);
  }

  pollTransmit(out: Uint8Array, now: number): number {
    const besides = this.address.pollBesides(out);
    if (besides > 0) return besides;
    const isOver = this.#state === "closed";
    if (this.address.isHeldBack && !isOver) return 0;
    const length = isOver ? this.#output.pollClose(out, now) : this.#output.pollTransmit(out, now);
    if (length === 0) this.#life.handleDrained(now);
    return this.address.handleSent(out, length);
  }

  nextTimeout(now: number): number {
    if (this.#state === "closed") return this.isLeaving ? this.#connection.nextTimeout(now) : Infinity;
    const ownAt = Math.min(this.#life.nextTimeout(), this.#input.joiner.nextTimeout(), this.address.nextTimeout());
    const probesAt = this.probes?.nextTimeout() ?? Infinity;
    return Math.min(this.#output.nextTimeout(now), probesAt, ownAt, this.#stateDeadline);
  }

  /** Ends this object, whose session is up, and returns all that the session goes on with when another thread has taken its connection. */
  handOver(): HandedOver {
    const { isOriginator, udpPayload, lastHeard, quietMs } = this;
    const figures = this.figures();
    const { reader } = this.#control;
    const unsent = this.#control.takeUnsent();
    const known = {
      hello: this.#hello!,
      peer: this.#peer!,
      probes: this.probes!,
      isOriginator,
      udpPayload,
      lastHeard,
      quietMs,
    };
    const parts = { ...this.#options, ...known, figures, reader, unsent, events: this.#events.splice(0) };
    this.#state = "closed";
    this.probes = undefined;
    return parts;
  }

  // ── The handshake and after ─────────────────────────────────────────────────────────────────────────────────────────

  #handleEvent(event: QuicEvent): void {
    if (event.kind === "established") this.#handleEstablished();
    else if (event.kind === "closed" && !this.#isClosed()) this.#end(verdictOfClose(event));
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
      // Behind a VISIT there are no messages.
      if (this.#isClosed() || this.#isVisiting()) return;
    }
    if (this.#control.isBroken) this.close(verdict(reasons.protocolError));
  }

  /** Acts upon a message; false: the peer broke the protocol. */
  #handleControl(message: ControlMessage, now: number): boolean {
    switch (message.type) {
      case ControlType.hello:
        return this.#handleHello(decodeHello(message.body));
      case ControlType.accept:
        return this.#handleAccept(decodeAccept(message.body), now);
      case ControlType.ready:
        return this.#handleReady(decodeReady(message.body), now);
      case ControlType.up:
        return this.#handleUp(decodeUp(message.body), now);
      case ControlType.renew:
        return this.#handleRenew();
      case ControlType.visit:
        return this.#handleVisit(now);
      default:
        return true;
    }
  }

  #handleHello(hello: Hello | undefined): boolean {
    if (hello === undefined || this.isOriginator || this.#hello !== undefined || this.#state !== "greeting")
      return false;
    this.#hello = hello;
    const isSpoken = commonVersion(hello.versionMin, hello.versionMax) !== 0;
    const { visitsAlone } = this.#peer!;
    if (visitsAlone !== undefined) {
      this.close(visitsAlone);
      return true;
    }
    if (!isSpoken) this.close(verdict(reasons.versionUnsupported));
    else if (hello.role === "originator") this.#events.push({ kind: "hello", peer: this.#peer!.name, hello });
    return !isSpoken || hello.role === "originator";
  }

  #handleAccept(accept: Accept | undefined, now: number): boolean {
    if (accept === undefined || !this.isOriginator || this.#state !== "greeting") return false;
    const { version, quietSeconds } = accept;
    if (commonVersion(version, version) === 0 || quietSeconds > this.#hello!.quietSeconds) return false;
    this.quietMs = 1_000 * quietSeconds;
    this.probes = new SessionProbes(this.#connection, this.#output, this.#hello!.probeKey);
    this.probes.start(this.#options.payloadMax, now);
    this.#enter("probing", now + BRING_UP_MS);
    return true;
  }

  #handleReady(ready: Ready | undefined, now: number): boolean {
    if (ready === undefined || this.isOriginator || this.#state !== "probing") return false;
    if (ready.payload < UDP_PAYLOAD_MIN || ready.payload > this.#options.payloadMax) return false;
    this.address.handleReady(this.#hello!.probeKey);
    this.#enterUp(ready.payload, ready.answerSpreadMs, now);
    this.#control.send(encodeUp(ready.payload));
    return true;
  }

  #handleUp(payload: number | undefined, now: number): boolean {
    if (!this.isOriginator || payload === undefined) return false;
    if (this.#state === "confirming") this.#enterUp(this.probes!.proven, undefined, now);
    return this.#state === "up";
  }

  #handleRenew(): boolean {
    if (!this.isOriginator || this.#state !== "up") return false;
    this.#tellStale();
    return true;
  }

  #handleVisit(now: number): boolean {
    if (this.isOriginator || this.#hello !== undefined || this.#state !== "greeting") return false;
    this.#enter("visiting", now + VISIT_MS);
    const begin = (open: OpenDoor, onNews: () => void): boolean => {
      if (this.#state !== "visiting") return true;
      this.#visit = Visit.begin(this.#connection, this.#control.reader.takeRest(), open, onNews);
      return this.#visit !== undefined;
    };
    this.#events.push({ kind: "visit", peer: this.#peer!.name, begin });
    return true;
  }

  // ── Probes and packets ──────────────────────────────────────────────────────────────────────────────────────────────

  #pollProbes(now: number): void {
    const probes = this.probes;
    if (probes === undefined) return;
    probes.poll(now);
    if (this.#state !== "probing") return;
    if (probes.hasFailed) {
      this.narrowerPayload = probes.narrowerPayload;
      this.close(verdict(this.narrowerPayload > 0 ? reasons.superseded : reasons.mtuTooSmall));
    }
    if (probes.proven === 0) return;
    this.#state = "confirming";
    this.address.handleReady(this.#hello!.probeKey);
    this.#life.handleReady(now);
    this.#control.send(encodeReady(probes.proven, probes.peerSpread));
  }

  #receivePackets(now: number, scratch: Uint8Array, deliver: DeliverPacket): void {
    while (!this.#isClosed() && this.#input.pollPacket(scratch, now)) this.#handlePacket(this.#input, now, deliver);
  }

  #handlePacket({ packet, start, end, spreadMs }: SessionInput, now: number, deliver: DeliverPacket): void {
    if (this.probes?.handlePacket(packet, start, end, spreadMs, now) === true) return;
    // A packet that comes before the UP message says the same: the acceptor sends no packets before it is up.
    if (this.#state === "confirming") this.#enterUp(this.probes!.proven, undefined, now);
    if (this.#state === "up") {
      this.#packetsReceived++;
      this.#bytesReceived += end - start;
      deliver(packet, start, end);
    } else this.#droppedBeforeUp++;
  }

  // ── Life and death ──────────────────────────────────────────────────────────────────────────────────────────────────

  #tellStale(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    this.#events.push({ kind: "stale" });
  }

  #enter(state: SessionState, deadline: number): void {
    this.#state = state;
    this.#stateDeadline = deadline;
  }

  #enterUp(payload: number, ownSpreadMs: number | undefined, now: number): void {
    this.#enter("up", Infinity);
    this.#output.handlePayload(payload);
    this.probes!.handleUp(payload, { ownSpreadMs, quietMs: this.quietMs }, now);
    this.#life.handleUp(this.#options.deadAfterMs, { ms: this.quietMs, isOriginator: this.isOriginator }, now);
    this.#events.push({ kind: "up" });
  }

  #end(why: Verdict): void {
    this.address.handleEnd();
    this.#state = "closed";
    this.#stateDeadline = Infinity;
    this.probes = undefined;
    this.#visit?.close();
    this.#visit = undefined;
    this.#output.sender.clear();
    this.#input.joiner.clear();
    this.#events.push({ kind: "closed", verdict: why });
  }

  /** Whether the control stream may have messages. While the link is up an acceptor gets none, and an originator few: asking costs it 0.1 µs. */
  #mayHaveControl(): boolean {
    if (this.#state === "closed" || this.#state === "handshake" || this.#state === "visiting") return false;
    if (this.#state !== "up") return true;
    return this.isOriginator && this.#connection.readableStreams().length > 0;
  }

  /** A method, since the compiler believes that a state once compared stays the same. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #isVisiting(): boolean {
    return this.#state === "visiting";
  }
}
