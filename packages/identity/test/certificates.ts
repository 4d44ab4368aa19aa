/** Certificates for tests: a right one by default, with whatever a test wants wrong. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { OctetString } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { Oid } from "../src/certificates/object-identifiers.ts";
import { drawSerial, makeExtension, writeCertificate, writeName } from "../src/authority/ca/certificate-writer.ts";

export const now: Date = new Date("2026-06-01T12:00:00Z");
/** The time that is this many days after `now`. */
export const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
export const past: Date = new Date("2026-01-01T00:00:00Z");
export const future: Date = new Date("2027-01-01T00:00:00Z");

export interface Made {
  readonly der: Uint8Array;
  readonly key: KeyObject;
  readonly publicKeyInfo: Uint8Array;
  readonly subject: Uint8Array;
}

export interface Wish {
  readonly issuer?: Made;
  /** Signs in the issuer's place. */
  readonly signer?: KeyObject;
  /** A certificate whose key is used again. */
  readonly like?: Made;
  readonly subject?: Uint8Array;
  /** The serial number, in lower-case hex. */
  readonly serial?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly algorithm?: "ed25519" | "p256" | "p384" | "rsa";
  /** Replaces an extension of the default, or adds one; null leaves it out. */
  readonly extensions?: Readonly<Record<string, Extension | null>>;
}

export function leaf(issuer: Made, uri: string, wish: Wish = {}): Made {
  const extensions = {
    [id_ce_basicConstraints]: basicConstraints(false),
    [id_ce_keyUsage]: keyUsage(KeyUsageFlags.digitalSignature),
    [id_ce_extKeyUsage]: extendedKeyUsage(id_kp_serverAuth, id_kp_clientAuth),
    [id_ce_subjectAltName]: altNames({ uniformResourceIdentifier: uri }),
  };
  return make({ subject: writeName(), ...wish, issuer, extensions: { ...extensions, ...wish.extensions } });
}

let caCount = 0;

export function ca(cluster: string, wish: Wish = {}): Made {
  const extensions = {
    [id_ce_basicConstraints]: basicConstraints(true),
    [id_ce_keyUsage]: keyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
    [id_ce_subjectAltName]: altNames({ uniformResourceIdentifier: `spiffe://${cluster}` }),
  };
  const subject = writeName([Oid.commonName, `${cluster} CA ${caCount++}`]);
  return make({ subject, ...wish, extensions: { ...extensions, ...wish.extensions } });
}

export function basicConstraints(cA: boolean, pathLenConstraint?: number): Extension {
  const constraints = new BasicConstraints(pathLenConstraint === undefined ? { cA } : { cA, pathLenConstraint });
  return makeExtension(id_ce_basicConstraints, true, constraints);
}

export function keyUsage(flags: number): Extension {
  return makeExtension(id_ce_keyUsage, true, new KeyUsage(flags));
}

export function extendedKeyUsage(...usages: readonly string[]): Extension {
  return makeExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([...usages]));
}

export function altNames(...names: readonly Partial<GeneralName>[]): Extension {
  const subjectAltName = new SubjectAlternativeName(names.map((name) => new GeneralName(name)));
  return makeExtension(id_ce_subjectAltName, true, subjectAltName);
}

/** An extension with any value, in hex. */
export function rawExtension(extnID: string, critical: boolean, value: string): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(Buffer.from(value, "hex")) });
}

function make(wish: Wish): Made {
  const { privateKey, publicKey } = keyPair(wish.algorithm ?? "p256");
  const key = wish.like?.key ?? privateKey;
  const publicKeyInfo = wish.like?.publicKeyInfo ?? publicKey.export({ type: "spki", format: "der" });
  const subject = wish.subject ?? writeName();
  const der = writeCertificate({
    signingKey: wish.signer ?? wish.issuer?.key ?? key,
    serial: wish.serial ?? drawSerial(),
    issuer: wish.issuer?.subject ?? subject,
    subject,
    notBefore: wish.notBefore ?? past,
    notAfter: wish.notAfter ?? future,
    publicKeyInfo,
    extensions: Object.values(wish.extensions ?? {}).filter((extension) => extension !== null),
  });
  return { der, key, publicKeyInfo, subject };
}

function keyPair(algorithm: "ed25519" | "p256" | "p384" | "rsa"): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (algorithm) {
    case "ed25519":
      return generateKeyPairSync("ed25519");
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "p384":
      return generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    default:
      return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  }
}
