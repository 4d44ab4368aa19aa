/** Frames in the packets of the simulated engine: QUIC's (RFC 9000, 19), with fields of fixed lengths. */

import type { Range } from "./range-set.ts";

export type Frame =
  | { readonly kind: "ping" }
  | { readonly kind: "handshake-done" }
  /** In milliseconds, since the newest of the packets came; the ranges ascend. */
  | { readonly kind: "ack"; readonly delayMs: number; readonly ranges: readonly Range[] }
  | { readonly kind: "crypto"; readonly offset: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "stream";
      readonly id: number;
      readonly offset: number;
      readonly isEnd: boolean;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "reset-stream"; readonly id: number; readonly code: number; readonly finalSize: number }
  | { readonly kind: "stop-sending"; readonly id: number; readonly code: number }
  | { readonly kind: "max-data"; readonly limit: number }
  | { readonly kind: "max-stream-data"; readonly id: number; readonly limit: number }
  | { readonly kind: "max-streams"; readonly limit: number }
  | { readonly kind: "datagram"; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly isApplication: boolean; readonly code: number; readonly reason: Uint8Array };

/** The types of frames by their numbers, with their lengths in bytes: without the bytes and ranges that a frame may carry. */
const lengths = {
  padding: 1,
  ping: 1,
  "handshake-done": 1,
  ack: 5,
  crypto: 11,
  stream: 16,
  "reset-stream": 21,
  "stop-sending": 13,
  "max-data": 9,
  "max-stream-data": 13,
  "max-streams": 9,
  datagram: 3,
  close: 12,
} as const;
const RANGE_LENGTH = 8;
const kinds = Object.keys(lengths) as (keyof typeof lengths)[];

export const STREAM_FRAME_HEAD: number = lengths.stream;
export const CRYPTO_FRAME_HEAD: number = lengths.crypto;
export const DATAGRAM_FRAME_HEAD: number = lengths.datagram;

/** Whether a packet with it is acknowledged (RFC 9000, 13.2.1). */
export function isEliciting({ kind }: Frame): boolean {
  return kind !== "ack" && kind !== "close";
}

/** Writes frames one behind the other, up to `end`. */
export class FrameWriter {
  at: number;
  readonly #out: Uint8Array;
  readonly #end: number;
  readonly #view: DataView;

  constructor(out: Uint8Array, start: number, end: number) {
    this.#out = out;
    this.#view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    this.at = start;
    this.#end = end;
  }

  /** Bytes that there is room for. */
  get left(): number {
    return this.#end - this.at;
  }

  /** Whether there was room for it. */
  write(frame: Frame): boolean {
    if (sizeOf(frame) > this.left) return false;
    this.#byte(kinds.indexOf(frame.kind));
    switch (frame.kind) {
      case "ping":
      case "handshake-done":
        break;
      case "ack":
        this.#short(Math.min(0xffff, Math.round(frame.delayMs)));
        this.#short(frame.ranges.length);
        for (const { start, end } of frame.ranges) {
          this.#word(start);
          this.#word(end);
        }
        break;
      case "crypto":
        this.#long(frame.offset);
        this.#bytes(frame.bytes);
        break;
      case "stream":
        this.#word(frame.id);
        this.#long(frame.offset);
        this.#byte(frame.isEnd ? 1 : 0);
        this.#bytes(frame.bytes);
        break;
      case "reset-stream":
        this.#word(frame.id);
        this.#long(frame.code);
        this.#long(frame.finalSize);
        break;
      case "stop-sending":
        this.#word(frame.id);
        this.#long(frame.code);
        break;
      case "max-stream-data":
        this.#word(frame.id);
        this.#long(frame.limit);
        break;
      case "max-data":
      case "max-streams":
        this.#long(frame.limit);
        break;
      case "datagram":
        this.#bytes(frame.bytes);
        break;
      case "close":
        this.#byte(frame.isApplication ? 1 : 0);
        this.#long(frame.code);
        this.#bytes(frame.reason);
        break;
    }
    return true;
  }

  /** Fills all that is left with padding. */
  pad(): void {
    this.#out.fill(0, this.at, this.#end);
    this.at = this.#end;
  }

  #byte(value: number): void {
    this.#out[this.at++] = value;
  }

  #short(value: number): void {
    this.#view.setUint16(this.at, value);
    this.at += 2;
  }

  #word(value: number): void {
    this.#view.setUint32(this.at, value);
    this.at += 4;
  }

  #long(value: number): void {
    this.#view.setFloat64(this.at, value);
    this.at += 8;
  }

  #bytes(bytes: Uint8Array): void {
    this.#short(bytes.length);
    this.#out.set(bytes, this.at);
    this.at += bytes.length;
  }
}

function sizeOf(frame: Frame): number {
  const length = lengths[frame.kind];
  if (frame.kind === "ack") return length + RANGE_LENGTH * frame.ranges.length;
  if (frame.kind === "close") return length + frame.reason.length;
  return "bytes" in frame ? length + frame.bytes.length : length;
}

/** Reads the frames of a genuine packet, whose sender has written them with a `FrameWriter`. Bytes are views. */
export class FrameReader {
  #at: number;
  readonly #packet: Uint8Array;
  readonly #end: number;
  readonly #view: DataView;

  constructor(packet: Uint8Array, start: number, end: number) {
    this.#packet = packet;
    this.#view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** The next frame; undefined when there is none any more. */
  read(): Frame | undefined {
    while (this.#at < this.#end && this.#packet[this.#at] === 0) this.#at++;
    if (this.#at >= this.#end) return undefined;
    const kind = kinds[this.#byte()] ?? "padding";
    switch (kind) {
      case "ping":
      case "handshake-done":
        return { kind };
      case "ack":
        return { kind, delayMs: this.#short(), ranges: this.#ranges() };
      case "crypto":
        return { kind, offset: this.#long(), bytes: this.#bytes() };
      case "stream":
        return { kind, id: this.#word(), offset: this.#long(), isEnd: this.#byte() === 1, bytes: this.#bytes() };
      case "reset-stream":
        return { kind, id: this.#word(), code: this.#long(), finalSize: this.#long() };
      case "stop-sending":
        return { kind, id: this.#word(), code: this.#long() };
      case "max-stream-data":
        return { kind, id: this.#word(), limit: this.#long() };
      case "max-data":
      case "max-streams":
        return { kind, limit: this.#long() };
      case "datagram":
        return { kind, bytes: this.#bytes() };
      case "close":
        return { kind, isApplication: this.#byte() === 1, code: this.#long(), reason: this.#bytes() };
      default:
        return undefined;
    }
  }

  #ranges(): Range[] {
    const count = this.#short();
    return Array.from({ length: count }, () => ({ start: this.#word(), end: this.#word() }));
  }

  #byte(): number {
    return this.#packet[this.#at++]!;
  }

  #short(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2);
  }

  #word(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  #long(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8);
  }

  #bytes(): Uint8Array {
    const length = this.#short();
    this.#at += length;
    return this.#packet.subarray(this.#at - length, this.#at);
  }
}
