import { generateKeyPairSync } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  CRLNumber,
  CRLReason,
  CRLReasons,
  Extension,
  KeyIdentifier,
  Name,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureAlgorithmOf, writeName } from "../src/authority/ca/certificate-writer.ts";
import { writeRevocationList } from "../src/authority/ca/revocation-list-writer.ts";
import { REVOCATION_REASONS } from "../src/authority/ca/record.ts";
import { Oid } from "../src/certificates/object-identifiers.ts";
import { readRevocationList } from "../src/revocation/revocation-list.ts";

const keys = {
  p256: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey,
  ed25519: generateKeyPairSync("ed25519").privateKey,
};
const issuer = writeName([Oid.organization, "demo"]);
const issuerKeyId = Buffer.from("0102030405", "hex");
const libraryReasons = [
  undefined,
  CRLReasons.keyCompromise,
  CRLReasons.affiliationChanged,
  CRLReasons.superseded,
  CRLReasons.cessationOfOperation,
  CRLReasons.privilegeWithdrawn,
];

/** A time in whole seconds, before or after 2050, where the form of a time changes. */
const time = fc
  .integer({ min: Date.UTC(2020) / 1000, max: Date.UTC(2080) / 1000 })
  .map((seconds) => new Date(seconds * 1000));
const revocation = fc.record({
  at: time,
  serial: fc.uint8Array({ minLength: 1, maxLength: 15 }).map((octets) => `41${Buffer.from(octets).toString("hex")}`),
  reason: fc.constantFrom(...REVOCATION_REASONS),
});
const content = fc.record({
  signingKey: fc.constantFrom(keys.p256, keys.ed25519),
  issuer: fc.constant(issuer),
  issuerKeyId: fc.constant(issuerKeyId),
  number: fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.constantFrom(127, 128, 255, 256, 32_767, 32_768)),
  thisUpdate: time,
  nextUpdate: fc.constant(new Date("2081-01-01T00:00:00Z")),
  revocations: fc.uniqueArray(revocation, { selector: ({ serial }) => serial, maxLength: 40 }),
});
type Content = typeof content extends fc.Arbitrary<infer Value> ? Value : never;

/** The signed part as the library alone writes it, slowly. */
function writeByLibrary(list: Content): Buffer {
  const extension = (extnID: string, value: unknown): Extension =>
    new Extension({ extnID, extnValue: new OctetString(AsnConvert.serialize(value)) });
  const entries = list.revocations.map(({ serial, at, reason }) => {
    const why = libraryReasons[REVOCATION_REASONS.indexOf(reason)];
    return new RevokedCertificate({
      userCertificate: new Uint8Array(Buffer.from(serial, "hex")).buffer,
      revocationDate: new Time(at),
      ...(why === undefined ? {} : { crlEntryExtensions: [extension("2.5.29.21", new CRLReason(why))] }),
    });
  });
  const keyIdentifier = new KeyIdentifier(new Uint8Array(list.issuerKeyId));
  const body = new TBSCertList({
    version: Version.v2,
    signature: signatureAlgorithmOf(list.signingKey),
    issuer: AsnConvert.parse(list.issuer, Name),
    thisUpdate: new Time(list.thisUpdate),
    nextUpdate: new Time(list.nextUpdate),
    ...(entries.length === 0 ? {} : { revokedCertificates: entries }),
    crlExtensions: [
      extension("2.5.29.35", new AuthorityKeyIdentifier({ keyIdentifier })),
      extension("2.5.29.20", new CRLNumber(list.number)),
    ],
  });
  return Buffer.from(AsnConvert.serialize(body));
}

describe("a revocation list", () => {
  test("is signed over the octets that the library would write, and says what it was told to", () => {
    fc.assert(
      fc.property(content, (list) => {
        const read = readRevocationList(writeRevocationList(list));
        expect(Buffer.from(read.signed)).toEqual(writeByLibrary(list));
        expect(read).toMatchObject({
          number: BigInt(list.number),
          thisUpdate: list.thisUpdate,
          nextUpdate: list.nextUpdate,
          signatureAlgorithm: list.signingKey === keys.p256 ? "p256" : "ed25519",
        });
        expect(Buffer.from(read.authorityKeyId!)).toEqual(issuerKeyId);
        expect(read.serials.size).toBe(list.revocations.length);
        expect(list.revocations.every(({ serial }) => read.serials.has(serial))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("of 50,000 entries is made, and read again", () => {
    const at = new Date("2026-01-01T00:00:00Z");
    const revocations = Array.from({ length: 50_000 }, (_, index) => ({
      at: new Date(at.getTime() + index * 1000),
      serial: `41${index.toString(16).padStart(30, "0")}`,
      reason: "key-compromise" as const,
    }));
    const nextUpdate = new Date("2027-01-01T00:00:00Z");
    const list = { signingKey: keys.p256, issuer, issuerKeyId, number: 1, thisUpdate: at, nextUpdate, revocations };
    expect(readRevocationList(writeRevocationList(list)).serials.size).toBe(50_000);
  });
});
