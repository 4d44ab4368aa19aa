import assert from "node:assert";
import { writeUint16, writeUint32, writeUint64 } from "@florenetes/wire-values";
import { FLAG_ANSWER, FLAG_END, FrameType } from "./frame-types.ts";
import type { Frame, FrameOf } from "./frames.ts";
import { HEADER_SIZE, LENGTH_MAX, NUMBER_MAX, OFFSET_SIZE, TEXT_SIZE_MAX } from "./limits.ts";
import { LIMIT_NUMBERS } from "./session-limits.ts";

const utf8 = new TextEncoder();

/** The first four octets of HELLO's body. */
export const MAGIC: Uint8Array = utf8.encode("FDSN");

/** Writes the header of a frame at `at`; the body behind it has `length` bytes. */
function writeHeader(
  out: Uint8Array,
  at: number,
  type: FrameType,
  flags: number,
  length: number,
  stream: number,
): void {
  out[at] = type;
  out[at + 1] = flags;
  writeUint16(out, at + 2, length);
  writeUint64(out, at + 4, stream);
}

/** Bytes of a DATA frame before those of the stream. */
export const DATA_HEAD_SIZE: number = HEADER_SIZE + OFFSET_SIZE;

/** Writes all of a DATA frame but its `size` bytes, which follow it. */
export function writeDataHead(out: Uint8Array, at: number, stream: number, offset: number, size: number): void {
  writeHeader(out, at, FrameType.data, 0, OFFSET_SIZE + size, stream);
  writeUint64(out, at + HEADER_SIZE, offset);
}

/** Writes all of a DATAGRAM frame but its `size` bytes, which follow it. */
export function writeDatagramHead(out: Uint8Array, at: number, stream: number, size: number): void {
  writeHeader(out, at, FrameType.datagram, 0, size, stream);
}

/**
 * Writes a frame at `at`, and returns where it ends. `out` has room for it: `CONTROL_FRAME_SIZE_MAX` are enough for all but DATA and
 * DATAGRAM. Texts of a frame have at most 255 octets (reasons of NODE_PRESSURE 64), and numbers are within their fields.
 */
export function writeFrame(out: Uint8Array, at: number, frame: Frame): number {
  const body = new BodyWriter(out, at + HEADER_SIZE);
  const [type, flags, stream] = writeBody(body, frame);
  const length = body.at - at - HEADER_SIZE;
  assert(length <= LENGTH_MAX, "a body fits into a frame");
  writeHeader(out, at, type, flags, length, stream);
  return body.at;
}

function writeBody(body: BodyWriter, frame: Frame): readonly [type: FrameType, flags: number, stream: number] {
  switch (frame.kind) {
    case "hello":
      body.bytes(MAGIC);
      body.uint8(frame.lowestVersion);
      body.uint8(frame.highestVersion);
      body.uint8(frame.role);
      body.text(frame.name);
      return [FrameType.hello, 0, 0];
    case "auth":
      body.uint8(frame.method);
      body.text(frame.principal);
      return [FrameType.auth, 0, 0];
    case "sessionReady":
      writeReady(body, frame);
      return [FrameType.sessionReady, 0, 0];
    case "openStream":
      body.uint8(frame.streamKind);
      body.uint8(frame.trafficClass);
      body.text(frame.service);
      body.text(frame.principal);
      return [FrameType.openStream, 0, frame.stream];
    case "openAnswer":
      return [FrameType.openStream, FLAG_ANSWER, frame.stream];
    case "data":
      body.uint64(frame.offset);
      body.bytes(frame.bytes);
      return [FrameType.data, 0, frame.stream];
    case "ack":
      body.uint64(frame.offset);
      return [FrameType.ack, frame.isEnd ? FLAG_END : 0, frame.stream];
    case "ping":
    case "pong":
      body.uint64(frame.number);
      return [FrameType[frame.kind], 0, 0];
    case "routeUpdate":
      body.uint8(frame.state);
      body.uint32(frame.roundTripMs);
      body.uint16(frame.datagramSize);
      body.text(frame.service);
      if (frame.switched !== undefined) {
        body.uint32(frame.switched.count);
        body.uint8(frame.switched.reason);
        body.uint32(frame.switched.recoveryMs);
      }
      return [FrameType.routeUpdate, 0, 0];
    case "streamCredit":
      body.uint64(frame.limit);
      return [FrameType.streamCredit, 0, frame.stream];
    case "nodePressure":
      body.uint8(frame.level);
      body.uint8(frame.score);
      body.uint8(frame.action);
      body.uint8(frame.reasons.length);
      for (const reason of frame.reasons) body.text(reason);
      return [FrameType.nodePressure, 0, 0];
    case "closeStream":
      body.uint64(frame.size);
      return [FrameType.closeStream, 0, frame.stream];
    case "resetStream":
      body.uint16(frame.code);
      body.text(frame.text);
      return [FrameType.resetStream, 0, frame.stream];
    case "goAway":
      body.uint64(frame.lastStream);
      body.uint16(frame.code);
      body.text(frame.text);
      return [FrameType.goAway, frame.isEnd ? FLAG_END : 0, 0];
    default:
      body.bytes(frame.bytes);
      return [FrameType.datagram, 0, frame.stream];
  }
}

function writeReady(body: BodyWriter, { principal, limits, services }: FrameOf<"sessionReady">): void {
  body.text(principal);
  body.uint8(LIMIT_NUMBERS.size);
  for (const [name, number] of LIMIT_NUMBERS) {
    body.uint16(number);
    body.uint64(limits[name]);
  }
  if (services === undefined) return;
  body.uint8(services.length);
  for (const service of services) body.text(service);
}

/** Cuts a text to at most so many octets, at a character's end. */
export function cutText(text: string, sizeMax: number = TEXT_SIZE_MAX): string {
  const { read } = utf8.encodeInto(text, new Uint8Array(sizeMax));
  return text.slice(0, read);
}

class BodyWriter {
  at: number;
  readonly #out: Uint8Array;

  constructor(out: Uint8Array, at: number) {
    this.#out = out;
    this.at = at;
  }

  uint8(value: number): void {
    this.#out[this.at++] = value;
  }

  uint16(value: number): void {
    writeUint16(this.#out, this.at, value);
    this.at += 2;
  }

  uint32(value: number): void {
    writeUint32(this.#out, this.at, value);
    this.at += 4;
  }

  uint64(value: number): void {
    assert(value >= 0 && value <= NUMBER_MAX, "a number that every language counts");
    writeUint64(this.#out, this.at, value);
    this.at += 8;
  }

  bytes(bytes: Uint8Array): void {
    this.#out.set(bytes, this.at);
    this.at += bytes.length;
  }

  text(text: string): void {
    const octets = utf8.encode(text);
    assert(octets.length <= TEXT_SIZE_MAX, "a text fits behind its length");
    this.uint8(octets.length);
    this.bytes(octets);
  }
}
