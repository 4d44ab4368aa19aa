/** How certificates are named in messages and by `flor inspect`. */
import { printable, printableList } from "../foreign-text.ts";
import type { Certificate } from "./certificate.ts";
import { readName } from "./distinguished-name.ts";
import { Oid } from "./object-identifiers.ts";

const attributeNames: Readonly<Record<string, string>> = {
  [Oid.commonName]: "CN",
  [Oid.organization]: "O",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.11": "OU",
};

/** Describes a certificate in one line: its URI if it has one, else its subject, and its serial number. */
export function describeCertificate(certificate: Certificate): string {
  const who =
    certificate.uris.length > 0 ? printableList(certificate.uris, " and ") : describeName(certificate.subject);
  return `${certificate.isCa ? "CA certificate" : "certificate"} ${who} (serial ${certificate.serial})`;
}

/** A distinguished name, in DER, as `O=demo, CN=demo CA`: to be read by people, never to be compared. */
export function describeName(name: Uint8Array): string {
  const parts = readName(name).map(({ type, text }) => `${attributeNames[type] ?? printable(type)}=${printable(text)}`);
  return parts.length === 0 ? "(empty)" : printableList(parts, ", ");
}
