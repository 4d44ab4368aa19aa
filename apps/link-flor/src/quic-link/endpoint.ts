import type { QuicConnection } from "@florenetes/quic";
import type { EndpointIdentity, EndpointObserver, EndpointOptions } from "./endpoint-options.ts";
import type { SessionPlane } from "./data-plane/session-plane.ts";
import type { Hello } from "./sessions/hello.ts";
import type { LinkEvent } from "./links/link.ts";
import { JoinBuffers } from "./packets/joiner.ts";
import { joinedSize } from "./packets/joined-datagrams.ts";
import { Judgement } from "./peers/judgement.ts";
import { formatEndpoint, nowhere, parseEndpoint, type UdpAddress } from "./addresses/link-address.ts";
import { DRAIN_MS, PROBE_KEY_LENGTH, PROTOCOL_VERSION_MAX, PROTOCOL_VERSION_MIN, UDP_PAYLOAD_MAX } from "./limits.ts";
import { type LinkSlot, WantedLinks } from "./links/wanted-links.ts";
import { sizedConfig } from "./quic-settings.ts";
import { reasons, type Verdict, verdict } from "./reasons.ts";
import { EngineSession } from "./sessions/engine-session.ts";
import type { SessionEvent } from "./sessions/session-types.ts";
import { SessionIndex } from "./session-index.ts";
import { SessionAddress } from "./addresses/session-address.ts";
import { SessionTurns } from "./session-turns.ts";
import { type SessionOrigin, SessionSlot } from "./links/session-slot.ts";
import { Visits } from "./visits/visits.ts";
import { type StrangerAnswer, Strangers } from "./strangers/strangers.ts";

/**
 * All links of one cluster over one UDP socket. It does no I/O itself. In one turn the driver calls:
 *
 *     handleDatagram* (all that the socket has) ─▶ handleTimeout ─▶ settle ─▶ pollTransmit* ─▶ one timer for nextTimeout
 */
export class Endpoint {
  readonly strangers: Strangers;
  /** Takes wishes, upon which `settle` acts. */
  readonly links: WantedLinks;
  /** Handshakes, counted by outcome: `up`, or the name of the reason. */
  readonly handshakes: Record<string, number> = { up: 0 };
  /** The address that the datagram polled last goes to. */
  transmitTo: UdpAddress = nowhere;
  readonly #options: EndpointOptions;
  readonly #observer: EndpointObserver;
  readonly #newConnectionId: () => Uint8Array;
  readonly #sessions = new SessionIndex();
  /** Attempts that wait for an address. */
  readonly #unresolved = new Map<number, LinkSlot>();
  readonly #plane: SessionPlane;
  readonly visits: Visits = new Visits();
  readonly #turns = new SessionTurns<SessionSlot>();
  readonly #scratch = new Uint8Array(UDP_PAYLOAD_MAX);
  readonly #joinBuffers = new JoinBuffers();
  readonly #deliverBound = (packet: Uint8Array, start: number, end: number): void => this.#deliver(packet, start, end);
  readonly #handleLinkEventBound = (slot: LinkSlot, event: LinkEvent): void => this.#handleLinkEvent(slot, event);
  readonly #judgement: Judgement;
  #identity: EndpointIdentity;
  #settling: SessionSlot | undefined;
  #droppedSessionOver = 0;
  /** The time that the present `settle` was given. */
  #now = 0;

  constructor(options: EndpointOptions, observer: EndpointObserver, now: number) {
    this.#options = options;
    this.#observer = observer;
    this.#identity = options.identity;
    this.#plane = options.plane;
    this.links = new WantedLinks(() => options.random());
    this.#judgement = new Judgement({ ...options, sessions: this.#sessions.all, links: this.links }, now);
    this.#judgement.judge(this.#identity, now);
    this.#newConnectionId = () => this.#sessions.newId((length) => options.randomBytes(length));
    const resetToken = (id: Uint8Array): Uint8Array => this.#identity.resetToken(id);
    this.strangers = new Strangers({ ...options, resetToken, newConnectionId: this.#newConnectionId });
  }

  /** From now on this end has another identity. Sessions of the former identity go on until others have taken their place. */
  handleIdentity(identity: EndpointIdentity, now: number): void {
    this.#identity = identity;
    this.#judgement.judge(identity, now);
    this.links.handleIdentity(now);
  }

  /** The revocation lists have changed: sessions of certificates that they name end, and no others. */
  handleRevocations(now: number): void {
    this.#judgement.judge(this.#identity, now);
    this.links.handleRefusalsOutdated(now);
  }

  // ── Packets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a UDP payload, or several of one peer that the kernel has joined; decrypts in place. Returns the number of payloads. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress, now: number): number {
    if (datagram.length === 0) {
      this.strangers.drops.droppedNotQuic++;
      return 1;
    }
    const slot = this.#sessions.find(datagram);
    if (slot === undefined) {
      const reset = this.#sessions.findReset(datagram, from, now);
      if (reset === undefined) this.#acceptStranger(datagram, from, now);
      else this.#turns.touch(reset);
      return 1;
    }
    const size = joinedSize(datagram);
    let count = 0;
    for (let at = 0; at < datagram.length; at += size, count++) {
      const one = size === datagram.length ? datagram : datagram.subarray(at, at + size);
      // All sessions with a peer have the same address, so the kernel may have joined payloads of several sessions.
      const owner = at === 0 ? slot : (this.#sessions.find(one) ?? slot);
      owner.session.handleDatagram(one, from, now);
      if (owner.session.state === "closed") this.#droppedSessionOver++;
      this.#turns.touch(owner);
    }
    return count;
  }

  /** Datagrams that were dropped, by cause; `strangers` counts those of strangers. */
  get drops(): Readonly<Record<string, number>> {
    const plane = this.#plane.drops();
    return {
      droppedUnauthenticated: this.#sessions.datagramsIgnored + plane.datagramsIgnored,
      droppedSessionOver: this.#droppedSessionOver + plane.datagramsSessionOver,
      droppedUntold: plane.untold,
      droppedUnsent: plane.unsent,
      packetsDroppedNoLink: this.links.packetsDroppedNoLink + this.visits.packetsDropped + plane.packetsNoLink,
    };
  }

  /** Takes a packet that came by the link `inLink`, or from the cluster vertex. Drops and counts it unless the link of `handle` is up. */
  send(handle: number, packet: Uint8Array, start: number, end: number, inLink: number, now: number): void {
    const carrier = this.links.carrierOf(handle);
    if (carrier === undefined) return;
    carrier.session.send(packet, start, end, inLink, now);
    this.#turns.markDirty(carrier);
  }

  handleResolved(attempt: number, address: UdpAddress | undefined, text: string, now: number): void {
    const slot = this.#unresolved.get(attempt);
    this.#unresolved.delete(attempt);
    if (slot === undefined || slot.isEnded || !slot.link.isWaiting(attempt)) return;
    if (address === undefined) this.#failAttempt(slot, attempt, verdict(reasons.nameNotResolved, text), now);
    else this.#connect(slot, attempt, address, now);
    this.links.touch(slot.link);
  }

  handleTimeout(now: number): void {
    this.#judgement.handleTimeout(this.#identity, now);
    this.links.handleTimeout(now);
    for (const { session, peer, hello } of this.links.takeHeld(now)) this.#answerHello(session, peer, hello, now);
    for (let slot = this.#turns.popDue(now); slot !== undefined; slot = this.#turns.popDue(now)) {
      if (now >= slot.goneAt) {
        this.#sessions.remove(slot);
        this.#plane.forget(slot);
        continue;
      }
      slot.session.handleTimeout(now);
      this.#turns.touch(slot);
    }
  }

  /** Whether a session has ended whose peer is still to be told. */
  get isLeaving(): boolean {
    return [...this.#sessions.all].some(({ session }) => session.isLeaving);
  }

  /** Acts on everything that came since the last call; tells the observer. */
  settle(now: number): void {
    this.#now = now;
    this.links.settle(this.#handleLinkEventBound);
    for (let slot = this.#turns.takeTouched(); slot !== undefined; slot = this.#turns.takeTouched()) {
      this.#settling = slot;
      slot.session.settle(now, this.#scratch, this.#deliverBound);
      this.#handleEvents(slot, now);
      this.#turns.markDirty(slot);
      this.links.settle(this.#handleLinkEventBound);
    }
  }

  /** Writes at most one UDP payload into `out`, which holds `UDP_PAYLOAD_MAX` bytes; its destination is `transmitTo`. */
  pollTransmit(out: Uint8Array, now: number): number {
    const answer = this.strangers.pollAnswer();
    if (answer !== undefined) return this.#takeAnswer(answer, out);
    const length = this.#turns.pollTransmit(out, now);
    this.transmitTo = this.#turns.transmitTo;
    return length;
  }

  nextTimeout(): number {
    return Math.min(this.#turns.nextTimeout(), this.links.nextTimeout(), this.#judgement.nextTimeout());
  }

  // ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #acceptStranger(datagram: Uint8Array, from: UdpAddress, now: number): void {
    const admitted = this.strangers.handleDatagram(datagram, from, now);
    if (admitted === undefined) return;
    const payloadMax = this.#options.payloadMaxTo(from.host);
    const statelessResetToken = this.#identity.resetToken(admitted.ownId);
    const config = { ...sizedConfig(this.#identity.quic, payloadMax), statelessResetToken };
    try {
      const connection = this.#options.engine.accept(config, admitted.ownId, admitted.originalId, datagram, now);
      this.#turns.touch(this.#addSession(connection, { ...admitted, address: from, payloadMax }, now));
    } catch {
      // An engine that refuses an address or a parameter must not end the process.
      this.strangers.admission.release(admitted.place, false, now);
      this.#count(reasons.quicError.name);
    }
  }

  #connect(link: LinkSlot, attempt: number, to: UdpAddress, now: number): void {
    const ownId = this.#newConnectionId();
    const hello: Hello = {
      versionMin: PROTOCOL_VERSION_MIN,
      versionMax: PROTOCOL_VERSION_MAX,
      role: "originator",
      tag: link.link.tag,
      instance: this.#options.instance,
      attempt,
      probeKey: this.#options.randomBytes(PROBE_KEY_LENGTH),
      quietSeconds: this.#options.quietSeconds(),
    };
    const payloadMax = Math.min(this.#options.payloadMaxTo(to.host), link.link.payloadCap(now));
    let connection: QuicConnection;
    try {
      connection = this.#options.engine.connect(sizedConfig(this.#identity.quic, payloadMax), ownId, now);
    } catch (error) {
      this.#failAttempt(link, attempt, verdict(reasons.quicError, (error as Error).message), now);
      return;
    }
    const { isSparing } = link.link;
    const origin = { ownId, address: to, payloadMax, link: link.link, attempt, hello, isSparing };
    const slot = this.#addSession(connection, origin, now);
    this.#sessions.addOriginated(slot, to);
    link.link.handleStarted(attempt, slot);
    this.#turns.markDirty(slot);
  }

  #addSession(connection: QuicConnection, origin: SessionOrigin, now: number): SessionSlot {
    const { prove, randomBytes } = this.#options;
    const isOriginator = origin.link !== undefined;
    const session = new EngineSession(
      {
        connection,
        address: new SessionAddress({ connection, ...origin, isOriginator, prove, randomBytes }, now),
        payloadMax: origin.payloadMax,
        joinBuffers: this.#joinBuffers,
        hello: origin.hello,
        expectedName: origin.link?.peer,
        deadAfterMs: this.#options.deadAfterMs(),
        renewal: this.#options.renewal,
        verifyPeer: (chain, expectedName) => this.#identity.verifyPeer(chain, expectedName, this.links.pins),
      },
      now,
    );
    const slot = new SessionSlot(session, origin, this.#identity, (touched) => this.#turns.touch(touched));
    this.#sessions.add(slot);
    return slot;
  }

  #handleEvents(slot: SessionSlot, now: number): void {
    for (let event = slot.session.pollEvent(); event !== undefined; event = slot.session.pollEvent()) {
      this.#handleEvent(slot, event, now);
    }
    slot.link?.handleCondition(slot);
    if (slot.link !== undefined) this.links.touch(slot.link);
  }

  #handleEvent(slot: SessionSlot, event: SessionEvent, now: number): void {
    switch (event.kind) {
      case "heard":
        slot.session.address.handleHeard();
        if (slot.attempt !== undefined) slot.link?.handleHeard(slot.attempt, now);
        break;
      case "hello":
        if (!this.links.hold(slot, event, now)) this.#answerHello(slot, event.peer, event.hello, now);
        break;
      case "visit":
        if (this.visits.answer(slot, event, this.#observer.onVisit, now)) this.#count("visit");
        break;
      case "up":
        slot.session = this.#plane.carry(slot, now);
        this.#release(slot, now);
        if (slot.attempt === undefined) this.#remember(slot);
        this.#count("up");
        slot.wasUp = true;
        if (slot.link?.current !== undefined) slot.handleFormer(slot.link.current);
        slot.link?.handleUp(slot, now);
        // A session that comes up after a newer one does not change its link, but its packets are the link's all the same.
        if (slot.link !== undefined && slot.link.current !== slot) this.#plane.setHandle(slot.link);
        if (slot.identity !== this.#identity && slot.link?.current === slot) slot.link.handleIdentity(now);
        break;
      case "stale":
        slot.link?.handleStale(slot, now);
        break;
      case "closed":
        this.#handleSessionEnd(slot, event.verdict, now);
        break;
    }
  }

  #answerHello(slot: SessionSlot, peer: string, hello: Hello, now: number): void {
    const link = this.links.find({ peer, tag: hello.tag });
    const refusal = link === undefined ? verdict(reasons.notWanted) : link.judgeHello(slot);
    if (link === undefined) this.#tellKnock(slot, hello.tag);
    if (refusal !== undefined) {
      if (link !== undefined && refusal.reason === reasons.roleConflict) this.links.tellConflict(link, refusal, now);
      slot.close(refusal);
      return;
    }
    slot.link = link;
    slot.session.accept(this.#options.instance, now);
    this.#turns.touch(slot);
  }

  #tellKnock({ session: { peer, address } }: SessionSlot, tag: string): void {
    const { name, keyHash } = peer!;
    this.#observer.onKnock({ peer: name, tag, keyHash, address: formatEndpoint(address.peerAddress) });
  }

  #handleSessionEnd(slot: SessionSlot, why: Verdict, now: number): void {
    this.#release(slot, now);
    this.links.held.forget(slot);
    this.#sessions.removeOriginated(slot);
    if (slot.session.peer !== undefined) slot.link?.handleProven();
    if (slot.session.narrowerPayload > 0) slot.link?.narrow(slot.session.narrowerPayload, now);
    if (slot.handle !== 0) this.links.forgetHandle(slot.handle);
    this.visits.free(slot);
    if (!slot.wasUp && !slot.isVisit) this.#handleNeverUp(slot, why, now);
    slot.link?.handleClosed(slot, slot.attempt, why, now);
    // A closed session stays for a while, so that late packets of its peer are not taken for a stranger's. A peer that was never heard sends none.
    slot.goneAt = slot.wasHeard ? now + DRAIN_MS : now;
  }

  #handleNeverUp({ link, attempt, session }: SessionSlot, why: Verdict, now: number): void {
    const { reason, text } = why;
    this.#count(reason.name);
    // Attempts of an originator whose link is not up are told as the link's state. A failed renewal is told below only.
    if (attempt !== undefined && link?.current === undefined) return;
    link?.handleOfferFailed(why, now);
    // A failed offer is no news when a newer session has superseded it, or when its link has ended.
    if (reason === reasons.superseded || (link !== undefined && this.links.find(link) !== link)) return;
    const peer = why.peer ?? session.peer?.name ?? link?.peer;
    if (reason === reasons.wrongKey && attempt === undefined && peer !== undefined)
      this.links.tellWrongKey(peer, why, now);
    this.#observer.onOfferFailed({ from: formatEndpoint(session.address.peerAddress), peer, code: reason.name, text });
  }

  #release(slot: SessionSlot, now: number): void {
    if (slot.place !== undefined) this.strangers.admission.release(slot.place, slot.session.state === "up", now);
    slot.place = undefined;
  }

  /** Remembers the address of a neighbour whose session came up: it finds a place next time even when strangers take all others. */
  #remember({ session }: SessionSlot): void {
    this.strangers.known.handleProven(session.peer!.name, session.address.peerAddress.host);
  }

  #deliver(packet: Uint8Array, start: number, end: number): void {
    const slot = this.#settling!;
    // The first packet of a session may be what brings its link up: the observer is told that before it gets the packet.
    if (slot.handle === 0) {
      this.#handleEvents(slot, this.#now);
      this.links.settle(this.#handleLinkEventBound);
    }
    const handle = slot.link?.status.handle ?? 0;
    if (handle !== 0) this.#observer.onPacket(handle, packet, start, end);
  }

  #count(outcome: string): void {
    this.handshakes[outcome] = (this.handshakes[outcome] ?? 0) + 1;
  }

  // ── Links ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #handleLinkEvent(slot: LinkSlot, event: LinkEvent): void {
    if (event.kind === "attempt") {
      this.#attempt(slot, event.number, event.endpoint);
    } else {
      this.links.name(slot, event.status);
      this.#plane.setRoute(slot.link);
      this.#observer.onStatus(event.status);
      this.#plane.setHandle(slot.link);
    }
  }

  #attempt(slot: LinkSlot, number: number, endpoint: string): void {
    const address = parseEndpoint(endpoint);
    if (address === undefined) {
      const text = `"${endpoint}" is not of the form udp://host:port`;
      this.#failAttempt(slot, number, verdict(reasons.badEndpoint, text), this.#now);
      return;
    }
    this.#unresolved.set(number, slot);
    this.#observer.onResolve(number, address.host, address.port);
  }

  #failAttempt(slot: LinkSlot, number: number, why: Verdict, now: number): void {
    this.#count(why.reason.name);
    slot.link.handleClosed(undefined, number, why, now);
  }

  #takeAnswer(answer: StrangerAnswer, out: Uint8Array): number {
    out.set(answer.bytes);
    this.transmitTo = answer.to;
    return answer.bytes.length;
  }
}
