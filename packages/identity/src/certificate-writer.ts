/** Writes X.509 v3 certificates (RFC 5280) in DER, signed with node:crypto. */
import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { Oid } from "./certificate.ts";
import { DerTag, writeBitString, writeElement, writeOid, writeSequence, writeTime, writeUnsigned } from "./der.ts";

export interface CertificateContent {
  readonly signingKey: KeyObject;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

export function writeCertificate(content: CertificateContent): Buffer {
  const isEd25519 = content.signingKey.asymmetricKeyType === "ed25519";
  const algorithm = writeSequence(writeOid(isEd25519 ? Oid.ed25519 : Oid.ecdsaWithSha256));
  const signed = writeSequence(
    writeElement(0xa0, writeUnsigned(Buffer.of(2))),
    writeUnsigned(randomSerial()),
    algorithm,
    content.issuer,
    writeSequence(writeTime(content.notBefore), writeTime(content.notAfter)),
    content.subject,
    content.publicKeyInfo,
    writeElement(0xa3, writeSequence(...content.extensions)),
  );
  const signature = sign(isEd25519 ? null : "sha256", signed, content.signingKey);
  return writeSequence(signed, algorithm, writeBitString(signature));
}

/** 16 octets of which 126 bits are random: always positive and of one length (RFC 5280, 4.1.2.2 allows 20 octets). */
function randomSerial(): Buffer {
  const octets = randomBytes(16);
  octets[0] = (octets[0]! & 0x3f) | 0x40;
  return octets;
}

/** The leftmost 160 bits of SHA-256 of the key (RFC 7093, 2, method 1, taken over the whole SubjectPublicKeyInfo). */
export function keyIdOf(publicKeyInfo: Uint8Array): Buffer {
  return createHash("sha256").update(publicKeyInfo).digest().subarray(0, 20);
}

export function writeName(...attributes: readonly (readonly [oid: string, text: string])[]): Buffer {
  const sets = attributes.map(([oid, text]) =>
    writeElement(DerTag.set, writeSequence(writeOid(oid), writeElement(DerTag.utf8String, Buffer.from(text)))),
  );
  return writeSequence(...sets);
}

export function writeExtension(oid: string, isCritical: boolean, value: Uint8Array): Buffer {
  const critical = isCritical ? [writeElement(DerTag.boolean, Buffer.of(0xff))] : [];
  return writeSequence(writeOid(oid), ...critical, writeElement(DerTag.octetString, value));
}

/** Named bits in DER end with the last bit that is set (X.690, 11.2.2). Ours are all in the first octet. */
export function writeKeyUsage(...bits: readonly number[]): Buffer {
  const octet = bits.reduce((octet, bit) => octet | (0x80 >> bit), 0);
  return writeBitString(Buffer.of(octet), 7 - Math.max(...bits));
}

export function writeUriName(uri: string): Buffer {
  return writeSequence(writeElement(0x86, Buffer.from(uri, "latin1")));
}
