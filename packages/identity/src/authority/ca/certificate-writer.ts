/** Makes X.509 v3 certificates (RFC 5280) from the structures of @peculiar/asn1-x509, signed with node:crypto. */
import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Extension,
  Extensions,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { Oid } from "../../certificates/object-identifiers.ts";
import { readDer, writeDer } from "../structures.ts";

export interface CertificateContent {
  readonly signingKey: KeyObject;
  /** Lower-case hex. */
  readonly serial: string;
  /** Distinguished names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** A certificate in DER. */
export function writeCertificate(content: CertificateContent): Buffer<ArrayBuffer> {
  const algorithm = signatureAlgorithmOf(content.signingKey);
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: new Uint8Array(Buffer.from(content.serial, "hex")).buffer,
    signature: algorithm,
    issuer: readDer(content.issuer, Name, "issuer"),
    validity: new Validity({ notBefore: content.notBefore, notAfter: content.notAfter }),
    subject: readDer(content.subject, Name, "subject"),
    subjectPublicKeyInfo: readDer(content.publicKeyInfo, SubjectPublicKeyInfo, "subjectPublicKeyInfo"),
    extensions: new Extensions([...content.extensions]),
  });
  const signatureValue = new Uint8Array(signOctets(content.signingKey, writeDer(body))).buffer;
  return writeDer(new Certificate({ tbsCertificate: body, signatureAlgorithm: algorithm, signatureValue }));
}

export function signatureAlgorithmOf(key: KeyObject): AlgorithmIdentifier {
  const algorithm = key.asymmetricKeyType === "ed25519" ? Oid.ed25519 : Oid.ecdsaWithSha256;
  return new AlgorithmIdentifier({ algorithm });
}

/** Signs by Ed25519, or by ECDSA with SHA-256, as the key is. */
export function signOctets(key: KeyObject, octets: Uint8Array): Buffer {
  return sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", octets, key);
}

/**
 * A serial number, in hex, that is not taken: 16 octets of which 126 bits are random, always positive and of one length
 * (RFC 5280, 4.1.2.2 allows 20 octets).
 */
export function drawSerial(isTaken: (serial: string) => boolean = () => false): string {
  for (;;) {
    const octets = randomBytes(16);
    octets[0] = (octets[0]! & 0x3f) | 0x40;
    const serial = octets.toString("hex");
    if (!isTaken(serial)) return serial;
  }
}

/** The leftmost 160 bits of SHA-256 of the key (RFC 7093, 2, method 1, taken over the whole SubjectPublicKeyInfo). */
export function keyIdOf(publicKeyInfo: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.from(createHash("sha256").update(publicKeyInfo).digest().subarray(0, 20));
}

/** A distinguished name in DER, of UTF-8 texts. */
export function writeName(...attributes: readonly (readonly [oid: string, text: string])[]): Buffer<ArrayBuffer> {
  const parts = attributes.map(([type, utf8String]) => {
    const attribute = new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) });
    return new RelativeDistinguishedName([attribute]);
  });
  return writeDer(new Name(parts));
}

/** An extension with a structure of the library as its value. */
export function makeExtension(oid: string, isCritical: boolean, value: unknown): Extension {
  return makeRawExtension(oid, isCritical, writeDer(value));
}

/** An extension whose value is in DER already. */
export function makeRawExtension(oid: string, isCritical: boolean, value: Uint8Array<ArrayBuffer>): Extension {
  return new Extension({ extnID: oid, critical: isCritical, extnValue: new OctetString(value) });
}
