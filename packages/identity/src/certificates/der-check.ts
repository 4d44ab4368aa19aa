/**
 * Whether octets are DER (X.690) throughout. BER has many encodings of one value, DER has one: so that what a reader passes
 * over can be read in one way only, too.
 */
import { CERTIFICATE_SIZE_MAX, ELEMENTS_MAX, OBJECT_IDENTIFIER_SIZE_MAX } from "../limits.ts";
import { broken, DerTag, isShortest } from "./der-reader.ts";

const TAG_CLASS = 0xc0;
const TAG_NUMBER = 0x1f;
const CONSTRUCTED = 0x20;
const END_OF_CONTENTS = 0x00;
const INDEFINITE = 0x80;
/** The registeredID of a GeneralName. */
const REGISTERED_ID = 0x88;

/**
 * Looks at all elements, at whatever depth, in one pass and without recursion. The content of strings is not looked at: where a string
 * holds a structure, its reader calls this for it.
 *
 * @param what names the octets in messages
 * @throws IdentityError ERR_IDENTITY_CERTIFICATE_BROKEN: no DER, or more of it than any certificate has
 */
export function checkDer(octets: Uint8Array, what: string): void {
  if (octets.length > CERTIFICATE_SIZE_MAX) throw broken(`${what} has ${octets.length} octets`);
  /** The ends of the elements around the one at `at`, the innermost last. */
  const ends = [octets.length];
  for (let at = 0, count = 1; at < octets.length; count++) {
    while (ends.at(-1)! <= at) ends.pop();
    const tag = octets[at]!;
    const first = octets[at + 1] ?? INDEFINITE;
    const lengthOctets = first < INDEFINITE ? 0 : first - INDEFINITE;
    if (!isKnownTag(tag) || first === INDEFINITE || lengthOctets > 4) throw notDer(what);
    const start = at + 2 + lengthOctets;
    let length = lengthOctets === 0 ? first : 0;
    for (let i = at + 2; i < start; i++) length = length * 256 + (octets[i] ?? 0);
    if (lengthOctets > 0 && (length < INDEFINITE || octets[at + 2] === 0)) throw notDer(what);
    if (isIdentifier(tag) && length > OBJECT_IDENTIFIER_SIZE_MAX) throw broken(`${what} has a huge identifier`);
    if (count > ELEMENTS_MAX) throw broken(`${what} has more than ${ELEMENTS_MAX} elements`);
    const end = start + length;
    if (end > ends.at(-1)!) throw notDer(what);
    if ((tag & CONSTRUCTED) === 0) {
      if (!isContentOf(tag, octets.subarray(start, end))) throw notDer(what);
      at = end;
    } else {
      ends.push(end);
      at = start;
    }
  }
}

/** In DER, SEQUENCE and SET alone are constructed among the universal tags. */
function isKnownTag(tag: number): boolean {
  if ((tag & TAG_NUMBER) === TAG_NUMBER) return false;
  if ((tag & TAG_CLASS) !== 0) return true;
  return (tag & CONSTRUCTED) === 0 ? tag !== END_OF_CONTENTS : tag === DerTag.sequence || tag === DerTag.set;
}

/** Object identifiers, relative ones, and the registeredID of a GeneralName. */
function isIdentifier(tag: number): boolean {
  return tag === DerTag.identifier || tag === DerTag.relativeIdentifier || tag === REGISTERED_ID;
}

/** Whether a value has the one form that DER gives it. Zeros behind the last flag of a BIT STRING are left to who knows its type. */
function isContentOf(tag: number, content: Uint8Array): boolean {
  switch (tag) {
    case DerTag.boolean:
      return content.length === 1 && (content[0] === 0 || content[0] === 0xff);
    case DerTag.integer:
    case DerTag.enumerated:
      return isShortest(content);
    case DerTag.bitString:
      return isBitString(content);
    case DerTag.null:
      return content.length === 0;
    case DerTag.identifier:
    case DerTag.relativeIdentifier:
    case REGISTERED_ID:
      return isIdentifierContent(content);
    case DerTag.utf8String:
      return isUtf8(content);
    case DerTag.bmpString:
      return content.length % 2 === 0;
    case DerTag.universalString:
      return content.length % 4 === 0;
    default:
      return true;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function isUtf8(content: Uint8Array): boolean {
  try {
    utf8.decode(content);
    return true;
  } catch {
    return false;
  }
}

/** X.690, 8.6.2 and 11.2.1: at most seven bits of the last octet are unused, and they are zeros. */
function isBitString(content: Uint8Array): boolean {
  const unused = content[0] ?? 8;
  if (unused > 7 || (content.length === 1 && unused !== 0)) return false;
  return unused === 0 || (content.at(-1)! & ((1 << unused) - 1)) === 0;
}

/** X.690, 8.19: numbers of seven bits an octet, each of which begins with another octet than 0x80, and the last of which ends. */
function isIdentifierContent(content: Uint8Array): boolean {
  let isFirst = true;
  for (const octet of content) {
    if (isFirst && octet === 0x80) return false;
    isFirst = octet < 0x80;
  }
  return content.length > 0 && isFirst;
}

function notDer(what: string): Error {
  return broken(`${what} is not DER`);
}
