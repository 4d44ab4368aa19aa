/** Extensions of certificates, requests and revocation lists (RFC 5280, 4.1.2.9): the row of them, and values that have several readers. */
import { EXTENSIONS_MAX } from "../limits.ts";
import { checkDer } from "./der-check.ts";
import { broken, DerReader, DerTag } from "./der-reader.ts";
import { formatIdentifier } from "./object-identifiers.ts";

export interface Extension {
  /** In dotted form. */
  readonly id: string;
  readonly isCritical: boolean;
  /** DER, as a rule; whoever reads it checks that. */
  readonly value: Uint8Array;
}

/**
 * Reads the extensions that follow in a structure which `checkDer` has taken, each of them there once.
 *
 * @throws IdentityError ERR_IDENTITY_CERTIFICATE_BROKEN
 */
export function readExtensions(reader: DerReader): Extension[] {
  const extensions: Extension[] = [];
  const ids = new Set<string>();
  for (const row = reader.enter(DerTag.sequence, "the extensions"); row.peek() !== undefined;) {
    if (extensions.length === EXTENSIONS_MAX) throw broken("too many extensions");
    const parts = row.enter(DerTag.sequence, "an extension");
    const id = formatIdentifier(parts.readContent(DerTag.identifier, "the identifier of an extension"));
    const isCritical = readFlag(parts, "the critical flag");
    const value = parts.readContent(DerTag.octetString, "the value of an extension");
    parts.finish("an extension");
    if (ids.has(id)) throw broken(`extension ${id.slice(0, 64)} twice`);
    ids.add(id);
    extensions.push({ id, isCritical, value });
  }
  return extensions;
}

/** Reads a BOOLEAN that is left out where it is FALSE. */
function readFlag(reader: DerReader, what: string): boolean {
  if (reader.peek() !== DerTag.boolean) return false;
  if (reader.readContent(DerTag.boolean, what)[0] === 0) throw broken(`${what} says its default`);
  return true;
}

/** A reader for the one structure in octets: in the value of an extension, as a rule. */
export function readerOf(octets: Uint8Array, tag: number, what: string): DerReader {
  checkDer(octets, what);
  const outer = new DerReader(octets);
  const reader = outer.enter(tag, what);
  outer.finish(what);
  return reader;
}

export interface BasicConstraints {
  readonly isCa: boolean;
  /** CAs that may follow below this one; undefined: any number. */
  readonly pathLength: number | undefined;
}

export function readBasicConstraints(value: Uint8Array): BasicConstraints {
  const reader = readerOf(value, DerTag.sequence, "basicConstraints");
  const isCa = readFlag(reader, "CA");
  const octets = reader.peek() === undefined ? undefined : reader.readContent(DerTag.integer, "pathLenConstraint");
  reader.finish("basicConstraints");
  if (octets === undefined) return { isCa, pathLength: undefined };
  // Only a CA has a path below it. Four octets are more than any path is long.
  if (!isCa || octets[0]! >= 0x80 || octets.length > 4) {
    throw broken("pathLenConstraint is out of range, or in a certificate that is no CA");
  }
  return { isCa, pathLength: octets.reduce((number, octet) => number * 256 + octet, 0) };
}

/** Flags of keyUsage (RFC 5280, 4.2.1.3) that are asked for here. */
export const KeyUsageFlag = { digitalSignature: 1, keyCertSign: 32, cRLSign: 64 } as const;

/**
 * Reads the flags of keyUsage, added up: the first one is 1. Zeros after the last flag are no DER, but public CAs write them;
 * of RFC 5280's nine flags none is beyond 32 bits.
 */
export function readKeyUsage(value: Uint8Array): number {
  checkDer(value, "keyUsage");
  const reader = new DerReader(value);
  const [, ...octets] = reader.readContent(DerTag.bitString, "keyUsage");
  reader.finish("keyUsage");
  if (octets.length === 0 || octets.length > 4) throw broken("keyUsage is not a set of flags");
  let flags = 0;
  for (const [at, octet] of octets.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) flags += 2 ** (8 * at + bit);
  }
  return flags;
}

export function readExtendedKeyUsage(value: Uint8Array): string[] {
  const reader = readerOf(value, DerTag.sequence, "extKeyUsage");
  const ids: string[] = [];
  while (reader.peek() !== undefined)
    ids.push(formatIdentifier(reader.readContent(DerTag.identifier, "an extended key usage")));
  return ids;
}

export function readKeyIdentifier(value: Uint8Array): Uint8Array {
  const reader = new DerReader(value);
  const id = reader.readContent(DerTag.octetString, "subjectKeyIdentifier");
  reader.finish("subjectKeyIdentifier");
  return id;
}

/** Reads the id of the key that made a signature: undefined where authorityKeyIdentifier names issuer and number alone, or nothing. */
export function readAuthorityKeyIdentifier(value: Uint8Array): Uint8Array | undefined {
  const what = "authorityKeyIdentifier";
  const reader = readerOf(value, DerTag.sequence, what);
  const id = reader.peek() === KEY_IDENTIFIER ? reader.readContent(KEY_IDENTIFIER, what) : undefined;
  if (reader.peek() === ISSUER) reader.readContent(ISSUER, what);
  if (reader.peek() === SERIAL) reader.readContent(SERIAL, what);
  reader.finish(what);
  return id;
}

/** [0], [1] and [2] of AuthorityKeyIdentifier, implicit. */
const [KEY_IDENTIFIER, ISSUER, SERIAL] = [0x80, 0xa1, 0x82];

/** GeneralName (RFC 5280, 4.2.1.6): otherName, x400Address, directoryName and ediPartyName are constructed. */
const NAMES: ReadonlySet<number> = new Set([0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88]);
const URI = 0x86;

/** The URIs of a subjectAltName. Names of other kinds are not looked at (X.509-SVID, 2). */
export function readUris(value: Uint8Array): string[] {
  const reader = readerOf(value, DerTag.sequence, "subjectAltName");
  const uris: string[] = [];
  for (let tag = reader.peek(); tag !== undefined; tag = reader.peek()) {
    if (!NAMES.has(tag)) throw broken("subjectAltName has a name of a kind that is none");
    const content = reader.readContent(tag, "a name");
    if (tag !== URI) continue;
    const uri = Buffer.from(content).toString("latin1");
    if (!/^[ -~]*$/.test(uri)) throw broken("a URI with characters that none has");
    uris.push(uri);
  }
  return uris;
}
