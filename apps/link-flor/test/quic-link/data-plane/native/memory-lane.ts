import type { QuicConnection } from "@florenetes/quic";
import { isSameAddress, type UdpAddress } from "../../../../src/quic-link/addresses/link-address.ts";
import type {
  Adoption,
  LaneCounts,
  LaneEvent,
  LaneFigures,
  LaneOrders,
  SessionLane,
} from "../../../../src/quic-link/data-plane/native/session-lane.ts";
import type { SessionPlaneDrops } from "../../../../src/quic-link/data-plane/session-plane.ts";
import { PROBE_PLACE } from "../../../../src/quic-link/queue/queue-place.ts";
import { LINK_MTU, UDP_PAYLOAD_MAX } from "../../../../src/quic-link/limits.ts";
import { JoinBuffers } from "../../../../src/quic-link/packets/joiner.ts";
import { SessionInput } from "../../../../src/quic-link/packets/session-input.ts";
import { SessionOutput } from "../../../../src/quic-link/packets/session-output.ts";
import { type Reason, reasons, verdict } from "../../../../src/quic-link/reasons.ts";
import { NO_ECN, packetFigures } from "../../../../src/quic-link/sessions/session-figures.ts";
import { SessionLife } from "../../../../src/quic-link/sessions/session-life.ts";
import { ProbeKind, probeKindOf } from "../../../../src/quic-link/sizes/mtu-probe.ts";

export interface LaneOwner {
  now(): number;
  onEvent(session: number, event: LaneEvent): void;
  onPacket(handle: number, packet: Uint8Array): void;
}

/** Does in memory what the data thread does with sessions: the endpoint gives it every datagram, as if all had come early. */
export class MemoryLane implements SessionLane {
  readonly sessions = new Map<number, MemorySession>();
  readonly routes = new Map<number, number>();
  readonly forgotten: number[] = [];
  readonly #owner: LaneOwner;
  readonly #buffers = new JoinBuffers();
  #packetsNoLink = 0;

  constructor(owner: LaneOwner) {
    this.#owner = owner;
  }

  adopt(adoption: Adoption): LaneOrders {
    const session = new MemorySession(this.sessions.size + 1, adoption, this, this.#owner, this.#buffers);
    this.sessions.set(session.session, session);
    return session;
  }

  readonly waitedMs = 0;

  drops(): SessionPlaneDrops {
    let datagramsIgnored = 0;
    for (const session of this.sessions.values()) datagramsIgnored += session.ignored();
    return { datagramsIgnored, datagramsSessionOver: 0, untold: 0, unsent: 0, packetsNoLink: this.#packetsNoLink };
  }

  /** A packet of the cluster vertex, with room before it. */
  send(handle: number, packet: Uint8Array, start: number): void {
    const session = this.sessions.get(this.routes.get(handle) ?? 0);
    if (session === undefined) this.#packetsNoLink++;
    else session.send(packet, start);
  }

  /** Whether the datagram is a stateless reset of one of the sessions. */
  handleReset(datagram: Uint8Array, from: UdpAddress): boolean {
    return [...this.sessions.values()].some((session) => session.handleReset(datagram, from));
  }

  turn(): void {
    for (const session of this.sessions.values()) session.turn();
  }

  /** Takes all datagrams that the sessions have to send. */
  *transmit(): Iterable<{ readonly to: UdpAddress; readonly bytes: Uint8Array }> {
    for (const session of this.sessions.values()) yield* session.transmit();
  }
}

class MemorySession implements LaneOrders {
  readonly session: number;
  #fromElsewhere = 0;
  #resetsTried = 0;
  #droppedTooLarge = 0;
  readonly #adoption: Adoption;
  readonly #connection: QuicConnection;
  readonly #lane: MemoryLane;
  readonly #owner: LaneOwner;
  readonly #output: SessionOutput;
  readonly #input: SessionInput;
  readonly #life: SessionLife;
  readonly #out = new Uint8Array(UDP_PAYLOAD_MAX);
  #to: UdpAddress;
  /** Packets that come while it is undefined wait until the session has a handle. */
  #handle: number | undefined;
  #packetsReceived = 0;
  #bytesReceived = 0;
  #copies: { readonly to: UdpAddress; bytes: number } | undefined;
  #isDoubted = false;
  #congestedClasses = 0;
  #state: "up" | "closing" | "over" = "up";

  constructor(session: number, adoption: Adoption, lane: MemoryLane, owner: LaneOwner, buffers: JoinBuffers) {
    const { connection, address, payload, deadAfterMs, quietMs, isOriginator } = adoption;
    this.session = session;
    this.#adoption = adoption;
    this.#connection = connection;
    this.#lane = lane;
    this.#owner = owner;
    this.#output = new SessionOutput(connection);
    this.#output.handlePayload(payload);
    this.#input = new SessionInput(connection, buffers);
    this.#life = new SessionLife(connection, { afterMs: Infinity, afterPackets: Infinity });
    this.#life.handleUp(deadAfterMs, { ms: quietMs, isOriginator }, owner.now());
    this.#to = address;
  }

  setRoute(handle: number): void {
    this.#lane.routes.set(handle, this.session);
  }

  removeRoute(handle: number): void {
    this.#lane.routes.delete(handle);
  }

  setHandle(handle: number): void {
    this.#handle = handle;
  }

  setRate(bitsPerSecond: number | undefined): void {
    this.#output.gate.setRate(bitsPerSecond);
  }

  setAddress(to: UdpAddress): void {
    this.#to = to;
    this.#copies = undefined;
  }

  addCopies(to: UdpAddress, bytes: number): void {
    const before = this.#copies !== undefined && isSameAddress(to, this.#copies.to) ? this.#copies.bytes : 0;
    this.#copies = { to, bytes: before + bytes };
  }

  handleDatagram(datagram: Uint8Array, from: UdpAddress): void {
    const { isOriginator, address } = this.#adoption;
    if (isOriginator && !isSameAddress(from, address)) {
      this.#fromElsewhere++;
      return;
    }
    const newest = this.#connection.newestPacket;
    const size = datagram.length;
    this.#connection.handleDatagram(datagram, this.#owner.now());
    this.#life.handleFed(this.#owner.now());
    const isElsewhere = !isSameAddress(from, this.#to);
    if (isOriginator || this.#connection.newestPacket === newest || (!isElsewhere && !this.#isDoubted)) return;
    this.#isDoubted = isElsewhere;
    this.#tell({ kind: "newest", from, bytes: size });
  }

  sendStream(bytes: Uint8Array): void {
    this.#connection.streamSend(0, bytes, false);
  }

  sendProbe(packet: Uint8Array): void {
    const withRoom = new Uint8Array(packet.length + 3);
    withRoom.set(packet, 3);
    this.#output.sendProbe(withRoom, 3, this.#owner.now());
  }

  ping(): void {
    this.#connection.ping();
  }

  close(code: number, text: string): void {
    const reason = Object.values<Reason>(reasons).find(({ wire }) => wire === code) ?? reasons.closed;
    this.#state = "closing";
    if (!this.#connection.isClosed) this.#output.close(verdict(reason, text));
  }

  forget(): void {
    this.#lane.forgotten.push(this.session);
  }

  counts(): LaneCounts {
    const { packetsSent, packetsReceived, packetsLost } = this.#connection.stats();
    return {
      packetsSent: this.#output.sender.packetsSent,
      quicPacketsSent: packetsSent,
      quicPacketsReceived: packetsReceived,
      quicPacketsLost: packetsLost,
    };
  }

  figures(): LaneFigures {
    const { rttMs, packetsLost } = this.#connection.stats();
    return {
      ...packetFigures(this.#output.sender, this.#input.joiner, this.#droppedTooLarge, 0),
      rttMs,
      packetsLost,
      ...NO_ECN,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      lastHeard: this.#life.lastHeard,
    };
  }

  send(packet: Uint8Array, start: number): void {
    if (packet.length - start > LINK_MTU) this.#droppedTooLarge++;
    else if (this.#state === "up") {
      this.#output.sender.send(packet, start, packet.length, PROBE_PLACE, this.#owner.now());
    }
  }

  ignored(): number {
    return this.#fromElsewhere + Math.max(0, this.#connection.ignoredDatagrams() - this.#resetsTried);
  }

  handleReset(datagram: Uint8Array, from: UdpAddress): boolean {
    const { isOriginator, address, ownId } = this.#adoption;
    if (this.#state !== "up" || this.#connection.isClosed) return false;
    const isOurs = ownId.every((byte, i) => byte === datagram[1 + i]);
    if (!isOriginator || isOurs || (datagram[0] ?? 0x80) >= 0x80 || !isSameAddress(from, address)) return false;
    this.#resetsTried++;
    this.#connection.handleDatagram(Uint8Array.from(datagram), this.#owner.now());
    return this.#connection.isClosed;
  }

  turn(): void {
    const now = this.#owner.now();
    if (this.#state === "over") return;
    if (this.#connection.nextTimeout(now) <= now) this.#connection.handleTimeout(now);
    if (this.#state === "closing") return;
    if (this.#life.handleTimeout(now) === "dead") this.#tell({ kind: "silent" });
    this.#input.joiner.handleTimeout(now);
    if (this.#handle !== undefined) this.#receivePackets(this.#handle, now);
    this.#receiveStream();
    const { congestedClasses } = this.#output.sender.queue;
    if (congestedClasses !== this.#congestedClasses) this.#tell({ kind: "congested", congestedClasses });
    this.#congestedClasses = congestedClasses;
    for (let event = this.#connection.pollEvent(); event !== undefined; event = this.#connection.pollEvent()) {
      if (event.kind !== "closed") continue;
      this.#state = "over";
      this.#tell(event);
    }
  }

  *transmit(): Iterable<{ readonly to: UdpAddress; readonly bytes: Uint8Array }> {
    const now = this.#owner.now();
    for (let turns = 0; turns < 1_000 && this.#state !== "over"; turns++) {
      const isClosing = this.#state === "closing";
      const length = isClosing ? this.#output.pollClose(this.#out, now) : this.#output.pollTransmit(this.#out, now);
      if (length === 0) break;
      const bytes = this.#out.slice(0, length);
      yield { to: this.#to, bytes };
      if (this.#copies === undefined || this.#copies.bytes < length) continue;
      this.#copies.bytes -= length;
      yield { to: this.#copies.to, bytes };
    }
    if (this.#state === "up") this.#life.handleDrained(now);
    if (this.#state !== "closing" || this.#output.isLeaving) return;
    this.#state = "over";
    this.#tell({ kind: "left" });
  }

  #receivePackets(handle: number, now: number): void {
    const scratch = new Uint8Array(UDP_PAYLOAD_MAX);
    while (this.#input.pollPacket(scratch, now)) {
      const { packet, start, end, spreadMs } = this.#input;
      const bytes = packet.slice(start, end);
      const { probeKey } = this.#adoption;
      if (probeKindOf(bytes, 0, bytes.length, probeKey) !== ProbeKind.none) {
        this.#tell({ kind: "probe", packet: bytes, spreadMs });
      } else if (handle !== 0) {
        this.#packetsReceived++;
        this.#bytesReceived += bytes.length;
        this.#owner.onPacket(handle, bytes);
      }
    }
  }

  #receiveStream(): void {
    const room = new Uint8Array(1_000);
    const length = this.#connection.streamReceive(0, room);
    if (length > 0) this.#tell({ kind: "stream", bytes: room.slice(0, length) });
  }

  #tell(event: LaneEvent): void {
    this.#owner.onEvent(this.session, event);
  }
}
