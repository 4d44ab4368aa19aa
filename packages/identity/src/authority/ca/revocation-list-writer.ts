/**
 * Makes certificate revocation lists (RFC 5280, 5): X.509 CRL v2 in DER.
 *
 *     CertificateList ::= SEQUENCE {
 *       tbsCertList  SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate,
 *                               revokedCertificates SEQUENCE OF SEQUENCE { serial, date, reason } OPTIONAL,
 *                               [0] { authorityKeyIdentifier, cRLNumber } }
 *       signatureAlgorithm, signature }
 *
 * The parts are structures of @peculiar/asn1-x509. Sequences of them are put together here, since the library makes some
 * twenty objects of every entry: 3 seconds and half a gigabyte for 50,000.
 */
import type { KeyObject } from "node:crypto";
import {
  AuthorityKeyIdentifier,
  CRLReason,
  CRLReasons,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  KeyIdentifier,
  Time,
  Version,
} from "@peculiar/asn1-x509";
import { writeDer } from "../structures.ts";
import { makeExtension, makeRawExtension, signatureAlgorithmOf, signOctets } from "./certificate-writer.ts";
import type { RecordedRevocation, RevocationReason } from "./record.ts";

export interface RevocationListContent {
  readonly signingKey: KeyObject;
  /** Distinguished name in DER. */
  readonly issuer: Uint8Array;
  readonly issuerKeyId: Uint8Array;
  /** A list replaces those with smaller numbers. */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revocations: readonly RecordedRevocation[];
}

const tag = { integer: 0x02, bitString: 0x03, sequence: 0x30, context0: 0xa0 } as const;

/** The reason numbers of RFC 5280, 5.3.1. The reason `unspecified` is left out of lists, as the RFC asks. */
const reasonNumbers: Readonly<Record<Exclude<RevocationReason, "unspecified">, CRLReasons>> = {
  "key-compromise": CRLReasons.keyCompromise,
  "affiliation-changed": CRLReasons.affiliationChanged,
  superseded: CRLReasons.superseded,
  "cessation-of-operation": CRLReasons.cessationOfOperation,
  "privilege-withdrawn": CRLReasons.privilegeWithdrawn,
};

/** A list in DER. */
export function writeRevocationList(content: RevocationListContent): Buffer<ArrayBuffer> {
  const algorithm = writeDer(signatureAlgorithmOf(content.signingKey));
  const signed = element(tag.sequence, [
    element(tag.integer, [Buffer.of(Version.v2)]),
    algorithm,
    content.issuer,
    writeDer(new Time(content.thisUpdate)),
    writeDer(new Time(content.nextUpdate)),
    ...writeEntries(content.revocations),
    element(tag.context0, [writeExtensions(content)]),
  ]);
  const signature = signOctets(content.signingKey, signed);
  return element(tag.sequence, [signed, algorithm, element(tag.bitString, [Buffer.of(0), signature])]);
}

function writeExtensions({ issuerKeyId, number }: RevocationListContent): Buffer {
  const keyIdentifier = new KeyIdentifier(Buffer.from(issuerKeyId));
  return writeDer(
    new Extensions([
      makeExtension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier })),
      makeRawExtension(id_ce_cRLNumber, false, writeInteger(number)),
    ]),
  );
}

/** A list without entries has no sequence of them at all (RFC 5280, 5.1.2.6). */
function writeEntries(revocations: readonly RecordedRevocation[]): Buffer[] {
  if (revocations.length === 0) return [];
  const reasons = new Map<RevocationReason, Buffer>();
  const entries = revocations.map(({ serial, at, reason }) => {
    let extensions = reasons.get(reason);
    if (extensions === undefined) reasons.set(reason, (extensions = writeReason(reason)));
    return element(tag.sequence, [
      element(tag.integer, [Buffer.from(serial, "hex")]),
      writeDer(new Time(at)),
      extensions,
    ]);
  });
  return [element(tag.sequence, entries)];
}

function writeReason(reason: RevocationReason): Buffer {
  if (reason === "unspecified") return Buffer.alloc(0);
  return writeDer(new Extensions([makeExtension(id_ce_cRLReasons, false, new CRLReason(reasonNumbers[reason]))]));
}

function writeInteger(value: number): Buffer<ArrayBuffer> {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return element(tag.integer, octets[0]! >= 0x80 ? [Buffer.of(0), octets] : [octets]);
}

/** Tag, length in its shortest form, content. */
function element(tag: number, content: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), ...content]);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(length);
  const significant = octets.subarray(Math.clz32(length) >> 3);
  return Buffer.concat([Buffer.of(tag, 0x80 | significant.length), significant, ...content]);
}
