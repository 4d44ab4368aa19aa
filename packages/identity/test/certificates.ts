/** Certificates for tests: a right one by default, with whatever a test wants wrong. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { KeyUsage, Oid } from "../src/certificate.ts";
import { writeCertificate, writeExtension, writeKeyUsage, writeName, writeUriName } from "../src/certificate-writer.ts";
import { DerTag, writeElement, writeOid, writeSequence, writeUnsigned } from "../src/der.ts";

export const now: Date = new Date("2026-06-01T12:00:00Z");
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
  /** Reuses the key of another. */
  readonly like?: Made;
  readonly subject?: Uint8Array;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly algorithm?: "ed25519" | "p256" | "p384" | "rsa";
  /** Replaces an extension of the default, or adds one; null leaves it out. */
  readonly extensions?: Readonly<Record<string, Uint8Array | null>>;
}

export function leaf(issuer: Made, uri: string, wish: Wish = {}): Made {
  const extensions = {
    [Oid.basicConstraints]: writeExtension(Oid.basicConstraints, true, writeSequence()),
    [Oid.keyUsage]: keyUsage(KeyUsage.digitalSignature),
    [Oid.extendedKeyUsage]: extendedKeyUsage(Oid.serverAuth, Oid.clientAuth),
    [Oid.subjectAltName]: writeExtension(Oid.subjectAltName, true, writeUriName(uri)),
  };
  return make({ subject: writeName(), ...wish, issuer, extensions: { ...extensions, ...wish.extensions } });
}

let caCount = 0;

export function ca(cluster: string, wish: Wish = {}): Made {
  const extensions = {
    [Oid.basicConstraints]: basicConstraints(true),
    [Oid.keyUsage]: keyUsage(KeyUsage.keyCertSign, KeyUsage.cRLSign),
    [Oid.subjectAltName]: writeExtension(Oid.subjectAltName, false, writeUriName(`spiffe://${cluster}`)),
  };
  const subject = writeName([Oid.commonName, `${cluster} CA ${caCount++}`]);
  return make({ subject, ...wish, extensions: { ...extensions, ...wish.extensions } });
}

export function basicConstraints(isCa: boolean, pathLength?: number): Buffer {
  const parts = isCa ? [writeElement(DerTag.boolean, Buffer.of(0xff))] : [];
  if (pathLength !== undefined) parts.push(writeUnsigned(Buffer.of(pathLength)));
  return writeExtension(Oid.basicConstraints, true, writeSequence(...parts));
}

export function keyUsage(...bits: readonly number[]): Buffer {
  return writeExtension(Oid.keyUsage, true, writeKeyUsage(...bits));
}

export function extendedKeyUsage(...usages: readonly string[]): Buffer {
  return writeExtension(Oid.extendedKeyUsage, false, writeSequence(...usages.map(writeOid)));
}

/** subjectAltName from raw general names: [tag, text]. */
export function altNames(...names: readonly (readonly [tag: number, text: string])[]): Buffer {
  const elements = names.map(([tag, text]) => writeElement(tag, Buffer.from(text, "latin1")));
  return writeExtension(Oid.subjectAltName, true, writeSequence(...elements));
}

function make(wish: Wish): Made {
  const { privateKey, publicKey } = keyPair(wish.algorithm ?? "p256");
  const key = wish.like?.key ?? privateKey;
  const publicKeyInfo = wish.like?.publicKeyInfo ?? publicKey.export({ type: "spki", format: "der" });
  const subject = wish.subject ?? writeName();
  const der = writeCertificate({
    signingKey: wish.signer ?? wish.issuer?.key ?? key,
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
