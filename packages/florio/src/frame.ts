import assert from "node:assert";
import { readUint16, readUint32, writeUint16, writeUint32 } from "@florenetes/wire-values";
import {
  FRAME_HEADER_SIZE,
  FRAME_SIZE_MAX,
  FRAME_VERSION,
  MESSAGE_SIZE_MAX,
  PACKET_LENGTH_SIZE,
  PACKET_SIZE_MAX,
} from "./limits.ts";

/*
 * Each datagram of the local socket is one frame:
 *
 *   0          1          2                     4                                8
 *   +----------+----------+---------------------+--------------------------------+
 *   | version  |   type   |        flags        |          link handle           |
 *   |    1     |  1 or 2  |  DATA: the source   |  big-endian; 0 for CONTROL     |
 *   +----------+----------+---------------------+--------------------------------+
 *   DATA:     1 or more times   | length (2 bytes, big-endian, 1..) | packet |
 *   CONTROL:  one Portal API message, 1 byte or more
 */

const FrameType = { data: 1, control: 2 } as const;

/** Offset at which the first packet of a DATA frame starts. */
export const FIRST_PACKET: number = FRAME_HEADER_SIZE + PACKET_LENGTH_SIZE;

const OFFSET_VERSION = 0;
const OFFSET_TYPE = 1;
const OFFSET_SOURCE = 2;
const OFFSET_HANDLE = 4;

/** The kind of a received datagram. All kinds but `data` and `control` are dropped, and counted by their fault. */
export const FrameVerdict = {
  /** Short, too long, empty, lengths that do not add up, or DATA for no link. */
  malformed: 0,
  /** A frame of another version of the protocol: the rest of it is unknown. */
  version: 1,
  /** An unknown type. */
  type: 2,
  data: 3,
  control: 4,
} as const;
export type FrameVerdict = (typeof FrameVerdict)[keyof typeof FrameVerdict];

/** Checks a datagram once, so that the accessors below need not. */
export function checkFrame(frame: Uint8Array): FrameVerdict {
  if (frame.length === 0) return FrameVerdict.malformed;
  if (frame[OFFSET_VERSION] !== FRAME_VERSION) return FrameVerdict.version;
  if (frame.length <= FRAME_HEADER_SIZE || frame.length > FRAME_SIZE_MAX) return FrameVerdict.malformed;
  const type = frame[OFFSET_TYPE];
  if (type === FrameType.control) return FrameVerdict.control;
  if (type !== FrameType.data) return FrameVerdict.type;
  return frameHandle(frame) !== 0 && doLengthsAddUp(frame) ? FrameVerdict.data : FrameVerdict.malformed;
}

function doLengthsAddUp(frame: Uint8Array): boolean {
  let at = FRAME_HEADER_SIZE;
  while (at + PACKET_LENGTH_SIZE <= frame.length) {
    const size = readUint16(frame, at);
    if (size === 0) return false;
    at += PACKET_LENGTH_SIZE + size;
  }
  return at === frame.length;
}

/** The link of a checked DATA frame, 1 to 2^32 - 1. */
export function frameHandle(frame: Uint8Array): number {
  return readUint32(frame, OFFSET_HANDLE);
}

/**
 * The source of a DATA frame: a cluster vertex's number for the in-link of its packets; 0: the packets are the vertex's
 * own, or no source is given. Frames with the same source have packets of the same in-link.
 */
export function frameSource(frame: Uint8Array): number {
  return readUint16(frame, OFFSET_SOURCE);
}

/** Rewrites the link and the source of a DATA frame, in place. */
export function readdressFrame(frame: Uint8Array, handle: number, source: number): void {
  writeUint16(frame, OFFSET_SOURCE, source);
  writeUint32(frame, OFFSET_HANDLE, handle);
}

/**
 * Returns the offset at which the packet that starts at `at` ends. The walk over a checked DATA frame:
 *
 *     for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
 *       const end = packetEnd(frame, at);
 *       ...
 *     }
 */
export function packetEnd(frame: Uint8Array, at: number): number {
  return at + readUint16(frame, at - PACKET_LENGTH_SIZE);
}

/** Offset at which the packet after the one at `at` starts; past the frame's length when that was the last. */
export function nextPacket(frame: Uint8Array, at: number): number {
  return packetEnd(frame, at) + PACKET_LENGTH_SIZE;
}

/** How many packets a checked DATA frame holds. */
export function packetCount(frame: Uint8Array): number {
  let count = 0;
  for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) count++;
  return count;
}

/** Bytes of the packets of a checked DATA frame, without the frame's own. `packets` is their number. */
export function packetBytes(frame: Uint8Array, packets: number): number {
  return frame.length - FRAME_HEADER_SIZE - packets * PACKET_LENGTH_SIZE;
}

/** The Portal API message of a checked CONTROL frame, as a view. */
export function controlMessage(frame: Uint8Array): Uint8Array {
  return frame.subarray(FRAME_HEADER_SIZE);
}

/** Writes a CONTROL frame of 1 to `MESSAGE_SIZE_MAX` bytes of message into `out`, and returns its length. */
export function writeControlFrame(out: Uint8Array, message: Uint8Array): number {
  assert(message.length > 0 && message.length <= MESSAGE_SIZE_MAX, "a message fits into a frame");
  writeHeader(out, FrameType.control, 0, 0);
  out.set(message, FRAME_HEADER_SIZE);
  return FRAME_HEADER_SIZE + message.length;
}

function writeHeader(out: Uint8Array, type: number, handle: number, source: number): void {
  out[OFFSET_VERSION] = FRAME_VERSION;
  out[OFFSET_TYPE] = type;
  readdressFrame(out, handle, source);
}

/** Whether a DATA frame can hold a packet of that size at all. */
export function isPacketSize(size: number): boolean {
  return size > 0 && size <= PACKET_SIZE_MAX;
}

/** Fills a DATA frame, in a buffer that is used again. */
export class DataFrameWriter {
  readonly #buffer: Uint8Array = new Uint8Array(FRAME_SIZE_MAX);
  #length = 0;
  #packets = 0;

  /** Starts an empty frame for a link (1 to 2^32 - 1), from a source (0 to 2^16 - 1). */
  reset(handle: number, source = 0): void {
    writeHeader(this.#buffer, FrameType.data, handle, source);
    this.#length = FRAME_HEADER_SIZE;
    this.#packets = 0;
  }

  get length(): number {
    return this.#length;
  }

  get packets(): number {
    return this.#packets;
  }

  fits(size: number): boolean {
    return this.#length + PACKET_LENGTH_SIZE + size <= FRAME_SIZE_MAX;
  }

  /** Copies `packet[start, end)`, which must be of 1 byte or more and fit. */
  append(packet: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const buffer = this.#buffer;
    const at = this.#length;
    writeUint16(buffer, at, size);
    buffer.set(start === 0 && end === packet.length ? packet : packet.subarray(start, end), at + PACKET_LENGTH_SIZE);
    this.#length = at + PACKET_LENGTH_SIZE + size;
    this.#packets++;
  }

  /** The frame so far: a view, valid until the next `reset` or `append`. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
