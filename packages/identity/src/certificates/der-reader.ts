/**
 * DER elements (X.690), one after the other, without an object for each value: a revocation list may have hundreds of
 * thousands. Encodings that BER allows and DER forbids are refused: a length that is indefinite, or not the shortest.
 */
import { IdentityError } from "../errors.ts";

export const DerTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  identifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  relativeIdentifier: 0x0d,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** [0], explicit. */
  context0: 0xa0,
  /** [3], explicit. */
  context3: 0xa3,
} as const;

/** Goes through the elements of one constructed value. */
export class DerReader {
  readonly octets: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(octets: Uint8Array, start = 0, end: number = octets.length) {
    this.octets = octets;
    this.#at = start;
    this.#end = end;
  }

  /** The tag of the next element; undefined after the last. */
  peek(): number | undefined {
    return this.#at < this.#end ? this.octets[this.#at] : undefined;
  }

  /** Content of the next element, which must have the tag; a view, no copy. Throws ERR_IDENTITY_CERTIFICATE_BROKEN. */
  readContent(tag: number, what: string): Uint8Array {
    const start = this.#skipHead(tag, what);
    return this.octets.subarray(start, this.#at);
  }

  /** The next element with its head; a view, no copy. */
  readWhole(tag: number, what: string): Uint8Array {
    const from = this.#at;
    this.#skipHead(tag, what);
    return this.octets.subarray(from, this.#at);
  }

  /** A reader for what is in the next element. */
  enter(tag: number, what: string): DerReader {
    const start = this.#skipHead(tag, what);
    return new DerReader(this.octets, start, this.#at);
  }

  /** Throws ERR_IDENTITY_CERTIFICATE_BROKEN when anything is left. */
  finish(what: string): void {
    if (this.#at !== this.#end) throw broken(`there is more in ${what} than belongs there`);
  }

  /** Moves behind the next element; returns where its content starts. */
  #skipHead(tag: number, what: string): number {
    if (this.peek() !== tag) throw broken(`${what} is missing or is something else`);
    let at = this.#at + 1;
    let length = at < this.#end ? this.octets[at++]! : 0x80;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > this.#end) throw broken(`${what} has a length that cannot be`);
      const first = this.octets[at]!;
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + this.octets[at++]!;
      if (first === 0 || length < 0x80) throw broken(`the length of ${what} is not DER`);
    }
    if (length > this.#end - at) throw broken(`${what} is cut off`);
    this.#at = at + length;
    return at;
  }
}

/** Returns the octets of a number unchanged, after a check that it is not negative and in its shortest form. */
export function checkNatural(octets: Uint8Array, sizeMax: number, what: string): Uint8Array {
  if (octets.length === 0 || octets.length > sizeMax || octets[0]! >= 0x80) {
    throw broken(`${what} is negative or too long`);
  }
  if (!isShortest(octets)) throw broken(`${what} is not shortest`);
  return octets;
}

/** Whether the octets are a number in its shortest form (X.690, 8.3.2): the first nine bits are not all equal. */
export function isShortest(octets: Uint8Array): boolean {
  const [first, second] = octets;
  if (first === undefined || second === undefined) return first !== undefined;
  return second < 0x80 ? first !== 0 : first !== 0xff;
}

/**
 * A time in whole seconds of UTC (RFC 5280, 4.1.2.5): UTCTime for 1950 to 2049, or GeneralizedTime, which the RFC keeps for
 * later years and readers take for all.
 */
export function readDerTime(reader: DerReader, what: string): Date {
  const isLong = reader.peek() === DerTag.generalizedTime;
  const text = reader.readContent(isLong ? DerTag.generalizedTime : DerTag.utcTime, what);
  const digits = isLong ? 14 : 12;
  if (text.length !== digits + 1 || text[digits] !== 0x5a) throw broken(`${what} is not a time`);
  const pair = (at: number): number => {
    const [tens, ones] = [text[at]! - 0x30, text[at + 1]! - 0x30];
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw broken(`${what} is not a time`);
    return tens * 10 + ones;
  };
  const rest = digits - 10;
  const short = pair(rest - 2);
  const year = isLong ? pair(0) * 100 + short : short + (short < 50 ? 2000 : 1900);
  const [month, day] = [pair(rest), pair(rest + 2)];
  const [hour, minute, second] = [pair(rest + 4), pair(rest + 6), pair(rest + 8)];
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A day or a month that there is not, and a year before 100, become others.
  const isDay = time.getUTCFullYear() === year && time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) throw broken(`${what} is not a time`);
  return time;
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function broken(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_CERTIFICATE_BROKEN", `not a well-formed certificate: ${message}`, { cause });
}
