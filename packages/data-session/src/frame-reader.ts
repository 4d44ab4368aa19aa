import { readUint16, readUint64 } from "@florenetes/wire-values";
import { SessionCode, Violation } from "./codes.ts";
import { FLAG_IGNORABLE, FrameType, frameRule, unknownFlags } from "./frame-types.ts";
import { readBody } from "./frame-body.ts";
import type { Frame } from "./frames.ts";
import { CONTROL_LENGTH_MAX, HEADER_SIZE, NUMBER_MAX } from "./limits.ts";

/**
 * Cuts a byte stream into frames, whatever the pieces in which it arrives. Keeps at most one incomplete frame, and checks its
 * header before keeping any byte of its body.
 *
 *     reader.feed(bytes);
 *     for (let frame = reader.next(); frame !== undefined; frame = reader.next()) …
 *
 * `taken` is the number of bytes that were read; the caller feeds the rest again.
 */
export class FrameReader {
  /** The largest body that is accepted of DATA, DATAGRAM, and frames of unknown types. */
  lengthMax: number = CONTROL_LENGTH_MAX;
  taken = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  /** The beginning of a frame; its body has room as soon as its header is complete. The buffer is used again for the next frame. */
  #partial: Uint8Array = new Uint8Array(HEADER_SIZE);
  #partialLength = 0;
  /** The size of that frame, as far as it is known. */
  #partialSize = HEADER_SIZE;
  /** Bytes that are left of a frame of an unknown type. */
  #skipping = 0;

  /** Gives the next bytes of the stream: a view, in use until the last `next`. */
  feed(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.taken = 0;
  }

  /**
   * Returns the next frame, in which DATA and DATAGRAM are views that are valid until the next call; "skipped": a frame
   * of an unknown type, which may be ignored; undefined: no complete frame is left.
   *
   * @throws Violation After that nothing more can be read.
   */
  next(): Frame | "skipped" | undefined {
    this.#skip();
    if (this.#skipping > 0) return undefined;
    if (this.#partialLength > 0 || this.#left < HEADER_SIZE) return this.#nextOfPieces();
    const at = this.taken;
    const size = this.#checkHeader(this.#bytes, at);
    if (size === undefined) return this.#beginSkipping(this.#bytes, at);
    if (this.#left < size) return this.#nextOfPieces();
    this.taken += size;
    return readFrame(this.#bytes, at, size);
  }

  /** Takes the beginning of a frame that is kept: what is fed from now on begins a frame. Undefined: the rest of a frame is being skipped. */
  takeRest(): Uint8Array | undefined {
    if (this.#skipping > 0) return undefined;
    const rest = this.#partial.slice(0, this.#partialLength);
    this.#partialLength = 0;
    this.#partialSize = HEADER_SIZE;
    return rest;
  }

  get #left(): number {
    return this.#bytes.length - this.taken;
  }

  #nextOfPieces(): Frame | "skipped" | undefined {
    if (this.#partialLength < HEADER_SIZE) {
      this.#fill(HEADER_SIZE);
      if (this.#partialLength < HEADER_SIZE) return undefined;
      const size = this.#checkHeader(this.#partial, 0);
      if (size === undefined) {
        const header = this.#partial;
        this.#partialLength = 0;
        return this.#beginSkipping(header, 0, 0);
      }
      if (size > this.#partial.length) {
        const whole = new Uint8Array(size);
        whole.set(this.#partial.subarray(0, HEADER_SIZE));
        this.#partial = whole;
      }
      this.#partialSize = size;
    }
    this.#fill(this.#partialSize);
    const size = this.#partialSize;
    if (this.#partialLength < size) return undefined;
    this.#partialLength = 0;
    this.#partialSize = HEADER_SIZE;
    return readFrame(this.#partial, 0, size);
  }

  #fill(length: number): void {
    const count = Math.min(length - this.#partialLength, this.#left);
    this.#partial.set(this.#bytes.subarray(this.taken, this.taken + count), this.#partialLength);
    this.#partialLength += count;
    this.taken += count;
  }

  /** The size of the frame whose header is at `at`; undefined for a frame that is skipped. */
  #checkHeader(bytes: Uint8Array, at: number): number | undefined {
    const type = bytes[at]!;
    const flags = bytes[at + 1]!;
    const length = readUint16(bytes, at + 2);
    const stream = readUint64(bytes, at + 4);
    const rule = frameRule(type);
    const name = rule?.name ?? `a frame of type ${type}`;
    const lengthMax = rule?.isControl === true ? CONTROL_LENGTH_MAX : this.lengthMax;
    if (length > lengthMax) {
      throw new Violation(
        SessionCode.tooLarge,
        `${name} has a body of ${length} bytes, at most ${lengthMax} are allowed`,
      );
    }
    if (rule === undefined) {
      if ((flags & FLAG_IGNORABLE) !== 0) return undefined;
      throw new Violation(SessionCode.unsupported, `${name} is not known, and may not be ignored`);
    }
    const unknown = unknownFlags(rule, flags);
    if (unknown !== 0) throw new Violation(SessionCode.unsupported, `${name} has the unknown flag 0x0${unknown}`);
    if (stream > NUMBER_MAX) throw new Violation(SessionCode.malformed, `${name} has a stream id above 2^53 - 1`);
    if (stream === 0 && rule.isOfStream) throw new Violation(SessionCode.malformed, `${name} is of no stream`);
    if (stream !== 0 && !rule.isOfStream) throw new Violation(SessionCode.malformed, `${name} is of a stream`);
    return HEADER_SIZE + length;
  }

  #beginSkipping(header: Uint8Array, at: number, taken: number = HEADER_SIZE): "skipped" {
    this.#skipping = readUint16(header, at + 2);
    this.taken += taken;
    this.#skip();
    return "skipped";
  }

  #skip(): void {
    const count = Math.min(this.#skipping, this.#left);
    this.#skipping -= count;
    this.taken += count;
  }
}

function readFrame(bytes: Uint8Array, at: number, size: number): Frame {
  // The subarray of a Buffer would cost a call more.
  const body = new Uint8Array(bytes.buffer, bytes.byteOffset + at + HEADER_SIZE, size - HEADER_SIZE);
  const stream = readUint64(bytes, at + 4);
  if (bytes[at] === FrameType.datagram) return { kind: "datagram", stream, bytes: body };
  return readBody(bytes[at]! as FrameType, bytes[at + 1]!, stream, body);
}
