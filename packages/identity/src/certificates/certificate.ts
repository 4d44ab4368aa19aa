/**
 * X.509 v3 certificates (RFC 5280), read from DER into what the rules need; issuing, inspection and verification share the one
 * reader. Signatures and keys are left to node:crypto, whose OpenSSL must be able to read a certificate, too. Its X509Certificate
 * would not do alone: it tells neither the key usage of a leaf nor path length nor which extensions are critical, and gives names as
 * text that a certificate's maker could shape. The library that writes certificates reads them as well, and tests hold its reading
 * beside this one. At the start of a process it takes a sixth of the time, and 3 MB in a node's two processes.
 *
 *     Certificate ::= SEQUENCE {
 *       tbsCertificate  SEQUENCE { [0] version, serialNumber, signature, issuer, validity SEQUENCE { notBefore, notAfter },
 *                                  subject, subjectPublicKeyInfo, [1] issuerUniqueID, [2] subjectUniqueID OPTIONAL, [3] extensions }
 *       signatureAlgorithm, signatureValue }
 */
import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import { IdentityError } from "../errors.ts";
import { CERTIFICATE_SIZE_MAX, SERIAL_OCTETS_MAX } from "../limits.ts";
import { broken, checkNatural, DerReader, DerTag, isSame, readDerTime } from "./der-reader.ts";
import { readName } from "./distinguished-name.ts";
import {
  type Extension,
  readBasicConstraints,
  readerOf,
  readExtendedKeyUsage,
  readExtensions,
  readKeyIdentifier,
  readKeyUsage,
  readUris,
} from "./extensions.ts";
import { Oid } from "./object-identifiers.ts";

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
  /** Flags (`KeyUsageFlag`), added up; undefined when the extension is absent. */
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
  const outer = readerOf(der, DerTag.sequence, "the certificate");
  const signed = outer.readWhole(DerTag.sequence, "the signed part");
  const algorithm = outer.readWhole(DerTag.sequence, "the signature algorithm");
  const signature = readOctets(outer, "the signature");
  outer.finish("the certificate");
  const body = readBody(signed, algorithm);
  if (!isReadableToOpenssl(der)) throw broken("OpenSSL cannot read it");
  return { der, ...body, signatureAlgorithm: signatureAlgorithmOf(algorithm), signed, signature };
}

function readBody(
  signed: Uint8Array,
  algorithm: Uint8Array,
): Omit<Certificate, "der" | "signatureAlgorithm" | "signed" | "signature"> {
  const body = new DerReader(signed).enter(DerTag.sequence, "the signed part");
  readVersion(body);
  const serial = readSerial(body.readContent(DerTag.integer, "the serial number"));
  const inner = body.readWhole(DerTag.sequence, "the inner signature algorithm");
  if (!isSame(inner, algorithm)) throw broken("its two signature algorithms differ");
  const issuer = body.readWhole(DerTag.sequence, "the issuer");
  // A leaf of ours has no name; a leaf without a name for its issuer would be its own issuer (RFC 5280, 4.1.2.4).
  if (readName(issuer).length === 0) throw broken("its issuer has no name");
  const validity = body.enter(DerTag.sequence, "the validity");
  const notBefore = readDerTime(validity, "notBefore");
  const notAfter = readDerTime(validity, "notAfter");
  validity.finish("the validity");
  const subject = body.readWhole(DerTag.sequence, "the subject");
  readName(subject);
  const publicKeyInfo = body.readWhole(DerTag.sequence, "the public key");
  const keyAlgorithm = keyAlgorithmOf(publicKeyInfo);
  for (const tag of UNIQUE_IDS) if (body.peek() === tag) body.readContent(tag, "a unique identifier");
  const extensions = readExtensionsOf(body);
  body.finish("the signed part");
  const names = { serial, issuer, subject, notBefore, notAfter };
  return { ...names, keyAlgorithm, publicKeyInfo, ...evaluate(extensions) };
}

/** issuerUniqueID and subjectUniqueID: [1] and [2], implicit. Nobody writes them, and nobody may rely on them. */
const UNIQUE_IDS = [0x81, 0x82];
const V3 = 2;

function readVersion(body: DerReader): void {
  const explicit = body.peek() === DerTag.context0 ? body.enter(DerTag.context0, "the version") : undefined;
  const version = explicit?.readContent(DerTag.integer, "the version");
  explicit?.finish("the version");
  if (version?.length !== 1 || version[0] !== V3) throw broken("version is not 3");
}

function readExtensionsOf(body: DerReader): Extension[] {
  if (body.peek() === undefined) return [];
  const explicit = body.enter(DerTag.context3, "the extensions");
  const extensions = readExtensions(explicit);
  explicit.finish("the extensions");
  return extensions;
}

/** A BIT STRING of whole octets. */
function readOctets(reader: DerReader, what: string): Uint8Array {
  const content = reader.readContent(DerTag.bitString, what);
  if (content[0] !== 0) throw broken(`${what} has unused bits`);
  return content.subarray(1);
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

/** Says whether its key usage holds one of the flags (`KeyUsageFlag`); without the extension it holds none. */
export function hasKeyUsage(certificate: Certificate, flags: number): boolean {
  return certificate.keyUsage !== undefined && (certificate.keyUsage & flags) !== 0;
}

/** SHA-256 of the DER, in lower-case hex without separators. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/**
 * A number is positive and has at most 20 octets (RFC 5280, 4.1.2.2); the zero in front of a high bit is not counted.
 */
function readSerial(octets: Uint8Array): string {
  const what = "the serial number";
  checkNatural(octets, octets[0] === 0 ? SERIAL_OCTETS_MAX + 1 : SERIAL_OCTETS_MAX, what);
  if (octets.length === 1 && octets[0] === 0) throw broken(`${what} is not positive`);
  return Buffer.from(octets).toString("hex");
}

/** The algorithm of a key, as SubjectPublicKeyInfo in DER has it. A point of P-256 has one form here, the uncompressed one, which is all that every TLS library reads. */
export function keyAlgorithmOf(info: Uint8Array): KeyAlgorithm | undefined {
  const reader = readerOf(info, DerTag.sequence, "the public key");
  const algorithm = reader.readWhole(DerTag.sequence, "the algorithm of the key");
  const key = readOctets(reader, "the public key");
  reader.finish("the public key");
  readAlgorithm(algorithm);
  if (isSame(algorithm, ED25519)) return key.length === 32 ? "ed25519" : undefined;
  return isSame(algorithm, KEY_ON_P256) && key.length === 65 && key[0] === 4 ? "p256" : undefined;
}

/** The algorithm of a signature, as AlgorithmIdentifier in DER has it. */
export function signatureAlgorithmOf(algorithm: Uint8Array): KeyAlgorithm | undefined {
  readAlgorithm(algorithm);
  if (isSame(algorithm, ED25519)) return "ed25519";
  return isSame(algorithm, ECDSA_WITH_SHA256) ? "p256" : undefined;
}

/** AlgorithmIdentifier in DER: 1.3.101.112, 1.2.840.10045.4.3.2, and 1.2.840.10045.2.1 with the curve 1.2.840.10045.3.1.7. */
const ED25519 = Buffer.from("300506032b6570", "hex");
const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex");
const KEY_ON_P256 = Buffer.from("301306072a8648ce3d020106082a8648ce3d030107", "hex");

/** An identifier, and parameters of whatever kind. */
function readAlgorithm(algorithm: Uint8Array): void {
  const reader = new DerReader(algorithm).enter(DerTag.sequence, "an algorithm");
  reader.readContent(DerTag.identifier, "an algorithm");
  const tag = reader.peek();
  if (tag !== undefined) reader.readContent(tag, "the parameters of an algorithm");
  reader.finish("an algorithm");
}

type Evaluated = Pick<
  Certificate,
  | "isCa"
  | "pathLength"
  | "keyUsage"
  | "isKeyUsageCritical"
  | "extendedKeyUsage"
  | "uris"
  | "unevaluated"
  | "subjectKeyId"
>;

function evaluate(extensions: readonly Extension[]): Evaluated {
  const byId = new Map(extensions.map((extension) => [extension.id, extension]));
  const read = <Value>(id: string, reader: (value: Uint8Array) => Value): Value | undefined => {
    const extension = byId.get(id);
    return extension && reader(extension.value);
  };
  const unevaluated = extensions.flatMap(({ id, isCritical }) => {
    if (id === Oid.nameConstraints) return "nameConstraints";
    return isCritical && !EVALUATED.has(id) ? id : [];
  });
  return {
    ...(read(Oid.basicConstraints, readBasicConstraints) ?? { isCa: false, pathLength: undefined }),
    keyUsage: read(Oid.keyUsage, readKeyUsage),
    isKeyUsageCritical: byId.get(Oid.keyUsage)?.isCritical === true,
    extendedKeyUsage: read(Oid.extKeyUsage, readExtendedKeyUsage),
    uris: read(Oid.subjectAltName, readUris) ?? [],
    unevaluated,
    subjectKeyId: read(Oid.subjectKeyIdentifier, readKeyIdentifier),
  };
}

/** Extensions that may be critical. That of the issuer's key restricts nothing. */
const EVALUATED: ReadonlySet<string> = new Set([
  Oid.basicConstraints,
  Oid.keyUsage,
  Oid.extKeyUsage,
  Oid.subjectAltName,
  Oid.subjectKeyIdentifier,
  Oid.authorityKeyIdentifier,
]);
