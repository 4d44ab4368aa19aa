import { NOT_IN_HEAP, type Timed, TimerTable } from "@florenetes/scheduling";
import { INITIAL_DATAGRAM_MIN, type QuicConnection, type QuicEvent } from "@florenetes/quic";
import {
  hasReturnLabels,
  hasReturnWords,
  isMarked,
  payloadOf,
  returnWords,
  type TrafficClass,
} from "@florenetes/forwarding";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import { Code, type ConnectionEnd, isJudgement, type Refusal } from "../codes.ts";
import { AnswerWatch } from "./answer-watch.ts";
import { ConnectionFlows } from "../datagrams/connection-flows.ts";
import { endOf, lateEnd } from "./connection-end.ts";
import { Draining } from "./draining.ts";
import { HandshakePace } from "./handshake-pace.ts";
import { readControl } from "./control-messages.ts";
import { ControlStream } from "../streams/control-stream.ts";
import type { ConnectionHost, ConnectionPlace, ConnectionRole, ConnectionState } from "./connection-role.ts";
import { PACKET_SIZE_MIN, type TransportLimits } from "../limits.ts";
import { type Carriage, encodeSize, encodeStop, type Hello } from "../messages.ts";
import type { NodePressure } from "../vertex-messages.ts";
import { isSameWay, PacketSender, SendResult, type Way } from "../packets/packet-sender.ts";
import { PeerSigns } from "./peer-signs.ts";
import type { Proof } from "../peers/principals.ts";
import { Pulse, PulseAction } from "./pulse.ts";
import { quietOf } from "./quiet.ts";
import { ConnectionStreams, type StreamsOwner } from "../streams/connection-streams.ts";
import type { ChunkBuffer } from "../streams/relay-host.ts";
import type { StreamRelay } from "../streams/stream-relay.ts";
import type { ConnectionTraffic, EndConnection } from "./end-connection.ts";

/** The timers of a connection. The parts that have states of their own (pulse, draining, readers, writers, opening streams) keep theirs. */
const Timer = {
  /** QUIC's own timer. While it is not set, nothing is in flight: QUIC has no idle timer here. */
  quic: 0,
  /** The handshake takes too long; once it is complete, the peer's hello does. */
  greeting: 1,
  /** Workloads whose peers do not read are asked whether they are still there. */
  workloads: 2,
  /** The peer is told once more that the connection has ended: its workloads must not outlive it because one packet was lost. */
  repeatClose: 3,
  /** A connection that has ended is forgotten. */
  leave: 4,
} as const;
const TIMER_COUNT = 5;

/** This vertex's end of an end-to-end connection, carried by this thread: QUIC, the way of its packets, and its streams. */
export class EngineConnection implements EndConnection, StreamsOwner, Timed {
  readonly quic: QuicConnection;
  readonly idHigh: number;
  readonly idLow: number;
  readonly startedAt: number;
  readonly limits: TransportLimits;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  /** Sends the connection's packets: their way, and their size. */
  readonly sender: PacketSender;
  readonly streams: ConnectionStreams;
  readonly flows: ConnectionFlows;
  /** Whether the host knows already that the connection has something to do. */
  isDirty = false;
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly own: Proof;
  peerProof: Proof | undefined;
  peerHello: Hello | undefined;
  peerPressure: NodePressure | undefined;
  /** Workloads wait until the peer allows more streams: the role hears of it once. */
  isRoomAwaited = false;
  readonly #host: ConnectionHost<EngineConnection>;
  readonly #role: ConnectionRole<EngineConnection>;
  readonly #pulse: Pulse;
  /** The longer quiet of both ends' first links, as far as it is known. */
  quietMs = 0;
  readonly #handshake: HandshakePace;
  readonly #signs: PeerSigns;
  readonly #control: ControlStream;
  readonly #answers = new AnswerWatch();
  #state: ConnectionState = "handshaking";
  readonly #draining: Draining;
  readonly #timers = new TimerTable(TIMER_COUNT);
  /** The peer has ended the connection by a stateless reset, which is a packet that no key opens. */
  #wasReset = false;

  constructor(
    host: ConnectionHost<EngineConnection>,
    role: ConnectionRole<EngineConnection>,
    quic: QuicConnection,
    place: ConnectionPlace,
    now: number,
  ) {
    this.quic = quic;
    quic.onDue = () => this.touch();
    this.idHigh = place.idHigh;
    this.idLow = place.idLow;
    this.startedAt = now;
    this.limits = host.limits;
    this.budget = host.budget;
    this.chunk = host.chunk;
    this.own = place.own;
    this.#host = host;
    this.#role = role;
    this.sender = new PacketSender(host.origin, host.out, place);
    this.#pulse = new Pulse(host.limits, !role.isAcceptor, now);
    this.#handshake = new HandshakePace(host.limits, place.handshake, role.isAcceptor, now);
    this.#pulse.begin(place.handshake?.rttMs);
    this.#signs = new PeerSigns(quic);
    this.#control = new ControlStream(quic);
    this.#draining = new Draining(role.isAcceptor);
    this.flows = new ConnectionFlows(this, quic, role);
    this.streams = new ConnectionStreams(this, quic, (streams) => role.acceptStreams(this, streams), host.access);
    this.#timers.set(Timer.greeting, now + host.limits.handshakeMs);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get peer(): string | undefined {
    return this.peerProof?.principal;
  }

  get isDraining(): boolean {
    return this.#draining.isDraining;
  }

  get way(): Way {
    return this.sender.way;
  }

  get payloadMax(): number {
    return this.sender.payloadMax;
  }

  get trafficClass(): TrafficClass {
    return this.carriage.trafficClass;
  }

  get carriage(): Carriage {
    return this.sender.carriage;
  }

  get streamsOpen(): number {
    return this.streams.relays.size;
  }

  get hasStreams(): boolean {
    return this.streamsOpen > 0 || (this.streams.opening?.size ?? 0) > 0;
  }

  stats(now: number): ConnectionTraffic {
    const { newestPacket } = this.quic;
    const { quietMs } = this;
    return { ...this.quic.stats(), newestPacket, quietMs, ...this.#signs.told(this.#pulse).silence(now) };
  }

  /** Whether the far end is out of reach, as far as is known: it has been asked for a while, and does not answer. */
  isUnreachable(now: number): boolean {
    return this.#signs.told(this.#pulse).isUnreachable(now);
  }

  shrink(payloadMax: number): void {
    if (payloadMax >= this.sender.payloadMax || this.#state === "gone") return;
    this.sender.shrink(payloadMax);
    if (this.#state === "open") this.#control.send(encodeSize(payloadMax));
    this.touch();
  }

  relabel(way: Way): void {
    if (this.#role.isAcceptor || this.#state === "gone") return;
    const isSame = isSameWay(way, this.way);
    this.sender.move(way);
    if (isSame) return;
    this.#answers.handleMoved();
    this.handleLinkUp();
    // A repeated packet may be a duplicate, which is not answered.
    if (this.#state === "open") this.quic.ping();
  }

  isInFlight(now: number): boolean {
    return (
      this.#state === "open" && (this.sender.isHeldBack || this.quic.nextTimeout(now) !== Number.POSITIVE_INFINITY)
    );
  }

  handlePacket(packet: Uint8Array, start: number, end: number, inLink: number, now: number): void {
    const payload = packet.subarray(payloadOf(packet, start), end);
    const { outLink, words } = this.way;
    const isLookedAt = this.#role.isAcceptor || this.#answers.isAwaited;
    const isThisWay = isLookedAt && outLink === inLink && hasReturnLabels(packet, start, words);
    if (this.#role.isAcceptor && !(isThisWay && hasReturnWords(packet, start, words))) {
      // A size mark is about the way that the packet came, which is not the one that the connection uses (yet).
      return this.handlePayloadFrom(payload, { outLink: inLink, words: returnWords(packet, start) }, now);
    }
    if (isThisWay && !this.#role.isAcceptor) this.#answers.handleCome();
    // Links mark no packets of the smallest size: an end must have marked this one.
    if (isMarked(packet, start)) this.#doubtSize(end - start <= PACKET_SIZE_MIN, now);
    this.handlePayload(payload, now);
  }

  /** Handles a packet's payload, which is decrypted in place. */
  handlePayload(payload: Uint8Array, now: number): void {
    if (this.#state === "gone") return;
    this.quic.handleDatagram(payload, now);
    this.handleTaken(payload.length, now);
  }

  /** The engine has taken a payload of that size: from `handlePayload`, or when it accepted the connection. */
  handleTaken(size: number, now: number): void {
    if (this.#state === "handshaking" && this.#role.isAcceptor) this.#handleHandshakePacket(size, now);
    this.#signs.datagramAt = now;
    this.streams.handlePacket();
    this.touch();
  }

  /** Does the same for a packet that came another way than those before. Answers follow it there only if it is the newest of all. */
  handlePayloadFrom(payload: Uint8Array, way: Way, now: number): void {
    const before = this.quic.newestPacket;
    this.handlePayload(payload, now);
    if (this.#state === "open" && this.quic.newestPacket > before) this.sender.move(way);
  }

  get packetsIgnored(): number {
    return this.quic.ignoredDatagrams() - (this.#wasReset ? 1 : 0);
  }

  handleTimeout(now: number): void {
    const timers = this.#timers;
    if (timers.isDue(Timer.leave, now)) return this.#leave();
    if (timers.isDue(Timer.repeatClose, now)) {
      this.sender.repeatLater();
      timers.set(Timer.repeatClose, now + this.limits.repeatEveryMs);
    }
    if (timers.isDue(Timer.quic, now)) this.quic.handleTimeout(now);
    if (timers.takeDue(Timer.greeting, now)) {
      const isHandshaking = this.#state === "handshaking";
      const endsAt = this.#handshake.endsAt(this.quic, isHandshaking);
      if (now < endsAt) timers.set(Timer.greeting, endsAt);
      else {
        const { code, text, cause } = lateEnd(isHandshaking, this.stats(now));
        this.close(code, text, now, cause);
        if (isHandshaking) return this.#leave();
      }
    }
    this.streams.handleTimeout(now);
    this.flows.handleTimeout(now);
    this.#signs.tell(this.#pulse);
    if (timers.takeDue(Timer.workloads, now)) this.streams.checkWorkloads();
    if (this.#state !== "closing") this.#beat(now);
    this.touch();
  }

  handleLinkUp(): void {
    if (this.#state === "handshaking" && this.#role.isAcceptor) return;
    if (this.#timers.isSet(Timer.quic)) this.sender.repeatLater();
    this.touch();
  }

  get #isGone(): boolean {
    return this.#state === "gone";
  }

  /** Does everything that is due after packets, timeouts and local events. */
  process(now: number): void {
    if (this.#isGone) return;
    this.#pollEvents(now);
    if (this.#state === "open") {
      this.#control.flush();
      this.#readStreams(now);
      if (this.isRoomAwaited && this.quic.streamsLeft() > 0) {
        this.isRoomAwaited = false;
        this.#role.handleRoom();
      }
    }
    if (this.#isGone) return;
    // The check is here, where no relay is in the middle of a call, because relays fill the control stream with their STOPs.
    if (this.#control.isOverfull) this.close(Code.overBudget, "control messages are not read", now);
    if (this.#state === "open" && this.streams.write(this.#control, now)) this.touch();
    const feed = this.#control.hasUnsent || this.#signs.isOverdue(this.#pulse, now) ? undefined : this.flows;
    const result = this.sender.send(this.quic, this.limits.packetsPerTurn, this.peerHello === undefined, now, feed);
    if (result === SendResult.more) this.touch();
    else if (result === SendResult.unwritable) this.#host.waitForLink(this, this.way.outLink);
    if (this.#state === "open") this.#draining.settle(this, this.#control, now);
    this.#arm(now);
    // The peer has also answered where nothing is in flight any more.
    if (this.#answers.isAwaited && this.#state !== "closing") this.#lookForAnswer(now);
  }

  drain(): void {
    this.#draining.begin();
    this.touch();
  }

  /** The peer has said which run of which vertex it is. */
  handleHello(hello: Hello, now: number): void {
    this.peerHello = hello;
    this.#timers.stop(Timer.greeting);
    this.quietMs = Math.max(this.quietMs, 1_000 * hello.quietSeconds);
    this.#pulse.handleQuiet(this.quietMs);
    const refusal = this.#role.handleHello(this, hello, now);
    if (refusal !== undefined) this.closeFor(refusal, now);
    else this.#host.handleGreeted(this, now);
  }

  /** Gives away all that another thread needs to carry the connection. Only the control stream was touched; from now on this object has no part in it. */
  handOver(): { readonly quic: QuicConnection; readonly unsent: Uint8Array } {
    this.#state = "gone";
    this.#host.setDeadline(this, Number.POSITIVE_INFINITY);
    return { quic: this.quic, unsent: this.#control.takeUnsent() };
  }

  tell(message: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#control.send(message);
    this.touch();
  }

  close(code: number, reason: string, now: number, cause: ConnectionEnd["cause"] = "local"): void {
    this.closeFor({ code, reason }, now, cause);
  }

  closeFor(refusal: Refusal, now: number, cause: ConnectionEnd["cause"] = "local"): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    const { code, reason, text = reason, isUrgent = isJudgement(code) } = refusal;
    this.quic.close(code, reason);
    this.#end({ code, cause, text }, now, this.limits.closingMs);
    if (isUrgent && cause === "local") this.#timers.set(Timer.repeatClose, now + this.limits.repeatAfterMs);
  }

  repeatClose(): void {
    if (this.#state !== "closing") return;
    this.sender.repeatLater();
    this.touch();
  }

  // StreamsOwner:

  touch(): void {
    if (!this.isDirty) this.#host.mark(this);
  }

  repeatStop(relay: StreamRelay, code: number): void {
    this.#control.send(encodeStop({ stream: relay.id, code }));
  }

  handleReset(relay: StreamRelay): void {
    this.#role.handleReset(this, relay);
  }

  /** The originator looks after the path: a mark on the next packet tells it to. */
  #doubtSize(isByEnd: boolean, now: number): void {
    if (this.#role.isAcceptor) this.sender.markNext();
    else this.#role.handleSizeDoubt(this, isByEnd, now);
  }

  /** An originator that repeats its first packet has not got the answer. */
  #handleHandshakePacket(size: number, now: number): void {
    const isHeard = this.#signs.takeHeard();
    const isRepeated = !isHeard && size >= INITIAL_DATAGRAM_MIN;
    if (isRepeated && this.#handshake.takeRepeat(now)) this.sender.repeatLater();
    if (isHeard) this.#pulse.handleHeard(now);
  }

  #pollEvents(now: number): void {
    for (let event = this.quic.pollEvent(); event !== undefined; event = this.quic.pollEvent()) {
      if (event.kind === "established" && this.#state === "handshaking") this.#handleEstablished(now);
      else if (event.kind === "closed") this.#handleClosed(event, now);
    }
  }

  #handleEstablished(now: number): void {
    const proof = this.#role.handleEstablished(this, now);
    if (!("principal" in proof)) return this.closeFor(proof, now);
    this.peerProof = proof;
    this.#state = "open";
    this.#timers.set(Timer.greeting, this.startedAt + 2 * this.limits.handshakeMs);
    this.quic.owner = proof.principal;
    const linkSeconds = this.#host.origin.quietSeconds(this.way.outLink);
    const quietSeconds = quietOf(linkSeconds, this.way.words.length, this.carriage.trafficClass);
    this.quietMs = 1_000 * quietSeconds;
    const terms = { ...this.carriage, quietSeconds };
    this.#control.send(this.#host.helloFor(this.own.principal, proof.principal, terms));
    if (this.sender.hasShrunk) this.#control.send(encodeSize(this.sender.payloadMax));
  }

  #handleClosed(event: Extract<QuicEvent, { kind: "closed" }>, now: number): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    this.#wasReset = event.cause === "reset";
    // The engine still has to send its own CONNECTION_CLOSE; a peer that has closed wants nothing more.
    this.#end(endOf(event, this.peerHello !== undefined), now, event.cause === "local" ? this.limits.closingMs : 0);
  }

  #end(end: ConnectionEnd, now: number, closingMs: number): void {
    this.#state = "closing";
    this.sender.forget();
    this.#timers.stopAll();
    this.#timers.set(Timer.leave, now + closingMs);
    if (end.cause === "reset") this.streams.offerAgain(this.#signs.shortestRttMs, now);
    this.streams.drop(end);
    this.flows.clear();
    this.#role.handleClosed(this, end, now);
    this.touch();
  }

  #leave(): void {
    this.#state = "gone";
    this.#host.setDeadline(this, Number.POSITIVE_INFINITY);
    this.#host.forget(this);
  }

  #readStreams(now: number): void {
    if (this.streams.look(now)) readControl<EngineConnection>(this, this.#control, this.#role, now);
    if (this.#role.isAcceptor && this.peerHello === undefined) return;
    this.streams.read(now);
    if (this.#state === "open" && this.streams.areAllBegun) this.flows.receive(now);
  }

  #arm(now: number): void {
    if (this.#state === "gone") return;
    const timers = this.#timers;
    timers.set(Timer.quic, this.quic.nextTimeout(now));
    if (!timers.isSet(Timer.quic)) this.sender.release();
    if (this.streams.isAnyStuck && this.#state !== "closing")
      timers.setEarlier(Timer.workloads, now + this.limits.workloadCheckMs);
    const isWaited = this.#state === "open" && this.peerHello === undefined;
    this.#pulse.update(now, timers.isSet(Timer.quic), isWaited || this.streamsOpen > 0 || this.#role.isWatchful);
    this.#host.setDeadline(this, this.#nextTimeout());
  }

  #nextTimeout(): number {
    // While its window is full, QUIC sends its close only when a timer lets it send a probe: so the timer is kept until the end.
    if (this.#state === "closing") return this.#timers.next;
    const own = Math.min(this.#timers.next, this.#draining.nextTimeout());
    return Math.min(own, this.#pulse.nextTimeout(), this.streams.nextTimeout(), this.flows.nextTimeout());
  }

  #handleUnanswered(now: number): void {
    const pulse = this.#signs.told(this.#pulse);
    if (pulse.isUnreachable(now)) this.streams.refuseOverdue(now);
    this.#answers.handleRepeat(pulse, now);
    if (this.#answers.takeSilent(pulse, now)) this.#role.handleSilent(this, now);
    if (this.#answers.takeUnanswered(pulse, now))
      this.#role.handleUnanswered(this, pulse.silence(now).unansweredMs, now);
  }

  #lookForAnswer(now: number): void {
    const pulse = this.#signs.told(this.#pulse);
    if (this.#answers.takeAnswered(pulse, now)) this.#role.handleAnswered(this, now);
  }

  #beat(now: number): void {
    switch (this.#pulse.handleTimeout(now)) {
      case PulseAction.giveUp:
        return this.close(Code.silent, "nothing was heard for too long", now, "silent");
      case PulseAction.repeat:
        if (this.#state === "open" || !this.#role.isAcceptor) this.sender.repeatLater();
        this.#doubtSize(true, now);
        if (!this.#role.isAcceptor) this.#handleUnanswered(now);
        // If the repeated packet is a duplicate, the peer does not answer it. A PING makes a new packet, if the window has room.
        if (this.#state === "open") this.quic.ping();
        return;
      case PulseAction.ping:
        this.quic.ping();
    }
  }
}
