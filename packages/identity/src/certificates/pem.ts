/** PEM (RFC 7468). Text outside the blocks is ignored, as other tools write some. */
import { IdentityError } from "../errors.ts";

/** Labels of the blocks that this product reads. */
export type PemLabel = "CERTIFICATE" | "CERTIFICATE REQUEST" | "X509 CRL";

export interface PemBlock {
  readonly label: PemLabel;
  readonly der: Uint8Array;
}

/** Labels are bounded, as messages quote them. */
const blockPattern = /-----BEGIN ([A-Z0-9 ]{1,64})-----([^-]*)-----END ([A-Z0-9 ]{1,64})-----/g;

/**
 * The DER of every certificate in the text, in order: at least one. Throws ERR_IDENTITY_PEM_BROKEN when there is none,
 * or a block that is cut off, is not base64, or is no certificate.
 */
export function readCertificatePem(text: string): Uint8Array[] {
  return readPem(text, ["CERTIFICATE"]).map(({ der }) => der);
}

/**
 * Every block of the text, in order: at least one. Throws ERR_IDENTITY_PEM_BROKEN when there is none, or a block that is
 * cut off, is not base64, or has none of the labels.
 */
export function readPem(text: string, labels: readonly PemLabel[]): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, begin, body, end] of text.matchAll(blockPattern)) {
    const position = blocks.length + 1;
    const label = labels.find((candidate) => candidate === begin);
    if (label === undefined || end !== begin) {
      throw broken(`block ${position} is a ${begin}, not a ${labels.join(" or ")}`);
    }
    blocks.push({ label, der: readBase64(body!, position) });
  }
  const begun = text.split("-----BEGIN ").length - 1;
  if (begun !== blocks.length) throw broken(`a block is cut off: ${begun} begin, ${blocks.length} end`);
  if (blocks.length === 0)
    throw broken(`no ${labels[0]!.replace(/^CERTIFICATE.*/, (name) => name.toLowerCase())} in it`);
  return blocks;
}

export function writeCertificatePem(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => writePem("CERTIFICATE", der)).join("");
}

/** Writes one PEM block. */
export function writePem(label: PemLabel, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The library overlooks what is no base64; what is read is written again, and must come out as it came in. */
function readBase64(body: string, position: number): Uint8Array {
  const base64 = body.replaceAll(/\s+/g, "");
  const octets = Buffer.from(base64, "base64");
  if (octets.length === 0 || octets.toString("base64") !== base64) throw broken(`block ${position} is not base64`);
  return new Uint8Array(octets);
}

function broken(message: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_PEM_BROKEN", `broken PEM: ${message}`);
}
