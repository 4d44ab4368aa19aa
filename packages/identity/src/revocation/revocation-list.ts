/**
 * Certificate revocation lists (RFC 5280, 5): X.509 CRL v2 in DER, complete and of one issuer.
 *
 *     CertificateList ::= SEQUENCE {
 *       tbsCertList  SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate,
 *                               revokedCertificates SEQUENCE OF SEQUENCE { serial, date, extensions } OPTIONAL,
 *                               [0] crlExtensions }
 *       signatureAlgorithm, signature }
 *
 * The frame and the entries are read here, element by element, each in its one DER form. A library would make some twenty
 * objects of every entry.
 */
import type { KeyAlgorithm } from "../certificates/certificate.ts";
import { describeName } from "../certificates/description.ts";
import { checkDer } from "../certificates/der-check.ts";
import { checkNatural, DerReader, DerTag, readDerTime } from "../certificates/der-reader.ts";
import { type Extension, readAuthorityKeyIdentifier, readExtensions } from "../certificates/extensions.ts";
import { Oid } from "../certificates/object-identifiers.ts";
import { IdentityError } from "../errors.ts";
import { printable } from "../foreign-text.ts";
import { LIST_ENTRIES_MAX, LIST_NUMBER_SIZE_MAX, SERIAL_OCTETS_MAX } from "../limits.ts";
import { type SerialSet, SerialSetBuilder } from "./serial-set.ts";

/** A list that was read; its signer is not known yet. */
export interface ReadList {
  readonly der: Uint8Array;
  /** Distinguished name in DER. */
  readonly issuer: Uint8Array;
  /** The issuer's name as people read it. */
  readonly issuerName: string;
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly serials: SerialSet;
  /** The id of the key that made the signature; undefined when the list does not say. */
  readonly authorityKeyId: Uint8Array | undefined;
  readonly signatureAlgorithm: KeyAlgorithm;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reads a list, without asking who signed it. Throws ERR_IDENTITY_LIST_BROKEN. */
export function readRevocationList(der: Uint8Array): ReadList {
  try {
    return readOuter(der);
  } catch (error) {
    if (!(error instanceof IdentityError) || error.code === "ERR_IDENTITY_LIST_BROKEN") throw error;
    // The readers of DER blame a certificate: here the list is broken.
    throw brokenList(error.message.replace(/^not a well-formed certificate: /, ""), error.cause);
  }
}

const algorithms: readonly (readonly [KeyAlgorithm, Buffer])[] = [
  ["ed25519", Buffer.from("300506032b6570", "hex")],
  ["p256", Buffer.from("300a06082a8648ce3d040302", "hex")],
];

function readOuter(der: Uint8Array): ReadList {
  const file = new DerReader(der);
  const outer = file.enter(DerTag.sequence, "the list");
  file.finish("the list");
  const signed = outer.readWhole(DerTag.sequence, "the signed part");
  const algorithm = outer.readWhole(DerTag.sequence, "the signature algorithm");
  const signature = outer.readContent(DerTag.bitString, "the signature");
  outer.finish("the list");
  if (signature[0] !== 0) throw brokenList("the signature has unused bits");
  const signatureAlgorithm = algorithms.find(([, octets]) => octets.equals(algorithm))?.[0];
  if (signatureAlgorithm === undefined) {
    throw brokenList("the signature is neither Ed25519 nor ECDSA P-256 with SHA-256");
  }
  return { der, ...readSigned(signed, algorithm), signatureAlgorithm, signed, signature: signature.subarray(1) };
}

function readSigned(
  signed: Uint8Array,
  algorithm: Uint8Array,
): Omit<ReadList, "der" | "signatureAlgorithm" | "signed" | "signature"> {
  const body = new DerReader(signed).enter(DerTag.sequence, "the signed part");
  const version = body.peek() === DerTag.integer ? body.readContent(DerTag.integer, "the version") : undefined;
  if (version?.length !== 1 || version[0] !== 1) throw brokenList("its version is not 2");
  if (Buffer.compare(body.readWhole(DerTag.sequence, "the inner signature algorithm"), algorithm) !== 0) {
    throw brokenList("its two signature algorithms differ");
  }
  const issuer = body.readWhole(DerTag.sequence, "the issuer");
  checkDer(issuer, "the issuer");
  const thisUpdate = readListTime(body, "thisUpdate");
  if (body.peek() !== DerTag.utcTime && body.peek() !== DerTag.generalizedTime)
    throw brokenList("it has no end (nextUpdate)");
  const nextUpdate = readListTime(body, "nextUpdate");
  if (nextUpdate <= thisUpdate) throw brokenList("it ends before it begins");
  const serials = readEntries(
    body.peek() === DerTag.sequence ? body.readContent(DerTag.sequence, "the entries") : undefined,
  );
  const extensions = body.enter(DerTag.context0, "the list's number (an extension)");
  body.finish("the signed part");
  const { number, authorityKeyId } = readListExtensions(extensions.readWhole(DerTag.sequence, "the extensions"));
  extensions.finish("the extensions");
  return { issuer, issuerName: describeName(issuer), number, thisUpdate, nextUpdate, serials, authorityKeyId };
}

function readEntries(entries: Uint8Array | undefined): SerialSet {
  if (entries === undefined) return new SerialSetBuilder(0).build();
  if (entries.length === 0) throw brokenList("a list that names nothing has no entries, not an empty row of them");
  const count = countEntries(entries);
  if (count > LIST_ENTRIES_MAX) throw brokenList(`${count} entries are more than ${LIST_ENTRIES_MAX}`);
  const serials = new SerialSetBuilder(count);
  for (const reader = new DerReader(entries); reader.peek() !== undefined;) {
    const entry = reader.enter(DerTag.sequence, "an entry");
    const serial = readSerial(entry);
    readListTime(entry, "a revocation date");
    if (entry.peek() !== undefined) readEntryExtensions(entry.readWhole(DerTag.sequence, "the extensions of an entry"));
    entry.finish("an entry");
    if (!serials.add(serial)) throw brokenList(`serial number ${Buffer.from(serial).toString("hex")} is there twice`);
  }
  return serials.build();
}

/** Reads a serial number as certificates have it: 20 octets at most, after a zero when the first bit would be a sign. */
function readSerial(entry: DerReader): Uint8Array {
  const what = "a serial number";
  const serial = entry.readContent(DerTag.integer, what);
  return checkNatural(serial, serial[0] === 0 ? SERIAL_OCTETS_MAX + 1 : SERIAL_OCTETS_MAX, what);
}

function countEntries(entries: Uint8Array): number {
  let count = 0;
  for (const reader = new DerReader(entries); reader.peek() !== undefined; count++) {
    reader.readContent(DerTag.sequence, "an entry");
  }
  return count;
}

/** The extensions of an entry that has a reason and nothing else, but for the last octet: the reason. */
const reasonAlone = Buffer.from("300c300a0603551d1504030a01", "hex");

/** The reason of a revocation makes no difference, but some reasons are only for other kinds of lists. */
function readEntryExtensions(octets: Uint8Array): void {
  if (octets.length === reasonAlone.length + 1 && reasonAlone.equals(octets.subarray(0, -1))) {
    return checkReason(octets.at(-1)!);
  }
  for (const { id, isCritical, value } of extensionsOf(octets, "the extensions of an entry")) {
    if (id === Oid.certificateIssuer) throw brokenList("an entry is of another issuer (an indirect list)");
    if (id === Oid.crlReason) {
      if (value.length !== 3 || value[0] !== DerTag.enumerated || value[1] !== 1)
        throw brokenList("the reason of an entry is not DER");
      checkReason(value[2]!);
    } else if (isCritical) throw brokenList(`an entry has the critical extension ${printable(id)}`);
  }
}

/** RFC 5280, 5.3.1: 7 is not used, and 8 (removeFromCRL) is for delta lists. */
function checkReason(reason: number): void {
  if (reason > 10 || reason === 7 || reason === 8)
    throw brokenList(`an entry has the reason ${reason}, which has no place here`);
}

function readListExtensions(octets: Uint8Array): Pick<ReadList, "number" | "authorityKeyId"> {
  let number: bigint | undefined;
  let authorityKeyId: Uint8Array | undefined;
  for (const { id, isCritical, value } of extensionsOf(octets, "the extensions")) {
    switch (id) {
      case Oid.crlNumber:
        number = readNumber(value);
        break;
      case Oid.authorityKeyIdentifier:
        authorityKeyId = readAuthorityKeyIdentifier(value);
        break;
      case Oid.deltaCrlIndicator:
        throw brokenList("it is a delta list, which says only what has changed");
      case Oid.issuingDistributionPoint:
        throw brokenList("it is for a part of the certificates (issuingDistributionPoint)");
      default:
        if (isCritical) throw brokenList(`it has the critical extension ${printable(id)}`);
    }
  }
  if (number === undefined) throw brokenList("it has no number (cRLNumber)");
  return { number, authorityKeyId };
}

function readNumber(value: Uint8Array): bigint {
  const reader = new DerReader(value);
  const octets = checkNatural(reader.readContent(DerTag.integer, "its number"), LIST_NUMBER_SIZE_MAX, "its number");
  reader.finish("its number");
  return BigInt(`0x${Buffer.from(octets).toString("hex")}`);
}

function extensionsOf(octets: Uint8Array, what: string): Extension[] {
  checkDer(octets, what);
  const extensions = readExtensions(new DerReader(octets));
  if (extensions.length === 0) throw brokenList(`${what}: there are none, and then they are left out`);
  return extensions;
}

/** Lists have the long form for years from 2050 on alone (RFC 5280, 5.1.2.4). */
function readListTime(reader: DerReader, what: string): Date {
  const isLong = reader.peek() === DerTag.generalizedTime;
  const time = readDerTime(reader, what);
  if (isLong && time.getUTCFullYear() < 2050) throw brokenList(`${what} is not a time`);
  return time;
}

export function brokenList(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_LIST_BROKEN", `not a usable revocation list: ${message}`, { cause });
}
