/** Certificates that are altered in their octets, with all lengths put right, and signed anew. */
import type { KeyObject } from "node:crypto";
import { Certificate } from "@peculiar/asn1-x509";
import { signOctets } from "../src/authority/ca/certificate-writer.ts";
import { readDer, writeDer } from "../src/authority/structures.ts";

/** Writes an element in hex, with the length in its shortest form. */
export function element(tag: string, content: string): string {
  const length = content.length / 2;
  const octets = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return tag + Buffer.from(octets).toString("hex") + content;
}

/** Replaces text in the innermost element that holds it. */
export function replaced(elements: string, from: string, to: string): string {
  let at = 0;
  while (at < elements.length) {
    const first = Number.parseInt(elements.slice(at + 2, at + 4), 16);
    const lengthOctets = first < 0x80 ? 0 : first - 0x80;
    const start = at + 4 + 2 * lengthOctets;
    const length = lengthOctets === 0 ? first : Number.parseInt(elements.slice(at + 4, start), 16);
    const end = start + 2 * length;
    const tag = elements.slice(at, at + 2);
    const content = elements.slice(start, end);
    if ((Number.parseInt(tag, 16) & 0x20) !== 0 && content.includes(from)) {
      return elements.slice(0, at) + element(tag, replaced(content, from, to)) + elements.slice(end);
    }
    at = end;
  }
  return elements.replace(from, to);
}

/** A certificate's signed body and its signature algorithm, in hex. */
export function partsOf(der: Uint8Array): { readonly body: string; readonly algorithm: string } {
  const { tbsCertificateRaw, signatureAlgorithm } = readDer(der, Certificate, "the certificate");
  const body = Buffer.from(new Uint8Array(tbsCertificateRaw!)).toString("hex");
  return { body, algorithm: writeDer(signatureAlgorithm).toString("hex") };
}

/** A certificate of a body and an algorithm, in hex, signed by the key; or with a signature of one's own. */
export function signed(
  body: string,
  algorithm: string,
  key: KeyObject,
  signature: Uint8Array = signOctets(key, Buffer.from(body, "hex")),
): Uint8Array {
  const value = Buffer.from(signature).toString("hex");
  return Buffer.from(element("30", body + algorithm + element("03", `00${value}`)), "hex");
}

/** The certificate with something replaced in its body, which holds it once, signed by the key. */
export function altered(der: Uint8Array, key: KeyObject, from: string, to: string): Uint8Array {
  const { body, algorithm } = partsOf(der);
  if (body.split(from).length !== 2) throw new Error(`${from} is there ${body.split(from).length - 1} times`);
  return signed(replaced(body, from, to), algorithm, key);
}
