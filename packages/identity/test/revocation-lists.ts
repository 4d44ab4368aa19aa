/** Revocation lists for tests: a right one by default, with whatever a test wants wrong. */
import { sign } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Extension, Extensions } from "@peculiar/asn1-x509";
import { Oid } from "../src/certificates/object-identifiers.ts";
import { writePem } from "../src/certificates/pem.ts";
import { future, type Made, past } from "./certificates.ts";

export interface ListWish {
  readonly number?: bigint | null;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  /** Hex of serial numbers, or entries in DER. */
  readonly serials?: readonly (string | Uint8Array)[];
  /** Extensions beside the list's number. */
  readonly extensions?: readonly Extension[];
  readonly version?: number | null;
  /** Signs in the issuer's place. */
  readonly signer?: Made;
  readonly issuer?: Uint8Array;
  readonly innerAlgorithm?: string;
}

/** Any element of DER: a tag, and its content in parts. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length: number[] = [];
  if (content.length < 0x80) length.push(content.length);
  else {
    for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
    length.unshift(0x80 | length.length);
  }
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

function time(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  const isLong = date.getUTCFullYear() >= 2050;
  return element(isLong ? 0x18 : 0x17, Buffer.from(isLong ? text : text.slice(2)));
}

export function entry(serial: string, ...more: readonly Uint8Array[]): Buffer {
  return element(0x30, element(0x02, Buffer.from(serial, "hex")), time(past), ...more);
}

/** An extension as lists and entries have them; the value in hex. */
export function extension(extnID: string, critical: boolean, value: string): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(Buffer.from(value, "hex")) });
}

export function extensions(...all: readonly Extension[]): Buffer {
  return Buffer.from(AsnConvert.serialize(new Extensions([...all])));
}

function numberExtension(number: bigint): Extension {
  let hex = number.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (Number.parseInt(hex.slice(0, 2), 16) >= 0x80) hex = `00${hex}`;
  return extension("2.5.29.20", false, element(0x02, Buffer.from(hex, "hex")).toString("hex"));
}

/** A list in DER. */
export function revocationList(issuer: Made, wish: ListWish = {}): Buffer {
  const { key } = wish.signer ?? issuer;
  const oid = key.asymmetricKeyType === "ed25519" ? Oid.ed25519 : Oid.ecdsaWithSha256;
  const algorithm = (of: string): Buffer =>
    Buffer.from(AsnConvert.serialize(new AlgorithmIdentifier({ algorithm: of })));
  const { number = 1n, version = 1, nextUpdate = future, serials = [] } = wish;
  const all = [...(number === null ? [] : [numberExtension(number)]), ...(wish.extensions ?? [])];
  const entries = serials.map((serial) => (typeof serial === "string" ? entry(serial) : serial));
  const signed = element(
    0x30,
    ...(version === null ? [] : [element(0x02, Buffer.of(version))]),
    algorithm(wish.innerAlgorithm ?? oid),
    wish.issuer ?? issuer.subject,
    time(wish.thisUpdate ?? past),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [element(0x30, Buffer.concat(entries))]),
    ...(all.length === 0 ? [] : [element(0xa0, extensions(...all))]),
  );
  const signature = sign(oid === Oid.ed25519 ? null : "sha256", signed, key);
  return element(0x30, signed, algorithm(oid), element(0x03, Buffer.of(0), signature));
}

export function listPem(...lists: readonly Uint8Array[]): string {
  return lists.map((der) => writePem("X509 CRL", der)).join("");
}
