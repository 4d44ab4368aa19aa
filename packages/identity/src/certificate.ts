/**
 * X.509 v3 certificates (RFC 5280), read from DER into what the rules need. The whole certificate is walked, so that
 * nothing is taken from text that a certificate's maker could shape.
 */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import {
  broken,
  type DerElement,
  DerReader,
  DerTag,
  openSequence,
  readBitString,
  readBoolean,
  readOid,
  readSmallUnsigned,
  readTime,
  readUnsigned,
} from "./der.ts";
import { IdentityError } from "./errors.ts";
import { CERTIFICATE_SIZE_MAX, EXTENSIONS_MAX } from "./limits.ts";

/** Bits of keyUsage, by their number in RFC 5280, 4.2.1.3. */
export const KeyUsage = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

export const Oid = {
  ecPublicKey: "1.2.840.10045.2.1",
  p256: "1.2.840.10045.3.1.7",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  ed25519: "1.3.101.112",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  anyExtendedKeyUsage: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

export type KeyAlgorithm = "ed25519" | "p256";

export interface Certificate {
  readonly der: Uint8Array;
  /** Octets of the serial number in lower-case hex. */
  readonly serial: string;
  /** Distinguished names in DER: equal octets are equal names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The algorithm of its own key, and of the signature on it; undefined when it is none of ours. */
  readonly keyAlgorithm: KeyAlgorithm | undefined;
  readonly signatureAlgorithm: KeyAlgorithm | undefined;
  readonly publicKeyInfo: Uint8Array;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Bit numbers (`KeyUsage`); undefined when the extension is absent. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** URIs of subjectAltName, in order. */
  readonly uris: readonly string[];
  /** Extensions that restrict what the certificate may say and that are not evaluated here. */
  readonly unevaluated: readonly string[];
  readonly subjectKeyId: Uint8Array | undefined;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reads one certificate. Throws ERR_IDENTITY_CERTIFICATE_BROKEN or ERR_IDENTITY_CHAIN_LIMIT. */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > CERTIFICATE_SIZE_MAX) {
    throw new IdentityError("ERR_IDENTITY_CHAIN_LIMIT", `a certificate of ${der.length} bytes is too large`);
  }
  const outer = openSequence(der, "certificate");
  const body = outer.take(DerTag.sequence, "tbsCertificate");
  const algorithm = outer.take(DerTag.sequence, "signatureAlgorithm");
  const signature = readBitString(outer.take(DerTag.bitString, "signature"), "signature");
  outer.end("certificate");

  const reader = new DerReader(body.content);
  const version = new DerReader(reader.take(0xa0, "version").content);
  if (readSmallUnsigned(version.take(DerTag.integer, "version"), "version") !== 2) throw broken("version is not 3");
  version.end("version");
  const serial = readUnsigned(reader.take(DerTag.integer, "serialNumber"), "serialNumber");
  const innerAlgorithm = reader.take(DerTag.sequence, "signature algorithm");
  if (!isSame(innerAlgorithm.encoding, algorithm.encoding)) throw broken("its two signature algorithms differ");
  const issuer = reader.take(DerTag.sequence, "issuer").encoding;
  const validity = new DerReader(reader.take(DerTag.sequence, "validity").content);
  const notBefore = readTime(validity.takeAny("notBefore"), "notBefore");
  const notAfter = readTime(validity.takeAny("notAfter"), "notAfter");
  validity.end("validity");
  const subject = reader.take(DerTag.sequence, "subject").encoding;
  const publicKeyInfo = reader.take(DerTag.sequence, "subjectPublicKeyInfo").encoding;
  reader.takeIf(0x81, "issuerUniqueID");
  reader.takeIf(0x82, "subjectUniqueID");
  const extensions = readExtensions(reader.takeIf(0xa3, "extensions"));
  reader.end("tbsCertificate");

  return {
    der,
    serial: Buffer.from(serial).toString("hex"),
    issuer,
    subject,
    notBefore,
    notAfter,
    keyAlgorithm: readKeyAlgorithm(publicKeyInfo),
    signatureAlgorithm: signature.unused === 0 ? readSignatureAlgorithm(algorithm) : undefined,
    publicKeyInfo,
    ...extensions,
    signed: body.encoding,
    signature: signature.octets,
  };
}

/** Whether the issuer's key made the signature on the certificate. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const algorithm = certificate.signatureAlgorithm;
  if (algorithm === undefined || algorithm !== issuer.keyAlgorithm) return false;
  const key = publicKeyOf(issuer);
  return (
    key !== undefined && verify(algorithm === "p256" ? "sha256" : null, certificate.signed, key, certificate.signature)
  );
}

/** The certificate's key; undefined when it is none of our algorithms, or no point of the curve. */
export function publicKeyOf(certificate: Certificate): KeyObject | undefined {
  if (certificate.keyAlgorithm === undefined) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(certificate.publicKeyInfo), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

export function isSelfIssued(certificate: Certificate): boolean {
  return isSame(certificate.issuer, certificate.subject);
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** SHA-256 of the DER, in lower-case hex without separators. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

interface Extensions {
  isCa: boolean;
  pathLength: number | undefined;
  keyUsage: ReadonlySet<number> | undefined;
  extendedKeyUsage: readonly string[] | undefined;
  uris: readonly string[];
  unevaluated: string[];
  subjectKeyId: Uint8Array | undefined;
}

function readExtensions(element: DerElement | undefined): Extensions {
  const found: Extensions = {
    isCa: false,
    pathLength: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    uris: [],
    unevaluated: [],
    subjectKeyId: undefined,
  };
  if (element === undefined) return found;
  const reader = openSequence(element.content, "extensions");
  const seen = new Set<string>();
  while (!reader.isAtEnd) {
    const extension = new DerReader(reader.take(DerTag.sequence, "extension").content);
    const oid = readOid(extension.take(DerTag.oid, "extension"), "extension");
    const critical = extension.takeIf(DerTag.boolean, "critical");
    const isCritical = critical !== undefined && readBoolean(critical, "critical");
    const value = extension.take(DerTag.octetString, "extension value").content;
    extension.end("extension");
    if (seen.has(oid)) throw broken(`extension ${oid} twice`);
    if (seen.size === EXTENSIONS_MAX) throw broken("too many extensions");
    seen.add(oid);
    readExtension(found, oid, value, isCritical);
  }
  return found;
}

function readExtension(found: Extensions, oid: string, value: Uint8Array, isCritical: boolean): void {
  switch (oid) {
    case Oid.basicConstraints: {
      const reader = openSequence(value, "basicConstraints");
      const isCa = reader.takeIf(DerTag.boolean, "cA");
      found.isCa = isCa !== undefined && readBoolean(isCa, "cA");
      const pathLength = reader.takeIf(DerTag.integer, "pathLenConstraint");
      if (pathLength !== undefined) found.pathLength = readSmallUnsigned(pathLength, "pathLenConstraint");
      reader.end("basicConstraints");
      return;
    }
    case Oid.keyUsage:
      found.keyUsage = readKeyUsage(value);
      return;
    case Oid.extendedKeyUsage: {
      const reader = openSequence(value, "extKeyUsage");
      const usages: string[] = [];
      while (!reader.isAtEnd) usages.push(readOid(reader.take(DerTag.oid, "extKeyUsage"), "extKeyUsage"));
      found.extendedKeyUsage = usages;
      return;
    }
    case Oid.subjectAltName:
      found.uris = readUris(value);
      return;
    case Oid.subjectKeyIdentifier: {
      const reader = new DerReader(value);
      found.subjectKeyId = reader.take(DerTag.octetString, "subjectKeyIdentifier").content;
      reader.end("subjectKeyIdentifier");
      return;
    }
    case Oid.nameConstraints:
      found.unevaluated.push("nameConstraints");
      return;
    default:
      if (isCritical && oid !== Oid.authorityKeyIdentifier) found.unevaluated.push(oid);
  }
}

function readKeyUsage(value: Uint8Array): ReadonlySet<number> {
  const reader = new DerReader(value);
  const { octets, unused } = readBitString(reader.take(DerTag.bitString, "keyUsage"), "keyUsage");
  reader.end("keyUsage");
  const bits = new Set<number>();
  const count = octets.length * 8 - unused;
  for (let bit = 0; bit < count; bit++) if (octets[bit >> 3]! & (0x80 >> (bit & 7))) bits.add(bit);
  return bits;
}

/** uniformResourceIdentifier is [6] IA5String; the other kinds of name are not looked at (X.509-SVID, 2). */
function readUris(value: Uint8Array): string[] {
  const reader = openSequence(value, "subjectAltName");
  const uris: string[] = [];
  while (!reader.isAtEnd) {
    const name = reader.takeAny("subjectAltName");
    if (name.tag !== 0x86) continue;
    if (name.content.some((octet) => octet < 0x20 || octet > 0x7e)) throw broken("a URI with characters that none has");
    uris.push(Buffer.from(name.content).toString("latin1"));
  }
  return uris;
}

function readKeyAlgorithm(publicKeyInfo: Uint8Array): KeyAlgorithm | undefined {
  const info = openSequence(publicKeyInfo, "subjectPublicKeyInfo");
  const algorithm = new DerReader(info.take(DerTag.sequence, "key algorithm").content);
  const oid = readOid(algorithm.take(DerTag.oid, "key algorithm"), "key algorithm");
  if (oid === Oid.ed25519) return algorithm.isAtEnd ? "ed25519" : undefined;
  if (oid !== Oid.ecPublicKey || !algorithm.nextIs(DerTag.oid)) return undefined;
  const curve = readOid(algorithm.take(DerTag.oid, "curve"), "curve");
  return curve === Oid.p256 && algorithm.isAtEnd ? "p256" : undefined;
}

function readSignatureAlgorithm(element: DerElement): KeyAlgorithm | undefined {
  const reader = new DerReader(element.content);
  const oid = readOid(reader.take(DerTag.oid, "signatureAlgorithm"), "signatureAlgorithm");
  if (!reader.isAtEnd) return undefined;
  if (oid === Oid.ed25519) return "ed25519";
  return oid === Oid.ecdsaWithSha256 ? "p256" : undefined;
}
