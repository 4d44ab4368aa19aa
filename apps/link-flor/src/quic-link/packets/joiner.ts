import { JOIN_NUMBERS_MAX, JOIN_SLOTS_MAX, JOIN_TIMEOUT_MS, LINK_MTU } from "../limits.ts";
import { packetNumberOf, PACKET_NUMBERS, PIECE_HEADER_LENGTH, pieceIndexOf, piecesOf } from "./pieces.ts";

/** Buffers of incomplete packets, for all links of an endpoint: a link without incomplete packets holds no buffer. */
export class JoinBuffers {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(LINK_MTU);
  }

  give(buffer: Uint8Array): void {
    if (this.#free.length < JOIN_SLOTS_MAX) this.#free.push(buffer);
  }
}

/** A packet of which some pieces are here. */
interface Incomplete {
  readonly buffer: Uint8Array;
  readonly number: number;
  readonly pieces: number;
  readonly since: number;
  /** A bit for each piece. */
  received: number;
  missing: number;
  /** Size of each piece but the last; 0: none of them is here yet. */
  size: number;
  /** Size of the last piece; 0: it is not here yet. */
  lastSize: number;
  /** The last piece came before any other, and so stands at the end of the buffer. */
  isLastAtEnd: boolean;
  heardAt: number;
  /** The two longest times between two pieces. */
  gap: number;
  secondGap: number;
}

/**
 * Joins the pieces of large packets that one link receives, or drops the packet whole. It performs no I/O. Whatever comes,
 * it holds at most `JOIN_SLOTS_MAX` packets, none for longer than `JOIN_TIMEOUT_MS`.
 *
 *     const length = joiner.handlePiece(datagram, datagramLength, now);
 *     if (length > 0) deliver(joiner.packet, length);
 */
export class Joiner {
  joined = 0;
  /** Packets that were given up: a piece was missing for too long, or a newer packet needed the place. */
  givenUp = 0;
  /** Pieces that make no sense, or are here already. */
  piecesRefused = 0;
  /**
   * How long the pieces of the last joined packet took to arrive, in milliseconds; 0 when they were too few to tell. The two
   * longest waits are left out: they may be due to a congestion window, or to a process that had to wait for its processor.
   */
  spreadMs = 0;
  readonly #buffers: JoinBuffers;
  /** Oldest first. */
  readonly #incomplete: Incomplete[] = [];
  #packet: Uint8Array | undefined;

  constructor(buffers: JoinBuffers) {
    this.#buffers = buffers;
  }

  /** How many packets are incomplete. */
  get incomplete(): number {
    return this.#incomplete.length;
  }

  /** The packet that `handlePiece` completed, at the buffer's start; valid until a piece comes for any link. */
  get packet(): Uint8Array {
    return this.#packet!;
  }

  /** Takes a datagram that holds no whole packet. Returns the length of the packet that it completes, or 0. */
  handlePiece(datagram: Uint8Array, length: number, now: number): number {
    const pieces = piecesOf(datagram);
    const index = pieceIndexOf(datagram);
    const size = length - PIECE_HEADER_LENGTH;
    if (pieces === 1 || index >= pieces || size < 1 || !isSizePossible(pieces, index, size)) return this.#refuse();
    const packet = this.#find(packetNumberOf(datagram)) ?? this.#begin(packetNumberOf(datagram), pieces, now);
    if (packet.pieces !== pieces || (packet.received & (1 << index)) !== 0) return this.#refuse();
    const start = index === pieces - 1 ? placeLast(packet, size) : place(packet, index, size);
    if (start < 0) return this.#refuse();
    packet.buffer.set(datagram.subarray(PIECE_HEADER_LENGTH, length), start);
    packet.received |= 1 << index;
    packet.missing--;
    noteGap(packet, now);
    return packet.missing > 0 ? 0 : this.#complete(packet);
  }

  /** Gives up what is incomplete for too long. */
  handleTimeout(now: number): void {
    while (now >= this.nextTimeout()) this.#giveUp(this.#incomplete[0]!);
  }

  nextTimeout(): number {
    return this.#incomplete.length === 0 ? Infinity : this.#incomplete[0]!.since + JOIN_TIMEOUT_MS;
  }

  /** The link is over. */
  clear(): void {
    for (const { buffer } of this.#incomplete) this.#buffers.give(buffer);
    this.#incomplete.length = 0;
  }

  #refuse(): 0 {
    this.piecesRefused++;
    return 0;
  }

  #find(number: number): Incomplete | undefined {
    for (const packet of this.#incomplete) if (packet.number === number) return packet;
    return undefined;
  }

  #begin(number: number, pieces: number, now: number): Incomplete {
    // Packet numbers come round: a piece of long ago must not be joined with those of a new packet.
    for (let oldest = this.#incomplete[0]; oldest !== undefined; oldest = this.#incomplete[0]) {
      // An age of half the circle or more means that the new packet was sent before the oldest one.
      const age = (number - oldest.number + PACKET_NUMBERS) % PACKET_NUMBERS;
      const isPast = age > JOIN_NUMBERS_MAX && age < PACKET_NUMBERS / 2;
      if (this.#incomplete.length < JOIN_SLOTS_MAX && !isPast) break;
      this.#giveUp(oldest);
    }
    const packet = newIncomplete(this.#buffers.take(), number, pieces, now);
    this.#incomplete.push(packet);
    return packet;
  }

  #complete(packet: Incomplete): number {
    const { buffer, pieces, size, lastSize } = packet;
    const lastStart = (pieces - 1) * size;
    if (packet.isLastAtEnd) buffer.copyWithin(lastStart, buffer.length - lastSize);
    this.joined++;
    this.spreadMs = spreadOf(packet);
    this.#packet = buffer;
    this.#remove(packet);
    return lastStart + lastSize;
  }

  #giveUp(packet: Incomplete): void {
    this.givenUp++;
    this.#remove(packet);
  }

  #remove(packet: Incomplete): void {
    this.#incomplete.splice(this.#incomplete.indexOf(packet), 1);
    this.#buffers.give(packet.buffer);
  }
}

function newIncomplete(buffer: Uint8Array, number: number, pieces: number, now: number): Incomplete {
  const times = { since: now, heardAt: now, gap: 0, secondGap: 0 };
  return { buffer, number, pieces, received: 0, missing: pieces, size: 0, lastSize: 0, isLastAtEnd: false, ...times };
}

/** Whether a piece may have this size in a packet of the largest size at most: no piece is shorter than the last one. */
function isSizePossible(pieces: number, index: number, size: number): boolean {
  return index === pieces - 1 ? pieces * size <= LINK_MTU : (pieces - 1) * size < LINK_MTU;
}

/** Offset in the buffer for a piece that is not the last; -1: it does not fit the others. */
function place(packet: Incomplete, index: number, size: number): number {
  if (packet.size === 0) {
    const { pieces, lastSize } = packet;
    if (lastSize > size || (pieces - 1) * size + lastSize > LINK_MTU) return -1;
    packet.size = size;
  }
  return packet.size === size ? index * size : -1;
}

/** Offset in the buffer for the last piece; -1: it does not fit the others. Before any other piece is here, it is kept at the buffer's end. */
function placeLast(packet: Incomplete, lastSize: number): number {
  const start = (packet.pieces - 1) * packet.size;
  packet.isLastAtEnd = packet.size === 0;
  if (!packet.isLastAtEnd && (lastSize > packet.size || start + lastSize > LINK_MTU)) return -1;
  packet.lastSize = lastSize;
  return packet.isLastAtEnd ? LINK_MTU - lastSize : start;
}

function noteGap(packet: Incomplete, now: number): void {
  const gap = now - packet.heardAt;
  packet.heardAt = now;
  if (gap > packet.gap) {
    packet.secondGap = packet.gap;
    packet.gap = gap;
  } else if (gap > packet.secondGap) {
    packet.secondGap = gap;
  }
}

/** The time from the first piece to the last. The two longest waits do not count: each is taken to be as long as the others on average. */
function spreadOf({ pieces, since, heardAt, gap, secondGap }: Incomplete): number {
  const waits = pieces - 1;
  if (waits < SPREAD_WAITS_MIN) return 0;
  return ((heardAt - since - gap - secondGap) * waits) / (waits - 2);
}

/** Waits between pieces that are enough to tell a spread: of fewer, the two that are left out would be the greater part. */
const SPREAD_WAITS_MIN = 5;
