import type { Violation } from "./violation.ts";

/** Judges the frames of 1-RTT packets one by one: each call returns the violation, if there is one. */
export interface FrameJudge {
  handleAck(largest: number, ranges: AckRanges): Violation | undefined;
  handleCrypto(offset: number, length: number): Violation | undefined;
  handleStream(id: number, offset: number, length: number, isEnd: boolean): Violation | undefined;
  handleReset(id: number): Violation | undefined;
  /** STOP_SENDING, MAX_STREAM_DATA: frames that can begin a stream without anything to read. */
  handleStreamNamed(id: number): Violation | undefined;
  handleNewConnectionId(): Violation | undefined;
  handleRetireConnectionId(): Violation | undefined;
  handlePathChallenge(): Violation | undefined;
  handleHandshakeDone(): Violation | undefined;
}

/** Ranges of packet numbers, as first and last: 2 n numbers in a buffer that the next frame uses again. */
export interface AckRanges {
  readonly numbers: Float64Array;
  readonly length: number;
}

const LAST_BIT = 31;
/** PADDING, PING, and STREAM without FIN. */
const EXPENDABLE = (1 << 0x00) | (1 << 0x01) | (1 << 0x08) | (1 << 0x0a) | (1 << 0x0c) | (1 << 0x0e);

/** The size of the buffer for ranges, so that frames allocate nothing. The judge checks `ACK_RANGES_MAX` of limits.ts. */
const RANGES_KEPT = 1_025;

/**
 * Walks over the frames of a 1-RTT packet (RFC 9000, 19; RFC 9221, 4). Reads exactly the frames that the engine reads;
 * any other is a `MALFORMED_FRAME`. Pure.
 */
export class FrameWalker {
  readonly #ranges = { numbers: new Float64Array(2 * RANGES_KEPT), length: 0 };
  #frames: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isBroken = false;

  /** The types of the frames in the packet, as bits; those from 31 on share one. */
  #types = 0;

  walk(frames: Uint8Array, judge: FrameJudge): Violation | undefined {
    this.#frames = frames;
    this.#at = 0;
    this.#types = 0;
    this.#isBroken = frames.length === 0;
    while (this.#at < frames.length) {
      const violation = this.#frame(judge);
      if (this.#isBroken) return "MALFORMED_FRAME";
      if (violation !== undefined) return violation;
    }
    return this.#isBroken ? "MALFORMED_FRAME" : undefined;
  }

  /** Whether nothing is lost with the packet: stream data is sent again, unless it is the end of the stream. */
  get isExpendable(): boolean {
    return (this.#types & ~EXPENDABLE) === 0;
  }

  #frame(judge: FrameJudge): Violation | undefined {
    const type = this.#number();
    this.#types |= 1 << Math.min(type, LAST_BIT);
    if (type >= 0x08 && type <= 0x0f) return this.#stream(type, judge);
    switch (type) {
      case 0x00:
        while (this.#frames[this.#at] === 0) this.#at++;
        return undefined;
      case 0x01:
        return undefined;
      case 0x02:
      case 0x03:
        return this.#ack(type === 0x03, judge);
      case 0x04: {
        const id = this.#number();
        this.#skip(2);
        return this.#isBroken ? undefined : judge.handleReset(id);
      }
      case 0x05:
      case 0x11: {
        const id = this.#number();
        this.#skip(1);
        return this.#isBroken ? undefined : judge.handleStreamNamed(id);
      }
      case 0x06: {
        const offset = this.#number();
        const length = this.#bytes(this.#number());
        return this.#isBroken ? undefined : judge.handleCrypto(offset, length);
      }
      case 0x18:
        this.#skip(2);
        this.#bytes(this.#octet() + RESET_TOKEN_LENGTH);
        return this.#isBroken ? undefined : judge.handleNewConnectionId();
      case 0x19:
        this.#skip(1);
        return this.#isBroken ? undefined : judge.handleRetireConnectionId();
      case 0x1a:
        this.#bytes(CHALLENGE_LENGTH);
        return this.#isBroken ? undefined : judge.handlePathChallenge();
      case 0x1e:
        return judge.handleHandshakeDone();
      default:
        this.#harmless(type);
        return undefined;
    }
  }

  /** Frames for which nothing has to be kept or answered. */
  #harmless(type: number): void {
    switch (type) {
      case 0x07: // NEW_TOKEN
      case 0x31: // DATAGRAM with a length
        this.#bytes(this.#number());
        return;
      case 0x30: // DATAGRAM
        this.#at = this.#frames.length;
        return;
      case 0x10: // MAX_DATA
      case 0x12: // MAX_STREAMS
      case 0x13:
      case 0x14: // DATA_BLOCKED
      case 0x16: // STREAMS_BLOCKED
      case 0x17:
        return this.#skip(1);
      case 0x15: // STREAM_DATA_BLOCKED
        return this.#skip(2);
      case 0x1b: // PATH_RESPONSE
        this.#bytes(CHALLENGE_LENGTH);
        return;
      case 0x1c: // CONNECTION_CLOSE
      case 0x1d:
        this.#skip(type === 0x1c ? 2 : 1);
        this.#bytes(this.#number());
        return;
      default:
        this.#isBroken = true;
    }
  }

  #stream(type: number, judge: FrameJudge): Violation | undefined {
    const id = this.#number();
    const offset = (type & 0x04) === 0 ? 0 : this.#number();
    const length = this.#bytes((type & 0x02) === 0 ? this.#frames.length - this.#at : this.#number());
    return this.#isBroken ? undefined : judge.handleStream(id, offset, length, (type & 0x01) !== 0);
  }

  #ack(hasCounts: boolean, judge: FrameJudge): Violation | undefined {
    const ranges = this.#ranges;
    const largest = this.#number();
    this.#skip(1);
    const more = this.#number();
    let first = largest - this.#number();
    ranges.numbers[0] = first;
    ranges.numbers[1] = largest;
    ranges.length = 1;
    for (let i = 0; i < more && !this.#isBroken; i++) {
      const last = first - this.#number() - 2;
      first = last - this.#number();
      if (first < 0) this.#isBroken = true;
      if (ranges.length === RANGES_KEPT) return judge.handleAck(largest, ranges);
      ranges.numbers[2 * ranges.length] = first;
      ranges.numbers[2 * ranges.length + 1] = last;
      ranges.length++;
    }
    if (hasCounts) this.#skip(3);
    if (first < 0) this.#isBroken = true;
    return this.#isBroken ? undefined : judge.handleAck(largest, ranges);
  }

  /** Skips so many variable-length integers. */
  #skip(count: number): void {
    for (let i = 0; i < count; i++) {
      const first = this.#frames[this.#at];
      if (first === undefined) this.#isBroken = true;
      else this.#bytes(1 << (first >> 6));
    }
  }

  /** A variable-length integer (RFC 9000, 16). Values beyond a number's exact range are beyond all limits here. */
  #number(): number {
    const first = this.#octet();
    const more = (1 << (first >> 6)) - 1;
    let value = first & 0x3f;
    if (this.#at + more > this.#frames.length) this.#isBroken = true;
    else for (let i = 0; i < more; i++) value = value * 256 + this.#frames[this.#at++]!;
    return value;
  }

  #octet(): number {
    const octet = this.#frames[this.#at++];
    if (octet !== undefined) return octet;
    this.#isBroken = true;
    return 0;
  }

  #bytes(length: number): number {
    if (length > this.#frames.length - this.#at) this.#isBroken = true;
    else this.#at += length;
    return length;
  }
}

const RESET_TOKEN_LENGTH = 16;
const CHALLENGE_LENGTH = 8;
