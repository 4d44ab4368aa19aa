import { TrafficClass } from "@florenetes/forwarding";
import type { QuicConnection, QuicStats } from "@florenetes/quic";
import { PACKET_OVERHEAD, UDP_PAYLOAD_MAX, UDP_PAYLOAD_MIN } from "../limits.ts";
import { DatagramSender } from "./datagram-sender.ts";
import { RateGate } from "./rate-gate.ts";
import { CLOSED_CODE, type Verdict } from "../reasons.ts";

const filler = new Uint8Array(0);

/** The sending side of a session: packets, in UDP payloads of the size that the path carries, probes of that size, and CONNECTION_CLOSE. */
export class SessionOutput {
  readonly sender: DatagramSender;
  readonly gate: RateGate = new RateGate();
  readonly #connection: QuicConnection;
  #payloadMax: number = UDP_PAYLOAD_MIN;
  /** Whether a ping, in a packet of its own, should follow the probe. */
  #isPingDue = false;
  /** The verdict that the engine is still to be given; and whether its CONNECTION_CLOSE has not left yet. */
  #closing: Verdict | undefined;
  #isLeaving = false;
  /** Datagrams that QUIC has dropped as late, and that were counted. */
  #late = 0;

  constructor(connection: QuicConnection) {
    this.#connection = connection;
    this.sender = new DatagramSender(connection);
  }

  get packetsSent(): number {
    return this.sender.packetsSent;
  }

  counts(): QuicStats {
    return this.#connection.stats();
  }

  sendProbe(packet: Uint8Array, start: number, now: number): void {
    this.sender.sendProbe(packet, start, now);
  }

  trim(): void {
    this.sender.queue.trim();
  }

  get payloadMax(): number {
    return this.#payloadMax;
  }

  /** A UDP payload is proven, and is used from now on. */
  handlePayload(payload: number): void {
    this.#payloadMax = payload;
    this.sender.datagramMax = payload - PACKET_OVERHEAD;
  }

  /** The session is over; `pollClose` tells the peer. */
  close(why: Verdict): void {
    this.#closing = why;
    this.#isLeaving = true;
  }

  /** Whether CONNECTION_CLOSE has not left yet: while the engine's window is full, it waits for the engine's timer. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /**
   * Sends a probe or its answer in a packet of the largest size that packets of the link will have: the packet number takes
   * one byte now and may take four later, so an empty datagram of three bytes fills up. A small packet follows, whose
   * acknowledgement soon tells if the large one was lost.
   *
   * @param datagram The probe, as a whole packet.
   */
  sendFullSize(datagram: Uint8Array): void {
    const size = datagram.length + PACKET_OVERHEAD;
    // The payload has just the size of this datagram, so that other frames go into other packets; but a datagram that still waits must fit, too.
    const isAlone = this.#connection.datagramSendQueueLength() === 0;
    this.handlePayload(isAlone ? size : Math.max(this.#payloadMax, size));
    this.#connection.sendDatagram(datagram);
    this.#connection.sendDatagram(filler);
    this.#isPingDue = true;
  }

  /** Writes at most one UDP payload into `out`, which holds `UDP_PAYLOAD_MAX` bytes. */
  pollTransmit(out: Uint8Array, now: number): number {
    if (!this.gate.poll(now)) return 0;
    const length = this.#pollTransmit(out, now);
    if (length > 0) this.gate.handleSent(length, now);
    return length;
  }

  /** The time at which the connection wants to be looked at, or a payload that waits for the gate may leave. */
  nextTimeout(now: number): number {
    return Math.min(this.#connection.nextTimeout(now), this.gate.nextTimeout());
  }

  #pollTransmit(out: Uint8Array, now: number): number {
    this.#countLate();
    this.sender.refill(now);
    const room = this.#payloadMax < UDP_PAYLOAD_MAX ? out.subarray(0, this.#payloadMax) : out;
    const length = this.#connection.pollTransmit(room, now);
    if (length > 0) this.sender.handleTransmitted();
    if (length > 0 || !this.#isPingDue || this.#connection.datagramSendQueueLength() > 0) return length;
    this.#isPingDue = false;
    this.#connection.ping();
    return this.#connection.pollTransmit(room, now);
  }

  /** Counts datagrams that have waited in QUIC for too long and were dropped. QUIC knows no classes, so they count as reliable. */
  #countLate(): void {
    const { lateDatagrams } = this.#connection;
    if (lateDatagrams === this.#late) return;
    this.sender.queue.counts[TrafficClass.reliable]!.droppedLate += lateDatagrams - this.#late;
    this.#late = lateDatagrams;
    this.sender.handleTransmitted();
  }

  /** Writes the next datagram of a session that is over. */
  pollClose(out: Uint8Array, now: number): number {
    const room = out.subarray(0, this.#payloadMax);
    if (this.#closing !== undefined) {
      // Packets of the handshake go first: without them the peer could not read why we close.
      const length = this.#connection.pollTransmit(room, now);
      if (length > 0) return length;
      // The peer is told the reason's text alone: the verdict's text may name things that it need not know.
      this.#connection.close(this.#closing.reason.wire ?? CLOSED_CODE, this.#closing.reason.text);
      this.#closing = undefined;
    }
    const length = this.#connection.pollTransmit(room, now);
    // A connection without a timer sends nothing more: a peer that was never heard is not told.
    if (length > 0 || this.#connection.nextTimeout(now) === Infinity) this.#isLeaving = false;
    return length;
  }
}
