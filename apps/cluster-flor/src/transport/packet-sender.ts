import { headerSize, writeHeader } from "@florenetes/labels";
import type { QuicConnection } from "@florenetes/quic";
import type { PacketOrigin } from "../forwarding/interfaces.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import { payloadMax } from "./limits.ts";

/** Bytes of the buffer in which packets are made. */
export const packetSizeMax: number = headerSize(16) + payloadMax;

/** Where the packets of a connection go. */
export interface Way {
  readonly outLink: number;
  /** The label words, from `wordsOf` or `returnWords`. */
  readonly words: Uint32Array;
}

/** What became of the packets of a turn. */
export const SendResult = {
  /** There is nothing more to send. */
  done: 0,
  /** The turn's share is used up. */
  more: 1,
  /** The link takes no more. */
  unwritable: 2,
} as const;
export type SendResult = (typeof SendResult)[keyof typeof SendResult];

/** Makes mesh packets of what QUIC wants to send, in a buffer shared by all connections, and keeps the last one. */
export class PacketSender {
  readonly #origin: PacketOrigin;
  readonly #out: Uint8Array;
  readonly #idHigh: number;
  readonly #idLow: number;
  readonly #payloadMax: number;
  #way: Way;
  #payloadAt = 0;
  #view: Uint8Array;
  #last: Uint8Array = new Uint8Array(0);
  #lastLength = 0;

  /** @param out `packetSizeMax` bytes. */
  constructor(origin: PacketOrigin, out: Uint8Array, idHigh: number, idLow: number, way: Way, payloadMax: number) {
    this.#origin = origin;
    this.#out = out;
    this.#idHigh = idHigh;
    this.#idLow = idLow;
    this.#payloadMax = payloadMax;
    this.#way = way;
    this.#view = this.#makeView();
  }

  get way(): Way {
    return this.#way;
  }

  /** Packets go another way from now on. */
  move(way: Way): void {
    this.#way = way;
    this.#view = this.#makeView();
  }

  /** Sends at most `packets` packets. */
  send(quic: QuicConnection, packets: number, now: number): SendResult {
    let length = 0;
    let result: SendResult = SendResult.more;
    for (let sent = 0; sent < packets; sent++) {
      if (!this.#origin.isWritable(this.#way.outLink)) {
        result = SendResult.unwritable;
        break;
      }
      const next = quic.pollTransmit(this.#view, now);
      if (next === 0) {
        result = SendResult.done;
        break;
      }
      length = next;
      this.#write(length);
    }
    if (length > 0) this.#keep(length);
    return result;
  }

  /** Sends the last packet's payload once more. */
  repeat(): void {
    if (this.#lastLength === 0 || !this.#origin.isWritable(this.#way.outLink)) return;
    this.#view.set(this.#last.subarray(0, this.#lastLength));
    this.#write(this.#lastLength);
  }

  #write(length: number): void {
    writeHeader(this.#out, 0, this.#idHigh, this.#idLow, this.#way.words);
    this.#origin.sendFromHere(this.#way.outLink, this.#out, 0, this.#payloadAt + length);
  }

  /** On this vertex itself nothing is lost, and the packet has been decrypted where it lay. */
  #keep(length: number): void {
    if (this.#way.outLink === LINK_NONE) return;
    if (this.#last.length < length) this.#last = new Uint8Array(this.#view.length);
    this.#last.set(this.#view.subarray(0, length));
    this.#lastLength = length;
  }

  #makeView(): Uint8Array {
    this.#payloadAt = headerSize(this.#way.words.length);
    return this.#out.subarray(this.#payloadAt, this.#payloadAt + this.#payloadMax);
  }
}
