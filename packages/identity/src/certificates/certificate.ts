/**
 * X.509 v3 certificates (RFC 5280), read from DER into what the rules need. Structures come from a library, signatures
 * and keys from node:crypto; issuing, inspection and verification share the one reader. In link-flor and cluster-flor
 * the library costs 3 MB of memory and 45 ms of start each, too little to give verification a second reader or a door of
 * its own. Requests and revocation lists are structures of the same library. X509Certificate of node:crypto would not do
 * alone: it tells neither the key usage of a leaf nor path length nor which extensions are critical, and gives names as
 * text that a certificate's maker could shape.
 */
import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import {
  type AlgorithmIdentifier,
  BasicConstraints,
  Certificate as CertificateStructure,
  type Extension,
  ExtendedKeyUsage,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  type SubjectPublicKeyInfo,
  type Time,
  Version,
} from "@peculiar/asn1-x509";
import { broken, isSame, readDer, writeDer } from "./der.ts";
import { IdentityError } from "../errors.ts";
import { CERTIFICATE_SIZE_MAX, EXTENSIONS_MAX, SERIAL_OCTETS_MAX } from "../limits.ts";

/** Identifiers that the library has no names for. */
export const Oid = {
  ecPublicKey: "1.2.840.10045.2.1",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  ed25519: "1.3.101.112",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
} as const;

/** The parameters of an EC key on P-256: the curve's identifier, 1.2.840.10045.3.1.7, in DER. */
const p256Parameters = Buffer.from("06082a8648ce3d030107", "hex");

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
  /** `KeyUsageFlags`, added up; undefined when the extension is absent. */
  readonly keyUsage: number | undefined;
  readonly isKeyUsageCritical: boolean;
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
  const outer = readDer(der, CertificateStructure, "the certificate");
  if (!isReadableToOpenssl(der)) throw broken("OpenSSL cannot read it");
  const body = outer.tbsCertificate;
  if (body.version !== Version.v3) throw broken("version is not 3");
  if (!outer.signatureAlgorithm.isEqual(body.signature)) throw broken("its two signature algorithms differ");
  // A leaf of ours has no name; a leaf without a name for its issuer would be its own issuer (RFC 5280, 4.1.2.4).
  if (body.issuer.length === 0) throw broken("its issuer has no name");
  return {
    der,
    serial: readSerial(body.serialNumber),
    issuer: writeDer(body.issuer),
    subject: writeDer(body.subject),
    notBefore: readTime(body.validity.notBefore, "notBefore"),
    notAfter: readTime(body.validity.notAfter, "notAfter"),
    keyAlgorithm: keyAlgorithmOf(body.subjectPublicKeyInfo),
    signatureAlgorithm: signatureAlgorithmOf(body.signature),
    publicKeyInfo: writeDer(body.subjectPublicKeyInfo),
    ...readExtensions(body.extensions ?? []),
    signed: new Uint8Array(outer.tbsCertificateRaw!),
    signature: new Uint8Array(outer.signatureValue),
  };
}

/** Says whether OpenSSL's reader takes it, too. The TLS libraries of peers are closer to that one than to ours. */
function isReadableToOpenssl(der: Uint8Array): boolean {
  try {
    return isSame(new X509Certificate(der).raw, der);
  } catch {
    return false;
  }
}

/** Says whether the issuer's key made the signature on the certificate. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { signatureAlgorithm, signed, signature } = certificate;
  return signatureAlgorithm === issuer.keyAlgorithm && isSignatureOf(issuer, signed, signature);
}

/** Says whether a key, as a certificate or a request has it, made the signature: Ed25519, or ECDSA with SHA-256 in DER. */
export function isSignatureOf(signer: CertifiedKey, octets: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKeyOf(signer);
  return key !== undefined && verify(signer.keyAlgorithm === "p256" ? "sha256" : null, octets, key, signature);
}

type CertifiedKey = Pick<Certificate, "keyAlgorithm" | "publicKeyInfo">;

/** Keys that were made already: those of the roots are asked for at every handshake. */
const keys = new WeakMap<CertifiedKey, KeyObject>();

/** The key of a certificate, or of a request; undefined when it is none of our algorithms, or no point of the curve. */
export function publicKeyOf(certificate: CertifiedKey): KeyObject | undefined {
  const known = keys.get(certificate);
  if (known !== undefined || certificate.keyAlgorithm === undefined) return known;
  try {
    const key = createPublicKey({ key: Buffer.from(certificate.publicKeyInfo), format: "der", type: "spki" });
    keys.set(certificate, key);
    return key;
  } catch {
    return undefined;
  }
}

/** The SHA-256 of a certificate's SubjectPublicKeyInfo in DER, in lower-case hex: it outlives a renewal with the same key. */
export function keyHashOf({ publicKeyInfo }: Pick<Certificate, "publicKeyInfo">): string {
  return createHash("sha256").update(publicKeyInfo).digest("hex");
}

/** The key hash of a certificate in DER, as `keyHashOf` has it. @throws IdentityError when it is no certificate */
export function keyHashOfDer(der: Uint8Array): string {
  return keyHashOf(readCertificate(der));
}

export function isSelfIssued(certificate: Certificate): boolean {
  return isSame(certificate.issuer, certificate.subject);
}

/** Says whether its key usage holds one of the flags (`KeyUsageFlags`); without the extension it holds none. */
export function hasKeyUsage(certificate: Certificate, flags: number): boolean {
  return certificate.keyUsage !== undefined && (certificate.keyUsage & flags) !== 0;
}

/** SHA-256 of the DER, in lower-case hex without separators. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/**
 * The library hands out the octets of the number as they are: negative ones and needless zeros among them. A number is
 * positive and has at most 20 octets (RFC 5280, 4.1.2.2); the zero in front of a high bit is not counted.
 */
function readSerial(number: ArrayBuffer): string {
  const octets = Buffer.from(number);
  const isZero = octets.every((octet) => octet === 0);
  if (isZero || octets[0]! >= 0x80) throw broken("the serial number is not positive");
  if (octets[0] === 0 && octets[1]! < 0x80) throw broken("the serial number is not shortest");
  if (octets.length > (octets[0] === 0 ? SERIAL_OCTETS_MAX + 1 : SERIAL_OCTETS_MAX)) {
    throw broken("the serial number is too long");
  }
  return octets.toString("hex");
}

/** Fractions of a second have no place in a certificate (RFC 5280, 4.1.2.5.2). */
function readTime(time: Time, what: string): Date {
  const date = time.getTime();
  if (Number.isNaN(date.getTime()) || date.getUTCMilliseconds() !== 0) throw broken(`${what} is not a time`);
  return date;
}

/** A point of P-256 has one form here, the uncompressed one, which is all that every TLS library reads. */
export function keyAlgorithmOf(info: SubjectPublicKeyInfo): KeyAlgorithm | undefined {
  const { algorithm, parameters } = info.algorithm;
  const key = new Uint8Array(info.subjectPublicKey);
  if (algorithm === Oid.ed25519) return parameters === undefined && key.length === 32 ? "ed25519" : undefined;
  if (algorithm !== Oid.ecPublicKey || parameters === undefined || parameters === null) return undefined;
  if (!isSame(new Uint8Array(parameters), p256Parameters)) return undefined;
  return key.length === 65 && key[0] === 4 ? "p256" : undefined;
}

export function signatureAlgorithmOf({ algorithm, parameters }: AlgorithmIdentifier): KeyAlgorithm | undefined {
  if (parameters !== undefined) return undefined;
  if (algorithm === Oid.ed25519) return "ed25519";
  return algorithm === Oid.ecdsaWithSha256 ? "p256" : undefined;
}

interface Extensions {
  isCa: boolean;
  pathLength: number | undefined;
  keyUsage: number | undefined;
  isKeyUsageCritical: boolean;
  extendedKeyUsage: readonly string[] | undefined;
  uris: readonly string[];
  unevaluated: string[];
  subjectKeyId: Uint8Array | undefined;
}

function readExtensions(extensions: readonly Extension[]): Extensions {
  if (extensions.length > EXTENSIONS_MAX) throw broken("too many extensions");
  const found: Extensions = {
    isCa: false,
    pathLength: undefined,
    keyUsage: undefined,
    isKeyUsageCritical: false,
    extendedKeyUsage: undefined,
    uris: [],
    unevaluated: [],
    subjectKeyId: undefined,
  };
  const seen = new Set<string>();
  for (const extension of extensions) {
    if (seen.has(extension.extnID)) throw broken(`extension ${extension.extnID.slice(0, 64)} twice`);
    seen.add(extension.extnID);
    readExtension(found, extension);
  }
  return found;
}

function readExtension(found: Extensions, { extnID, critical, extnValue }: Extension): void {
  const value = extnValue.buffer;
  switch (extnID) {
    case id_ce_basicConstraints: {
      const constraints = readDer(value, BasicConstraints, "basicConstraints");
      found.isCa = constraints.cA;
      found.pathLength = readPathLength(constraints);
      return;
    }
    case id_ce_keyUsage:
      found.keyUsage = readKeyUsage(value);
      found.isKeyUsageCritical = critical;
      return;
    case id_ce_extKeyUsage:
      found.extendedKeyUsage = [...readDer(value, ExtendedKeyUsage, "extKeyUsage")];
      return;
    case id_ce_subjectAltName:
      found.uris = readUris(value);
      return;
    case id_ce_subjectKeyIdentifier:
      found.subjectKeyId = new Uint8Array(readDer(value, SubjectKeyIdentifier, "subjectKeyIdentifier").buffer);
      return;
    case id_ce_nameConstraints:
      found.unevaluated.push("nameConstraints");
      return;
    default:
      if (critical && extnID !== id_ce_authorityKeyIdentifier) found.unevaluated.push(extnID);
  }
}

function readPathLength({ cA, pathLenConstraint: length }: BasicConstraints): number | undefined {
  if (length === undefined) return undefined;
  // Larger numbers the library gives as text; negative ones as they are. Only a CA has a path below it.
  if (cA && Number.isInteger(length) && length >= 0) return length;
  throw broken("pathLenConstraint is out of range, or in a certificate that is no CA");
}

/** Zeros after the last flag are no DER, but public CAs write them; of RFC 5280's nine flags none is beyond 32 bits. */
function readKeyUsage(value: ArrayBuffer): number {
  const usage = readDer(value, KeyUsage, "keyUsage");
  const octets = new Uint8Array(usage.value);
  const padding = (octets.at(-1) ?? 0) & ((1 << usage.unusedBits) - 1);
  if (octets.length === 0 || octets.length > 4 || padding !== 0) throw broken("keyUsage is not a set of flags");
  return usage.toNumber();
}

/** The URIs of a subjectAltName. Names of other kinds are not looked at (X.509-SVID, 2). */
export function readUris(value: ArrayBuffer): string[] {
  const uris: string[] = [];
  for (const { uniformResourceIdentifier: uri } of readDer(value, SubjectAlternativeName, "subjectAltName")) {
    if (uri === undefined) continue;
    if (!/^[ -~]*$/.test(uri)) throw broken("a URI with characters that none has");
    uris.push(uri);
  }
  return uris;
}
