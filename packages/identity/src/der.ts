/**
 * DER (X.690), as much as X.509 needs. The reader is strict: definite lengths in their shortest form, tags of one octet,
 * nothing outside its parent. What is not DER is ERR_IDENTITY_CERTIFICATE_BROKEN.
 */
import { IdentityError } from "./errors.ts";

export const DerTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: its tag, its whole encoding, and its content octets. Views of the given bytes, not copies. */
export interface DerElement {
  readonly tag: number;
  readonly encoding: Uint8Array;
  readonly content: Uint8Array;
}

/** Walks over the elements that follow each other in some octets. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  nextIs(tag: number): boolean {
    return this.#at < this.#bytes.length && this.#bytes[this.#at] === tag;
  }

  /** Takes the next element, which must have the tag. */
  take(tag: number, what: string): DerElement {
    const element = this.takeAny(what);
    if (element.tag !== tag)
      throw broken(`${what}: tag 0x${tag.toString(16)} expected, 0x${element.tag.toString(16)} found`);
    return element;
  }

  takeAny(what: string): DerElement {
    const bytes = this.#bytes;
    const start = this.#at;
    if (start + 2 > bytes.length) throw broken(`${what}: cut off`);
    const tag = bytes[start]!;
    if ((tag & 0x1f) === 0x1f) throw broken(`${what}: long tag`);
    let length = bytes[start + 1]!;
    let contentStart = start + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 3) throw broken(`${what}: length form`);
      if (contentStart + octets > bytes.length) throw broken(`${what}: cut off`);
      length = 0;
      for (let i = 0; i < octets; i++) length = (length << 8) | bytes[contentStart + i]!;
      if (length < 0x80 || (octets > 1 && length < 1 << (8 * (octets - 1))))
        throw broken(`${what}: length not shortest`);
      contentStart += octets;
    }
    const end = contentStart + length;
    if (end > bytes.length) throw broken(`${what}: cut off`);
    this.#at = end;
    return { tag, encoding: bytes.subarray(start, end), content: bytes.subarray(contentStart, end) };
  }

  /** Takes the next element if it has the tag. */
  takeIf(tag: number, what: string): DerElement | undefined {
    return this.nextIs(tag) ? this.take(tag, what) : undefined;
  }

  end(what: string): void {
    if (!this.isAtEnd) throw broken(`${what}: more than expected`);
  }
}

/** A reader of the inside of a SEQUENCE that fills `bytes` exactly. */
export function openSequence(bytes: Uint8Array, what: string): DerReader {
  const outer = new DerReader(bytes);
  const sequence = outer.take(DerTag.sequence, what);
  outer.end(what);
  return new DerReader(sequence.content);
}

export function readBoolean(element: DerElement, what: string): boolean {
  const octet = element.content[0];
  if (element.content.length !== 1 || (octet !== 0 && octet !== 0xff)) throw broken(`${what}: not a boolean`);
  return octet === 0xff;
}

/** The octets of an INTEGER that is not negative, in its shortest form. */
export function readUnsigned(element: DerElement, what: string): Uint8Array {
  const octets = element.content;
  if (octets.length === 0 || octets[0]! >= 0x80) throw broken(`${what}: not a positive integer`);
  if (octets.length > 1 && octets[0] === 0 && octets[1]! < 0x80) throw broken(`${what}: integer not shortest`);
  return octets;
}

export function readSmallUnsigned(element: DerElement, what: string): number {
  const octets = readUnsigned(element, what);
  if (octets.length > 4) throw broken(`${what}: too large`);
  let value = 0;
  for (const octet of octets) value = value * 256 + octet;
  return value;
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid(element: DerElement, what: string): string {
  const octets = element.content;
  if (octets.length === 0 || octets.length > 32 || octets.at(-1)! >= 0x80) throw broken(`${what}: not an OID`);
  const arcs: number[] = [];
  let arc = 0;
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]!;
    if (octet === 0x80 && (i === 0 || octets[i - 1]! < 0x80)) throw broken(`${what}: OID not shortest`);
    if (arc > Number.MAX_SAFE_INTEGER / 256) throw broken(`${what}: OID too large`);
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join(".");
}

/** The octets of a BIT STRING; `unused` says how many bits at its end do not count. */
export function readBitString(
  element: DerElement,
  what: string,
): { readonly octets: Uint8Array; readonly unused: number } {
  const unused = element.content[0];
  const octets = element.content.subarray(1);
  if (unused === undefined || unused > 7 || (octets.length === 0 && unused > 0))
    throw broken(`${what}: not a bit string`);
  if (unused > 0 && (octets.at(-1)! & ((1 << unused) - 1)) !== 0) throw broken(`${what}: padding not zero`);
  return { octets, unused };
}

/** UTCTime or GeneralizedTime in the forms of RFC 5280, 4.1.2.5: with seconds, without fractions, in UTC. */
export function readTime(element: DerElement, what: string): Date {
  const text = Buffer.from(element.content).toString("latin1");
  const isUtcTime = element.tag === DerTag.utcTime;
  if (!isUtcTime && element.tag !== DerTag.generalizedTime) throw broken(`${what}: not a time`);
  const match = (
    isUtcTime ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/ : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/
  ).exec(text);
  if (match === null) throw broken(`${what}: not a time`);
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fullYear = isUtcTime ? year + (year >= 50 ? 1900 : 2000) : year;
  const time = new Date(0);
  time.setUTCFullYear(fullYear, month - 1, day);
  time.setUTCHours(hour, minute, second);
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && time.getUTCHours() === hour;
  if (!isReal || time.getUTCMinutes() !== minute || time.getUTCSeconds() !== second)
    throw broken(`${what}: no such time`);
  return time;
}

export function broken(message: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_CERTIFICATE_BROKEN", `not a well-formed certificate: ${message}`);
}

/** Encodes one element from its tag and the parts of its content. */
export function writeElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  if (length < 0x1_0000) return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
  throw broken("too large to write");
}

export function writeSequence(...parts: readonly Uint8Array[]): Buffer {
  return writeElement(DerTag.sequence, ...parts);
}

/** An INTEGER from the octets of a number that is not negative. */
export function writeUnsigned(octets: Uint8Array): Buffer {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const shortest = octets.subarray(start);
  return writeElement(DerTag.integer, (shortest[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), shortest]) : shortest);
}

export function writeOid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split(".").map(Number) as [number, number, ...number[]];
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const group = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) group.unshift((left & 0x7f) | 0x80);
    octets.push(...group);
  }
  return writeElement(DerTag.oid, Buffer.from(octets));
}

export function writeBitString(octets: Uint8Array, unused = 0): Buffer {
  return writeElement(DerTag.bitString, Buffer.of(unused), octets);
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
export function writeTime(time: Date): Buffer {
  const text = `${time
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replaceAll(/[-:T]/g, "")}Z`;
  if (time.getUTCFullYear() >= 2050) return writeElement(DerTag.generalizedTime, Buffer.from(text));
  return writeElement(DerTag.utcTime, Buffer.from(text.slice(2)));
}
