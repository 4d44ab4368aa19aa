/** How certificates are named in messages and by `flor inspect`. */
import type { Certificate } from "./certificate.ts";
import { DerReader, DerTag, readOid } from "./der.ts";
import { Oid } from "./certificate.ts";

const attributeNames: Readonly<Record<string, string>> = {
  [Oid.commonName]: "CN",
  [Oid.organization]: "O",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.11": "OU",
};

/** One line of a certificate: its URI where it has one, its subject otherwise, and its serial number. */
export function describeCertificate(certificate: Certificate): string {
  const who =
    certificate.uris.length > 0 ? certificate.uris.map(printable).join(" and ") : describeName(certificate.subject);
  return `${certificate.isCa ? "CA certificate" : "certificate"} ${who} (serial ${certificate.serial})`;
}

/** A distinguished name as `O=demo, CN=demo CA`: to be read by people, never to be compared. */
export function describeName(name: Uint8Array): string {
  const parts: string[] = [];
  const sets = new DerReader(new DerReader(name).take(DerTag.sequence, "name").content);
  while (!sets.isAtEnd) {
    const attributes = new DerReader(sets.take(DerTag.set, "name").content);
    while (!attributes.isAtEnd) {
      const attribute = new DerReader(attributes.take(DerTag.sequence, "name").content);
      const oid = readOid(attribute.take(DerTag.oid, "name"), "name");
      const text = printable(Buffer.from(attribute.takeAny("name").content).toString("utf8"));
      parts.push(`${attributeNames[oid] ?? oid}=${text}`);
    }
  }
  return parts.length === 0 ? "(empty)" : parts.join(", ");
}

/** A foreign text without what a terminal would obey. */
function printable(text: string): string {
  const shown = text.replaceAll(/[\p{Cc}\p{Cf}\u{2028}\u{2029}]/gu, "?");
  return shown.length > 128 ? `${shown.slice(0, 128)}…` : shown;
}
