/**
 * DER (X.690) by a library: @peculiar/asn1-schema reads and writes the structures that @peculiar/asn1-x509 declares. It
 * takes BER, in which one value has many encodings; DER has one, and that one is signed. So whatever is read is written
 * again, and must come out as the octets that came in: then nothing was overlooked, and nothing read in two ways.
 */
import { AsnConvert } from "@peculiar/asn1-schema";
import { IdentityError } from "../errors.ts";

/**
 * Reads octets as one structure of the library, and nothing after it. Throws ERR_IDENTITY_CERTIFICATE_BROKEN; `what`
 * says in the message what it should have been.
 */
export function readDer<Structure>(
  octets: ArrayBuffer | Uint8Array,
  structure: new () => Structure,
  what: string,
): Structure {
  checkHeads(new Uint8Array(octets), what);
  let value: Structure;
  let rewritten: Uint8Array;
  try {
    value = AsnConvert.parse(octets, structure, { berOptions: { parseEmbedded: false } });
    rewritten = writeDer(value);
  } catch (cause) {
    throw broken(`${what} cannot be read`, cause);
  }
  if (!isSame(rewritten, new Uint8Array(octets))) throw notDer(what);
  return value;
}

/**
 * Looks at the heads of all elements, one after the other at whatever depth, before the library does: a BOOLEAN of 15 KB
 * would cost it half a second and as many megabytes, and a handshake waits meanwhile.
 */
function checkHeads(octets: Uint8Array, what: string): void {
  for (let at = 0; at < octets.length;) {
    const tag = octets[at]!;
    const first = octets[at + 1] ?? INDEFINITE;
    const lengthOctets = first < INDEFINITE ? 0 : first - INDEFINITE;
    if ((tag & TAG_NUMBER) === TAG_NUMBER || first === INDEFINITE || lengthOctets > 4) throw notDer(what);
    const start = at + 2 + lengthOctets;
    let length = lengthOctets === 0 ? first : 0;
    for (let i = at + 2; i < start; i++) length = length * 256 + (octets[i] ?? 0);
    if ((tag & ~CONSTRUCTED) === BOOLEAN && length !== 1) throw notDer(what);
    at = (tag & CONSTRUCTED) === 0 ? start + length : start;
  }
}

const CONSTRUCTED = 0x20;
const TAG_NUMBER = 0x1f;
const BOOLEAN = 0x01;
const INDEFINITE = 0x80;

function notDer(what: string): IdentityError {
  return broken(`${what} is not DER`);
}

export function writeDer(structure: unknown): Buffer<ArrayBuffer> {
  return Buffer.from(AsnConvert.serialize(structure));
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function broken(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_CERTIFICATE_BROKEN", `not a well-formed certificate: ${message}`, { cause });
}
