/**
 * DER elements (X.690), one after the other, without an object for each value: a revocation list may have hundreds of
 * thousands. Encodings that BER allows and DER forbids are refused: a length that is indefinite, or not the shortest.
 */
import { IdentityError } from "../errors.ts";

export const DerTag = {
  integer: 0x02,
  bitString: 0x03,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  /** [0], explicit. */
  context0: 0xa0,
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

  /** Content of the next element, which must have the tag; a view, no copy. Throws ERR_IDENTITY_LIST_BROKEN. */
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

  /** Throws ERR_IDENTITY_LIST_BROKEN when anything is left. */
  finish(what: string): void {
    if (this.#at !== this.#end) throw brokenList(`there is more in ${what} than belongs there`);
  }

  /** Moves behind the next element; returns where its content starts. */
  #skipHead(tag: number, what: string): number {
    if (this.peek() !== tag) throw brokenList(`${what} is missing or is something else`);
    let at = this.#at + 1;
    let length = at < this.#end ? this.octets[at++]! : 0x80;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > this.#end) throw brokenList(`${what} has a length that cannot be`);
      const first = this.octets[at]!;
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + this.octets[at++]!;
      if (first === 0 || length < 0x80) throw brokenList(`the length of ${what} is not DER`);
    }
    if (length > this.#end - at) throw brokenList(`${what} is cut off`);
    this.#at = at + length;
    return at;
  }
}

/** Returns the octets of a number unchanged, after a check that it is not negative and in its shortest form. */
export function checkNatural(octets: Uint8Array, sizeMax: number, what: string): Uint8Array {
  if (octets.length === 0 || octets.length > sizeMax || octets[0]! >= 0x80) {
    throw brokenList(`${what} is negative or too long`);
  }
  if (octets.length > 1 && octets[0] === 0 && octets[1]! < 0x80) throw brokenList(`${what} is not shortest`);
  return octets;
}

/** A time in the form that RFC 5280 (5.1.2.4) asks for: in whole seconds, UTCTime until 2049 and GeneralizedTime after. */
export function readDerTime(reader: DerReader, what: string): Date {
  const isLong = reader.peek() === DerTag.generalizedTime;
  const text = reader.readContent(isLong ? DerTag.generalizedTime : DerTag.utcTime, what);
  const digits = isLong ? 14 : 12;
  if (text.length !== digits + 1 || text[digits] !== 0x5a) throw brokenList(`${what} is not a time`);
  const pair = (at: number): number => {
    const [tens, ones] = [text[at]! - 0x30, text[at + 1]! - 0x30];
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw brokenList(`${what} is not a time`);
    return tens * 10 + ones;
  };
  const rest = digits - 10;
  const short = pair(rest - 2);
  const year = isLong ? pair(0) * 100 + short : short + (short < 50 ? 2000 : 1900);
  const [month, day] = [pair(rest), pair(rest + 2)];
  const [hour, minute, second] = [pair(rest + 4), pair(rest + 6), pair(rest + 8)];
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && hour < 24 && minute < 60;
  if (!isReal || second > 59 || (isLong && year < 2050)) throw brokenList(`${what} is not a time`);
  return time;
}

export function brokenList(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_LIST_BROKEN", `not a usable revocation list: ${message}`, { cause });
}
