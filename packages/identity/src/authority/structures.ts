/**
 * DER (X.690) by a library: @peculiar/asn1-schema reads and writes the structures that @peculiar/asn1-x509 declares. It
 * takes BER, in which one value has many encodings; DER has one, and that one is signed. So whatever is read is written
 * again, and must come out as the octets that came in: then nothing was overlooked, and nothing read in two ways.
 */
import { AsnAnyConverter, AsnConvert } from "@peculiar/asn1-schema";
import { type AsnType, fromBER, Null } from "asn1js";
import { checkDer } from "../certificates/der-check.ts";
import { broken, isSame } from "../certificates/der-reader.ts";

/** The content of strings is not read. Where a string holds a structure, that is read by itself, after `checkDer`. */
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
  checkDer(given, what);
  let value: Structure;
  let rewritten: Uint8Array;
  try {
    value = AsnConvert.parse(octets, structure, { berOptions });
    rewritten = writeDer(value);
  } catch (cause) {
    throw broken(`${what} cannot be read`, cause);
  }
  if (!isSame(rewritten, given)) throw broken(`${what} is not DER`);
  return value;
}

/**
 * Writes a structure of the library. To write a place that may hold anything, the library reads it once more, and strings in it
 * as well, which `checkDer` has not looked into. It has no option for that: during this call, and for nobody else, it reads
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
