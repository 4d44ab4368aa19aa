import { readUint32 } from "@florenetes/wire-values";
import { FeedCode, Violation } from "./codes.ts";
import { BODY_SIZE_MAX, HEADER_SIZE } from "./limits.ts";
import { readBody } from "./message-body.ts";
import { type Message, type MessageType, messageRule } from "./messages.ts";

/** The room for the first octets of a body; it doubles as they come, so that a peer which only announces many costs no memory. */
const ROOM_MIN = 4_096;

/** A message as it came: `message` is undefined where its type is not known, and it is skipped. */
export interface Received {
  readonly message: Message | undefined;
  /** Octets on the wire. */
  readonly size: number;
}

/**
 * Cuts a byte stream into messages, whatever the pieces in which it arrives. Keeps at most one incomplete message, whose header it
 * checks before it keeps any octet of the body, and what was fed and is not read yet.
 *
 *     reader.feed(bytes);
 *     for (let next = reader.next(); next !== undefined; next = reader.next()) …
 */
export class MessageReader {
  /** Octets that were fed and not looked at. */
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #header = new Uint8Array(HEADER_SIZE);
  #headerLength = 0;
  /** The body as far as it has come, once the header is whole. */
  #body: Uint8Array = new Uint8Array(0);
  #bodyLength = 0;
  /** The size of that body; undefined: the header is not whole. */
  #bodySize: number | undefined;
  /** Octets that are left of a message of an unknown type. */
  #skipping = 0;

  /** Whether bytes were fed that `next` has not looked at. */
  get hasLeft(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** Gives the next bytes of the stream, which are copied. */
  feed(bytes: Uint8Array): void {
    this.#bytes = this.hasLeft ? Buffer.concat([this.#bytes.subarray(this.#at), bytes]) : Uint8Array.from(bytes);
    this.#at = 0;
  }

  /**
   * Returns the next message, which shares no memory with later ones; undefined: no whole one is left.
   *
   * @throws Violation After that nothing more can be read.
   */
  next(): Received | undefined {
    this.#at += this.#countSkipped();
    if (this.#bodySize === undefined) {
      this.#headerLength += this.#takeInto(this.#header, this.#headerLength, HEADER_SIZE);
      if (this.#headerLength < HEADER_SIZE) return undefined;
      this.#headerLength = 0;
      const size = this.#checkHeader();
      if (messageRule(this.#header[0]!) === undefined) {
        this.#skipping = size;
        this.#at += this.#countSkipped();
        return { message: undefined, size: HEADER_SIZE + size };
      }
      this.#bodySize = size;
      this.#bodyLength = 0;
      this.#body = new Uint8Array(0);
    }
    const size = this.#bodySize;
    this.#makeRoom(size);
    this.#bodyLength += this.#takeInto(this.#body, this.#bodyLength, size);
    if (this.#bodyLength < size) return undefined;
    const body = this.#body.subarray(0, size);
    this.#bodySize = undefined;
    this.#body = new Uint8Array(0);
    return { message: readBody(this.#header[0]! as MessageType, body), size: HEADER_SIZE + size };
  }

  /** The size of the body that the header announces. */
  #checkHeader(): number {
    const size = readUint32(this.#header, 1);
    const type = this.#header[0]!;
    const { name, sizeMax } = messageRule(type) ?? { name: `a message of type ${type}`, sizeMax: BODY_SIZE_MAX };
    if (size <= sizeMax) return size;
    throw new Violation(FeedCode.malformed, `${name} has a body of ${size} octets, at most ${sizeMax} are allowed`);
  }

  /** Makes room for all octets of the body that are there. */
  #makeRoom(size: number): void {
    const needed = Math.min(size, this.#bodyLength + this.#bytes.length - this.#at);
    if (needed <= this.#body.length) return;
    const larger = new Uint8Array(Math.min(size, Math.max(needed, 2 * this.#body.length, ROOM_MIN)));
    larger.set(this.#body.subarray(0, this.#bodyLength));
    this.#body = larger;
  }

  #takeInto(target: Uint8Array, from: number, end: number): number {
    const count = Math.min(end - from, this.#bytes.length - this.#at);
    target.set(this.#bytes.subarray(this.#at, this.#at + count), from);
    this.#at += count;
    return count;
  }

  /** Takes note of octets that are skipped; returns how many. */
  #countSkipped(): number {
    const count = Math.min(this.#skipping, this.#bytes.length - this.#at);
    this.#skipping -= count;
    return count;
  }
}
