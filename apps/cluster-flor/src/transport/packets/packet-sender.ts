import { headerSize, setMark, setTrafficClass, writeHeader } from "@florenetes/forwarding";
import type { QuicConnection } from "@florenetes/quic";
import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import { LINK_NONE } from "../../forwarding/interfaces.ts";
import { DATAGRAMS_REPEATED_MS, FLIGHT_PACKETS_MAX, PACKET_SIZE_MAX, PACKET_SIZE_MIN } from "../limits.ts";
import type { Carriage } from "../messages.ts";

/** Bytes of the buffer in which packets are made: one after the other in its two halves. */
export const PACKET_BUFFER_SIZE: number = 2 * PACKET_SIZE_MAX;

/** The out-link and the labels of a connection's packets. */
export interface Way {
  readonly outLink: number;
  /** The label words, from `wordsOf` or `returnWords`. */
  readonly words: Uint32Array;
}

/** Whether two ways lead over the same links: their words may have other shares. */
export function isSameWay(a: Way, b: Way): boolean {
  const { length } = a.words;
  return (
    a.outLink === b.outLink &&
    length === b.words.length &&
    a.words.every((word, at) => word >>> 12 === b.words[at]! >>> 12)
  );
}

/** The words on the packets of a connection, and how large they are. */
export interface PacketPlace {
  readonly idHigh: number;
  readonly idLow: number;
  readonly way: Way;
  /** Largest QUIC packet to send. */
  readonly payloadMax: number;
  readonly carriage: Carriage;
}

/** Hands QUIC its datagrams in time: before each packet, and no more than the packet takes. */
export interface PacketFeed {
  fill(now: number): void;
}

/** How sending ended in a turn. */
export const SendResult = {
  /** Nothing more is to be sent. */
  done: 0,
  /** The turn's share is used up. */
  more: 1,
  /** The link takes no more. */
  unwritable: 2,
} as const;
export type SendResult = (typeof SendResult)[keyof typeof SendResult];

/** Smaller packets may be mere acknowledgements, which the peer does not answer. */
const LIKELY_DATA_MIN = 100;
/** A buffer for packets that are kept has at least so many bytes; one that has more is let go of while nothing is unanswered. */
const KEPT_SIZE_MIN = 1_500;
const nothing: Uint8Array = new Uint8Array(0);
/** RFC 9000, 17.2: set in the packets of a handshake. */
const LONG_HEADER_BIT = 0x80;

/** Makes mesh packets of what QUIC wants to send, in a buffer shared by all connections, and keeps the last ones. */
export class PacketSender {
  /** Whether the sender makes smaller packets than it did at first. */
  hasShrunk = false;
  carriage: Carriage;
  readonly #origin: PacketOrigin;
  readonly #out: Uint8Array;
  readonly #idHigh: number;
  readonly #idLow: number;
  #payloadMax: number;
  #way: Way;
  #payloadAt = 0;
  #isMarkDue = false;
  #isRepeatDue = false;
  #isHeldBack = false;
  /** Whether the last packet holds datagrams. */
  #hasDatagrams = false;
  /** The buffers that payloads are made in. An engine that finds nothing to send has written all the same, but not over the last packet. */
  #views: readonly [Uint8Array, Uint8Array];
  /** The index of the view that takes the next packet. */
  #next: 0 | 1 = 0;
  /** Payloads of a flight; or the last that held data for sure, and behind it the last of all if that is another one. The
   *  buffers are used again. */
  readonly #kept: Uint8Array[] = [];
  readonly #keptLengths: number[] = [];
  #keptCount = 0;
  /** The last payload of all, if it held datagrams, and how long it may be repeated: datagrams must not come late. */
  #keptDatagrams = nothing;
  #datagramsLength = 0;
  #datagramsUntil = Number.NEGATIVE_INFINITY;

  /** @param out `PACKET_BUFFER_SIZE` bytes. */
  constructor(origin: PacketOrigin, out: Uint8Array, place: PacketPlace) {
    this.#origin = origin;
    this.#out = out;
    this.#idHigh = place.idHigh;
    this.#idLow = place.idLow;
    this.#payloadMax = place.payloadMax;
    this.#way = place.way;
    this.carriage = place.carriage;
    this.#views = this.#makeViews();
  }

  get way(): Way {
    return this.#way;
  }

  /** The link took no packets when it was last asked: packets may wait, at least an acknowledgement. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /** Packets go another way from now on. */
  move(way: Way): void {
    this.#way = way;
    this.#views = this.#makeViews();
  }

  /** Largest payload. */
  get payloadMax(): number {
    return this.#payloadMax;
  }

  /** Packets are smaller from now on; kept packets that are larger are not repeated. */
  shrink(payloadMax: number): void {
    if (payloadMax >= this.#payloadMax) return;
    this.#payloadMax = payloadMax;
    this.hasShrunk = true;
    this.#views = this.#makeViews();
    if (this.#keptLengths.some((length, index) => index < this.#keptCount && length > payloadMax)) this.#keptCount = 0;
    if (this.#datagramsLength > payloadMax) this.#dropDatagrams();
  }

  /** The next packet that surely gets through tells the peer to look after the path's size. */
  markNext(): void {
    this.#isMarkDue = true;
  }

  /** The connection has ended: its packets are not repeated any more. */
  forget(): void {
    this.#keptCount = 0;
    this.#dropDatagrams();
  }

  /** Nothing is unanswered: large packets need not be kept any more. */
  release(): void {
    for (let i = 0; i < this.#kept.length; i++) {
      if (this.#kept[i]!.length <= KEPT_SIZE_MIN) continue;
      this.#kept.length = i;
      this.#keptCount = Math.min(this.#keptCount, i);
    }
    if (this.#keptDatagrams.length > KEPT_SIZE_MIN) this.#dropDatagrams();
  }

  /**
   * Sends at most `packets` packets.
   *
   * @param isFlight Whether all of them are to be kept for `repeat`: a handshake cannot go on from its last packet alone.
   * @param feed Asked before each packet; without it only what QUIC itself has is sent.
   */
  send(quic: QuicConnection, packets: number, isFlight: boolean, now: number, feed?: PacketFeed): SendResult {
    let length = 0;
    if (this.#isRepeatDue) this.repeat(now);
    for (let sent = 0; sent < packets; sent++) {
      if (!this.#isWritable()) return this.#end(SendResult.unwritable, length, isFlight, now);
      feed?.fill(now);
      const next = quic.pollTransmit(this.#views[this.#next], now);
      if (next === 0) return this.#end(SendResult.done, length, isFlight, now);
      length = next;
      this.#hasDatagrams = feed !== undefined && quic.holdsDatagrams;
      this.#write(length);
      if (isFlight && sent < FLIGHT_PACKETS_MAX) this.#keep(sent, length);
    }
    return this.#end(SendResult.more, length, isFlight, now);
  }

  /** The kept packets leave once more before any new one does. */
  repeatLater(): void {
    this.#isRepeatDue = true;
  }

  /** Sends the kept packets once more. */
  repeat(now: number): void {
    this.#isRepeatDue = false;
    for (let i = 0; i < this.#keptCount && this.#isWritable(); i++) {
      const length = this.#keptLengths[i]!;
      this.#views[this.#next].set(this.#kept[i]!.subarray(0, length));
      this.#write(length);
    }
    if (now > this.#datagramsUntil || !this.#isWritable()) return;
    this.#views[this.#next].set(this.#keptDatagrams.subarray(0, this.#datagramsLength));
    this.#write(this.#datagramsLength);
  }

  #end(result: SendResult, lastLength: number, isFlight: boolean, now: number): SendResult {
    this.#isHeldBack = result === SendResult.unwritable;
    if (lastLength === 0 || isFlight) return result;
    if (this.#hasDatagrams) this.#keepDatagrams(lastLength, now);
    else this.#keep(lastLength < LIKELY_DATA_MIN && this.#keepsData() ? 1 : 0, lastLength);
    return result;
  }

  #isWritable(): boolean {
    return this.#origin.isWritable(this.#way.outLink, this.carriage.trafficClass);
  }

  /** Once the handshake is over, its packets are not worth repeating: a peer that has forgotten the connection would take
   *  one for the beginning of another connection. */
  #keepsData(): boolean {
    return this.#keptCount > 0 && (this.#kept[0]![0]! & LONG_HEADER_BIT) === 0;
  }

  #write(length: number): void {
    const start = this.#next * PACKET_SIZE_MAX;
    writeHeader(this.#out, start, this.#idHigh, this.#idLow, this.#way.words);
    setTrafficClass(this.#out, start, this.carriage.trafficClass);
    if (this.#isMarkDue) {
      setMark(this.#out, start);
      this.#isMarkDue = this.#payloadAt + length > PACKET_SIZE_MIN;
    }
    this.#origin.sendFromHere(this.#way.outLink, this.#out, start, start + this.#payloadAt + length);
    this.#next = this.#next === 0 ? 1 : 0;
  }

  /** Copies the payload that was sent just now. On this vertex itself little is lost, and it may have been decrypted where
   *  it lies. */
  #keep(index: number, length: number): void {
    if (this.#way.outLink === LINK_NONE) return;
    this.#kept[index] = this.#copyLast(this.#kept[index] ?? nothing, length);
    this.#keptLengths[index] = length;
    this.#keptCount = index + 1;
    if (index === 0) this.#datagramsUntil = Number.NEGATIVE_INFINITY;
  }

  #keepDatagrams(length: number, now: number): void {
    if (this.#way.outLink === LINK_NONE) return;
    this.#keptDatagrams = this.#copyLast(this.#keptDatagrams, length);
    this.#datagramsLength = length;
    this.#datagramsUntil = now + DATAGRAMS_REPEATED_MS;
  }

  #dropDatagrams(): void {
    this.#keptDatagrams = nothing;
    this.#datagramsUntil = Number.NEGATIVE_INFINITY;
  }

  /** Copies the payload that was sent just now into this buffer, or a larger one in its place. */
  #copyLast(to: Uint8Array, length: number): Uint8Array {
    const last = this.#views[this.#next === 0 ? 1 : 0].subarray(0, length);
    const buffer = to.length >= length ? to : new Uint8Array(Math.max(length, KEPT_SIZE_MIN));
    buffer.set(last);
    return buffer;
  }

  #makeViews(): readonly [Uint8Array, Uint8Array] {
    this.#payloadAt = headerSize(this.#way.words.length);
    const view = (at: number): Uint8Array => this.#out.subarray(at, at + this.#payloadMax);
    return [view(this.#payloadAt), view(PACKET_SIZE_MAX + this.#payloadAt)];
  }
}
