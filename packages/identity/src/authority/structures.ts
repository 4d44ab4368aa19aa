/**
 * DER (X.690) by a library: @peculiar/asn1-schema reads and writes the structures that @peculiar/asn1-x509 declares. It
 * takes BER, in which one value has many encodings; DER has one, and that one is signed. So whatever is read is written
 * again, and must come out as the octets that came in: then nothing was overlooked, and nothing read in two ways.
 */
import { AsnAnyConverter, AsnConvert } from "@peculiar/asn1-schema";
import { type AsnType, fromBER, Null } from "asn1js";
import { IdentityError } from "../errors.ts";
import { CERTIFICATE_SIZE_MAX, ELEMENTS_MAX, OBJECT_IDENTIFIER_SIZE_MAX } from "../limits.ts";

/** The content of strings is not read. Where a string holds a structure, that is read by itself, after `checkHeads`. */
const berOptions = { parseEmbedded: false };

/**
 * Reads octets as one structure of the library, and nothing after it. Throws ERR_IDENTITY_CERTIFICATE_BROKEN; `what`
 * says in the message what it should have been.
 */
export function readDer<Structure>(
  octets: ArrayBuffer | Uint8Array,
  structure: new () => Structure,
  what: string,
): Structure {
  const given = new Uint8Array(octets);
  checkHeads(given, what);
  let value: Structure;
  let rewritten: Uint8Array;
  try {
    value = AsnConvert.parse(octets, structure, { berOptions });
    rewritten = writeDer(value);
  } catch (cause) {
    throw broken(`${what} cannot be read`, cause);
  }
  if (!isSame(rewritten, given)) throw notDer(what);
  return value;
}

/**
 * Looks at the heads of all elements, at whatever depth, before the library does. What is refused here is no DER, or in no
 * certificate, and would cost it up to half a second and as many megabytes: a BOOLEAN or an object identifier of kilobytes,
 * thousands of elements. And what it reads in another way than it is read here: it takes nothing after the tag 0 for its
 * content, and strings in pieces for structures.
 */
function checkHeads(octets: Uint8Array, what: string): void {
  if (octets.length > CERTIFICATE_SIZE_MAX) throw broken(`${what} has ${octets.length} octets`);
  for (let at = 0, count = 1; at < octets.length; count++) {
    const tag = octets[at]!;
    const first = octets[at + 1] ?? INDEFINITE;
    const lengthOctets = first < INDEFINITE ? 0 : first - INDEFINITE;
    if (!isKnownTag(tag) || first === INDEFINITE || lengthOctets > 4) throw notDer(what);
    const start = at + 2 + lengthOctets;
    let length = lengthOctets === 0 ? first : 0;
    for (let i = at + 2; i < start; i++) length = length * 256 + (octets[i] ?? 0);
    if (tag === BOOLEAN && length !== 1) throw notDer(what);
    if (isIdentifier(tag) && length > OBJECT_IDENTIFIER_SIZE_MAX) throw broken(`${what} has a huge identifier`);
    if (count > ELEMENTS_MAX) throw broken(`${what} has more than ${ELEMENTS_MAX} elements`);
    at = (tag & CONSTRUCTED) === 0 ? start + length : start;
  }
}

/** Object identifiers, relative ones, and the registeredID of a GeneralName. */
function isIdentifier(tag: number): boolean {
  return tag === OBJECT_IDENTIFIER || tag === RELATIVE_IDENTIFIER || tag === REGISTERED_ID;
}

/** In DER, SEQUENCE and SET alone are constructed among the universal tags. */
function isKnownTag(tag: number): boolean {
  if ((tag & TAG_NUMBER) === TAG_NUMBER) return false;
  if ((tag & TAG_CLASS) !== 0) return true;
  return (tag & CONSTRUCTED) === 0 ? tag !== END_OF_CONTENTS : tag === SEQUENCE || tag === SET;
}

const TAG_CLASS = 0xc0;
const TAG_NUMBER = 0x1f;
const CONSTRUCTED = 0x20;
const END_OF_CONTENTS = 0x00;
const BOOLEAN = 0x01;
const OBJECT_IDENTIFIER = 0x06;
const RELATIVE_IDENTIFIER = 0x0d;
const REGISTERED_ID = 0x88;
const SEQUENCE = 0x30;
const SET = 0x31;
const INDEFINITE = 0x80;

function notDer(what: string): IdentityError {
  return broken(`${what} is not DER`);
}

/**
 * Writes a structure of the library. To write a place that may hold anything, the library reads it once more, and strings in it
 * as well, which `checkHeads` has not looked into. It has no option for that: during this call, and for nobody else, it reads
 * such a place as `readDer` does.
 */
export function writeDer(structure: unknown): Buffer<ArrayBuffer> {
  const usual = { ...AsnAnyConverter };
  AsnAnyConverter.toASN = writeAny;
  try {
    return Buffer.from(AsnConvert.serialize(structure));
  } finally {
    Object.assign(AsnAnyConverter, usual);
  }
}

function writeAny(value: ArrayBuffer | null): AsnType {
  return value === null ? new Null() : fromBER(value, berOptions).result;
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function broken(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_CERTIFICATE_BROKEN", `not a well-formed certificate: ${message}`, { cause });
}
