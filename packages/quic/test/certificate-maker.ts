/** Certificates that the product does not issue, or not yet: intermediates, and leaves with flaws. RFC 5280 in DER. */

import { createPublicKey, type KeyObject, generateKeyPairSync, sign } from "node:crypto";

export interface MadeCertificate {
  readonly name: string;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly privateKeyPem: string;
}

export interface CertificateRequest {
  readonly name: string;
  readonly isCa?: boolean;
  /** 1: an X.509 version 1 certificate, which has no extensions. */
  readonly version?: 1 | 3;
  /** OIDs; undefined: the extension is left out. */
  readonly extendedKeyUsage?: readonly string[];
  /** Bits of KeyUsage (RFC 5280, 4.2.1.3); undefined: the extension is left out. */
  readonly keyUsage?: readonly number[];
  /** The OID of a critical extension that no verifier knows. */
  readonly unknownCritical?: string;
  readonly algorithm?: "p256" | "p384" | "rsa";
  /** The first and the last day, from now on; default: from yesterday to tomorrow. */
  readonly days?: readonly [first: number, last: number];
  /** Has the key of that certificate, which it follows or precedes. */
  readonly keyOf?: MadeCertificate;
}

export const extendedKeyUsages = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" };
export const keyUsages = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5 };

const day = 86_400_000;
let serial = 1;

export function makeCertificate(request: CertificateRequest, issuer?: MadeCertificate): MadeCertificate {
  const privateKey = request.keyOf?.privateKey ?? makeKey(request.algorithm ?? "p256");
  const [first, last] = request.days ?? [-1, 1];
  const signingKey = issuer?.privateKey ?? privateKey;
  const isRsa = signingKey.asymmetricKeyType === "rsa";
  const algorithm = sequence(oid(isRsa ? "1.2.840.113549.1.1.11" : "1.2.840.10045.4.3.2"), isRsa ? element(5) : none);
  const version = request.version ?? 3;
  const body = sequence(
    version === 3 ? element(0xa0, element(2, Buffer.of(2))) : none,
    element(2, Buffer.of(1, serial++ & 0x7f)),
    algorithm,
    name(issuer?.name ?? request.name),
    sequence(time(Date.now() + first * day), time(Date.now() + last * day)),
    name(request.name),
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    version === 3 ? element(0xa3, sequence(...extensions(request))) : none,
  );
  const signature = sign("sha256", body, signingKey);
  const der = sequence(body, algorithm, element(3, Buffer.of(0), signature));
  return {
    name: request.name,
    pem: `-----BEGIN CERTIFICATE-----\n${der
      .toString("base64")
      .match(/.{1,64}/g)
      ?.join("\n")}\n-----END CERTIFICATE-----\n`,
    privateKey,
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function makeKey(algorithm: "p256" | "p384" | "rsa"): KeyObject {
  if (algorithm === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  return generateKeyPairSync("ec", { namedCurve: algorithm === "p256" ? "prime256v1" : "secp384r1" }).privateKey;
}

function extensions(request: CertificateRequest): Buffer[] {
  const all = [extension("2.5.29.19", true, sequence(request.isCa === true ? element(1, Buffer.of(0xff)) : none))];
  if (request.keyUsage !== undefined) {
    const octet = request.keyUsage.reduce((bits, bit) => bits | (0x80 >> bit), 0);
    all.push(extension("2.5.29.15", true, element(3, Buffer.of(7 - Math.max(...request.keyUsage), octet))));
  }
  if (request.extendedKeyUsage !== undefined) {
    all.push(extension("2.5.29.37", false, sequence(...request.extendedKeyUsage.map(oid))));
  }
  if (request.unknownCritical !== undefined) all.push(extension(request.unknownCritical, true, element(5)));
  return all;
}

const none = Buffer.alloc(0);

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), isCritical ? element(1, Buffer.of(0xff)) : none, element(4, value));
}

function name(common: string): Buffer {
  return sequence(element(0x31, sequence(oid("2.5.4.3"), element(12, Buffer.from(common)))));
}

/** UTCTime, which serves until 2049. */
function time(at: number): Buffer {
  return element(23, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`));
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, ...parts);
}

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split(".").map(Number) as [number, number, ...number[]];
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const septets = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) septets.unshift(0x80 | (left & 0x7f));
    bytes.push(...septets);
  }
  return element(6, Buffer.from(bytes));
}

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
