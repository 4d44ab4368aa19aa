import { nextRound } from "@florenetes/scheduling";
import type { UdpAddress } from "../../addresses/link-address.ts";
import type { SessionAddress } from "../../addresses/session-address.ts";
import { LINK_MTU, QUIET_LOOK_MS_MAX } from "../../limits.ts";
import { CLOSED_CODE, reasons, type Verdict, verdict } from "../../reasons.ts";
import { verdictOfClose } from "../../sessions/close-verdict.ts";
import { ControlType, type ControlReader, decodeUp, encodeRenew, type Hello } from "../../sessions/hello.ts";
import type { Session } from "../../sessions/session.ts";
import type { HandedOver } from "../../sessions/handed-over.ts";
import { addFigures, type SessionFigures } from "../../sessions/session-figures.ts";
import { isOld, type Renewal } from "../../sessions/session-life.ts";
import type { SessionEvent, SessionState, VerifiedVertex } from "../../sessions/session-types.ts";
import type { ProbedPath, SessionProbes } from "../../sizes/session-probes.ts";
import type { LaneEvent, LaneOrders } from "./session-lane.ts";

/** How often the age of the connection is looked at; where the link is quiet, `QUIET_LOOK_MS_MAX` at most. */
const LOOK_MS = 1_000;

/**
 * A session that is up, and whose connection the data thread has. Its packets do not pass here; what is decided about the link does:
 *
 *     events: probes, RENEW, where the newest packet came from, the end ─▶ ┌─────────────┐ ─▶ what its endpoint is told
 *     path messages, as datagrams ──────────────────────────────────────▶ │ LaneSession │ ─▶ orders: address, probes, close
 *                                                                         └─────────────┘ ─▶ path messages
 */
export class LaneSession implements Session {
  readonly isOriginator: boolean;
  readonly address: SessionAddress;
  readonly peer: VerifiedVertex;
  readonly order: Hello;
  readonly udpPayload: number;
  readonly narrowerPayload = 0;
  readonly quietMs: number;
  congestedClasses = 0;
  isLeaving = false;
  readonly #orders: LaneOrders;
  readonly probes: SessionProbes;
  readonly #reader: ControlReader;
  readonly #renewal: Renewal;
  readonly #events: SessionEvent[];
  readonly #upSince: number;
  /** The figures when the session was handed over, and the newest ones, which include them. */
  readonly #before: SessionFigures;
  #figures: SessionFigures;
  #lastHeard: number;
  #state: SessionState = "up";
  #route = 0;
  #handle = 0;
  #rate: number | undefined;
  /** The address that the thread sends to. */
  #told: UdpAddress;
  readonly #lookMs: number;
  #nextLookAt: number;
  #isStale = false;

  constructor(parts: HandedOver, orders: LaneOrders, now: number) {
    this.isOriginator = parts.isOriginator;
    this.address = parts.address;
    this.peer = parts.peer;
    this.order = parts.hello;
    this.udpPayload = parts.udpPayload;
    this.#orders = orders;
    this.quietMs = parts.quietMs;
    this.#lookMs = Math.max(LOOK_MS, Math.min(parts.quietMs, QUIET_LOOK_MS_MAX));
    this.probes = parts.probes;
    this.#reader = parts.reader;
    this.#renewal = parts.renewal;
    this.#events = [...parts.events];
    this.#upSince = now;
    this.#before = parts.figures;
    this.#figures = parts.figures;
    this.#lastHeard = parts.lastHeard;
    this.#told = parts.address.peerAddress;
    this.#nextLookAt = nextRound(now, this.#lookMs);
    this.address.handOver({
      handleDatagram: (datagram, _now, from) => orders.handleDatagram(datagram, from),
      // The thread tells by itself where the newest packet came from, and counts what it ignores.
      newestPacket: -1,
      isClosed: false,
      ignoredDatagrams: () => 0,
      ping: () => orders.ping(),
    });
    this.probes.handOver(new LanePath(orders));
    if (parts.unsent.length > 0) orders.sendStream(parts.unsent);
  }

  /** The number by which events name the session. */
  get number(): number {
    return this.#orders.session;
  }

  get state(): SessionState {
    return this.#state;
  }

  get mtu(): number {
    return this.#state === "up" ? LINK_MTU : 0;
  }

  get preferredMtu(): number {
    return this.#state === "up" ? this.probes.preferredMtu : 0;
  }

  get lastHeard(): number {
    this.figures();
    return this.#lastHeard;
  }

  figures(): SessionFigures {
    const since = this.#orders.figures();
    if (since === undefined) return this.#figures;
    this.#lastHeard = Math.max(this.#lastHeard, since.lastHeard);
    return (this.#figures = addFigures(this.#before, since));
  }

  /** The session carries its link from now on: packets of the cluster vertex under the handle go to it. */
  setRoute(handle: number): void {
    this.#route = handle;
    this.#orders.setRoute(handle);
  }

  /** Packets that the session receives go to the cluster vertex under this handle from now on; 0: they are dropped. */
  setHandle(handle: number): void {
    if (this.#state === "closed" || handle === this.#handle) return;
    this.#handle = handle;
    this.#orders.setHandle(handle);
  }

  /** Takes a datagram that came to this thread: a path message, or one that had come before the session was handed over. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress, now: number): void {
    if (this.#state === "up") this.address.handleDatagram(datagram, from, now);
  }

  /** The thread tries resets for its sessions by itself. */
  handleReset(): boolean {
    return false;
  }

  /** Something happened to the session in the thread. Call `settle` after it. */
  handleEvent(event: LaneEvent, now: number): void {
    // A session that ended by itself before the order to close it came has nobody to tell.
    if (event.kind === "left" || event.kind === "closed") this.isLeaving = false;
    if (this.#state === "closed") return;
    switch (event.kind) {
      case "stream":
        this.#handleStream(event.bytes);
        break;
      case "probe":
        this.probes.handlePacket(event.packet, 0, event.packet.length, event.spreadMs, now);
        break;
      case "newest":
        this.address.handleNewest(event.from, event.bytes, now);
        break;
      case "congested":
        this.congestedClasses = event.congestedClasses;
        break;
      case "silent":
        this.close(verdict(reasons.silent));
        break;
      case "closed":
        this.#end(verdictOfClose(event));
        break;
      case "left":
        break;
    }
  }

  handleTimeout(now: number): void {
    if (this.#state === "closed") return;
    this.address.handleTimeout(now);
    if (this.probes.handleTimeout(now)) this.#tellStale();
    if (now < this.#nextLookAt) return;
    this.#nextLookAt = nextRound(now, this.#lookMs);
    if (this.isOriginator && this.#isOld(now)) this.#tellStale();
  }

  settle(now: number): void {
    if (this.#state === "closed") return;
    this.probes.poll(now);
  }

  pollEvent(): SessionEvent | undefined {
    return this.#events.shift();
  }

  /** Does nothing: the session was accepted before the data thread took it over. */
  accept(): void {}

  askRenewal(): void {
    if (this.#state === "up" && !this.isOriginator) this.#orders.sendStream(encodeRenew());
  }

  close(why: Verdict): void {
    if (this.#state === "closed") return;
    this.#orders.close(why.reason.wire ?? CLOSED_CODE, why.reason.text);
    this.isLeaving = true;
    this.#end(why);
  }

  /** The session has ended before, and late packets are no longer expected. */
  forget(): void {
    this.#orders.forget();
  }

  /** Takes no packet: those of the cluster vertex reach the data thread by another way. */
  send(): boolean {
    return false;
  }

  setRate(bitsPerSecond: number | undefined): void {
    if (this.#state === "closed" || bitsPerSecond === this.#rate) return;
    this.#rate = bitsPerSecond;
    this.#orders.setRate(bitsPerSecond);
  }

  /** Writes path messages; the thread sends all else. */
  pollTransmit(out: Uint8Array): number {
    if (this.#state === "closed") return 0;
    const length = this.address.pollBesides(out);
    if (length === 0) this.#followAddress();
    return length;
  }

  nextTimeout(): number {
    if (this.#state === "closed") return Infinity;
    return Math.min(this.address.nextTimeout(), this.probes.nextTimeout(), this.#nextLookAt);
  }

  /** Tells the thread the peer's address, and the room for copies. Probes have left before: they come first in the room of a new address. */
  #followAddress(): void {
    const { peerAddress } = this.address;
    if (peerAddress !== this.#told) {
      this.#told = peerAddress;
      this.#orders.setAddress(peerAddress);
    }
    const copies = this.address.takeCopies();
    if (copies !== undefined) this.#orders.addCopies(copies.to, copies.bytes);
  }

  /** Takes bytes of the control stream. An acceptor ignores them, as it is told nothing once it is up. */
  #handleStream(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.isOriginator && this.#state === "up";) {
      const { room } = this.#reader;
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      this.#reader.handleBytes(part.length);
      at += part.length;
      this.#readControl();
    }
  }

  #readControl(): void {
    const reader = this.#reader;
    for (let message = reader.pollMessage(); message !== undefined; message = reader.pollMessage()) {
      const { type, body } = message;
      if (type === ControlType.renew) this.#tellStale();
      else if (type === ControlType.up && decodeUp(body) !== undefined) continue;
      else if (type <= ControlType.up) return this.close(verdict(reasons.protocolError));
    }
    if (reader.isBroken) this.close(verdict(reasons.protocolError));
  }

  #isOld(now: number): boolean {
    const { quicPacketsSent: packetsSent, quicPacketsReceived: packetsReceived } = this.#orders.counts();
    return isOld(this.#renewal, now - this.#upSince, { packetsSent, packetsReceived });
  }

  #tellStale(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    this.#events.push({ kind: "stale" });
  }

  #end(why: Verdict): void {
    this.figures();
    if (this.#route !== 0) this.#orders.removeRoute(this.#route);
    this.address.handleEnd();
    this.#state = "closed";
    this.#events.push({ kind: "closed", verdict: why });
  }
}

/** The path of a session that the data thread sends by, as its probes use it. */
class LanePath implements ProbedPath {
  readonly #orders: LaneOrders;

  constructor(orders: LaneOrders) {
    this.#orders = orders;
  }

  get packetsSent(): number {
    return this.#orders.counts().packetsSent;
  }

  counts(): ReturnType<ProbedPath["counts"]> {
    const { quicPacketsSent, quicPacketsLost } = this.#orders.counts();
    return { packetsSent: quicPacketsSent, packetsLost: quicPacketsLost };
  }

  sendProbe(packet: Uint8Array, start: number): void {
    this.#orders.sendProbe(packet.subarray(start));
  }

  trim(): void {}
}
