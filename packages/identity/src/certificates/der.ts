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
  let value: Structure;
  let rewritten: Uint8Array;
  try {
    value = AsnConvert.parse(octets, structure, { berOptions: { parseEmbedded: false } });
    rewritten = writeDer(value);
  } catch (cause) {
    throw broken(`${what} cannot be read`, cause);
  }
  if (!isSame(rewritten, new Uint8Array(octets))) throw broken(`${what} is not DER`);
  return value;
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
