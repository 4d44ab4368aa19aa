import type { QuicConnection } from "@florenetes/quic";
import { ENGINE_QUEUE_MAX, FRAME_OVERHEAD, PACKET_OVERHEAD, PIECES_MAX, UDP_PAYLOAD_MIN } from "../limits.ts";
import { PacketQueue } from "../queue/packet-queue.ts";
import { PROBE_PLACE, type QueuePlace } from "../queue/queue-place.ts";
import {
  PACKET_NUMBERS,
  pieceCount,
  PIECE_HEADER_LENGTH,
  pieceSize,
  WHOLE_HEADER,
  WHOLE_HEADER_LENGTH,
  writePieceHeader,
} from "./pieces.ts";

/** Datagrams that may be inside the engine: its limit, and the last pieces of a packet that must not be overtaken. */
const ENGINE_LENGTHS_MAX: number = ENGINE_QUEUE_MAX + PIECES_MAX;

/**
 * Gives the packets of a link to its engine, as datagrams. A packet goes at once while it fits into one QUIC packet with the datagrams that the engine
 * has already. Otherwise it waits in the link's own queue: a datagram inside the engine may wait for two round trips, and nothing can overtake it there.
 * Large packets go in pieces, and small ones between the pieces: a small packet overtakes that one packet, and no other.
 *
 *     queue    s3 s2 L2 s1 │ L1 in pieces      ─▶  1 of L1, s1, 2 of L1, 3 of L1, … ─▶ engine
 */
export class DatagramSender {
  readonly queue: PacketQueue = new PacketQueue();
  /** Packets that were sent, probes excluded. */
  packetsSent = 0;
  bytesSent = 0;
  /** Packets that were sent in pieces, and how many pieces. */
  packetsSplit = 0;
  piecesSent = 0;
  /** Datagrams that the engine did not take, since they were larger than its packets. */
  droppedByEngine = 0;
  readonly #connection: QuicConnection;
  /** Largest datagram; longer packets go in pieces. */
  #datagramMax: number = UDP_PAYLOAD_MIN - PACKET_OVERHEAD;
  /** Lengths of the datagrams inside the engine, in a ring, oldest first. */
  readonly #engineLengths = new Uint16Array(ENGINE_LENGTHS_MAX);
  #engineFirst = 0;
  #engineCount = 0;
  #engineBytes = 0;
  /** The packet whose pieces are being sent (it is held in the queue): how long it is, and how many pieces there are; 0: none. */
  #splitLength = 0;
  #splitPieces = 0;
  #splitSize = 0;
  #splitIndex = 0;
  #splitNumber = 0;
  /** Room for packets that may go before the next piece, in bytes. */
  #betweenRoom = 0;

  constructor(connection: QuicConnection) {
    this.#connection = connection;
  }

  set datagramMax(size: number) {
    this.#datagramMax = size;
  }

  /**
   * Takes `packet[start, end)`, with at least `PIECE_HEADER_LENGTH` bytes before it, which are left as they are. Returns false
   * when it was dropped.
   */
  send(packet: Uint8Array, start: number, end: number, place: QueuePlace, now: number): boolean {
    const length = end - start;
    const isDirect =
      this.#isWhole(length) && this.queue.length === 0 && this.#hasEngineRoom(length + WHOLE_HEADER_LENGTH);
    if (!isDirect) return this.queue.push(packet, start, end, place, now);
    this.queue.countUnqueued(place, end - start);
    return this.#sendWhole(packet, start, end);
  }

  /** Sends a probe, a packet of our own that is not counted. */
  sendProbe(probe: Uint8Array, start: number, now: number): void {
    if (!this.send(probe, start, probe.length, PROBE_PLACE, now)) return;
    const length = probe.length - start;
    this.packetsSent--;
    this.bytesSent -= length;
    this.queue.uncount(PROBE_PLACE, length);
  }

  /** Gives the engine the datagrams that it has room for. To be called before it is asked for a QUIC packet. */
  refill(now: number): void {
    for (;;) {
      const next = this.queue.nextLength;
      const isPiece = this.#splitPieces > 0 && !this.#mayOvertake(next);
      if (!isPiece && next === 0) return;
      if (!this.#hasEngineRoom(isPiece ? this.#pieceLength() : this.#firstLength(next))) return;
      if (isPiece) this.#sendPiece();
      else if (this.queue.pollPacket(now)) this.#sendPolled();
    }
  }

  /** The link is over. */
  clear(): void {
    this.#splitPieces = 0;
    this.queue.clear();
  }

  /** The engine gave a QUIC packet: datagrams may have left it. */
  handleTransmitted(): void {
    if (this.#engineCount === 0) return;
    for (const left = this.#connection.datagramSendQueueLength(); this.#engineCount > left; this.#engineCount--) {
      this.#engineBytes -= this.#engineLengths[this.#engineFirst]!;
      this.#engineFirst = (this.#engineFirst + 1) % ENGINE_LENGTHS_MAX;
    }
  }

  /** Whether a datagram fits into one QUIC packet with all that is inside the engine. An empty engine has room for any datagram. */
  #hasEngineRoom(length: number): boolean {
    if (this.#engineCount === 0) return true;
    const inside = this.#engineBytes + this.#engineCount * FRAME_OVERHEAD;
    return inside + length <= this.#datagramMax && this.#engineCount < ENGINE_QUEUE_MAX;
  }

  /** Length of the first datagram that a packet makes. */
  #firstLength(length: number): number {
    if (this.#isWhole(length)) return length + WHOLE_HEADER_LENGTH;
    return PIECE_HEADER_LENGTH + pieceSize(length, pieceCount(length, this.#datagramMax));
  }

  /** Length of the datagram with the next piece. */
  #pieceLength(): number {
    return PIECE_HEADER_LENGTH + Math.min(this.#splitSize, this.#splitLength - this.#splitIndex * this.#splitSize);
  }

  #isWhole(length: number): boolean {
    return length + WHOLE_HEADER_LENGTH <= this.#datagramMax;
  }

  /** Whether a packet may go before the next piece. Between two pieces small packets may fill one QUIC packet; none goes before the first piece. */
  #mayOvertake(length: number): boolean {
    return length > 0 && length <= this.#betweenRoom;
  }

  #sendPolled(): void {
    const { packet, start, end } = this.queue;
    if (this.#isWhole(end - start)) {
      this.#betweenRoom -= end - start + WHOLE_HEADER_LENGTH;
      this.#sendWhole(packet, start, end);
      return;
    }
    // The small packet that was to overtake was dropped as late, and this one is large: the pieces of the packet before it go first.
    while (this.#splitPieces > 0) this.#sendPiece();
    this.queue.hold();
    this.#splitLength = end - start;
    this.#splitPieces = pieceCount(this.#splitLength, this.#datagramMax);
    this.#splitSize = pieceSize(this.#splitLength, this.#splitPieces);
    this.#splitIndex = 0;
    this.#betweenRoom = 0;
    this.#splitNumber = (this.#splitNumber + 1) % PACKET_NUMBERS;
  }

  #sendWhole(packet: Uint8Array, start: number, end: number): boolean {
    const at = start - WHOLE_HEADER_LENGTH;
    const before = packet[at]!;
    packet[at] = WHOLE_HEADER;
    const isSent = this.#sendDatagram(packet.subarray(at, end));
    packet[at] = before;
    if (isSent) this.#countPacket(end - start);
    return isSent;
  }

  /** Sends the next piece. Its header takes the place of bytes that have left already, or of the room before the packet. */
  #sendPiece(): void {
    const size = this.#splitSize;
    const start = this.#splitIndex * size;
    const end = Math.min(start + size, this.#splitLength);
    const { packet, heldStart } = this.queue;
    const at = heldStart + start - PIECE_HEADER_LENGTH;
    writePieceHeader(packet, at, this.#splitPieces, this.#splitIndex, this.#splitNumber);
    const isSent = this.#sendDatagram(packet.subarray(at, heldStart + end));
    this.#betweenRoom = this.#datagramMax - WHOLE_HEADER_LENGTH;
    this.#splitIndex++;
    if (isSent) this.piecesSent++;
    if (isSent && this.#splitIndex < this.#splitPieces) return;
    if (isSent) this.packetsSplit++;
    if (isSent) this.#countPacket(this.#splitLength);
    this.#splitPieces = 0;
    this.queue.release();
  }

  #sendDatagram(datagram: Uint8Array): boolean {
    if (!this.#connection.sendDatagram(datagram)) {
      this.droppedByEngine++;
      return false;
    }
    this.#engineLengths[(this.#engineFirst + this.#engineCount) % ENGINE_LENGTHS_MAX] = datagram.length;
    this.#engineCount++;
    this.#engineBytes += datagram.length;
    return true;
  }

  #countPacket(length: number): void {
    this.packetsSent++;
    this.bytesSent += length;
  }
}
