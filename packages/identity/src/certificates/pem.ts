/** PEM (RFC 7468) for certificates. Text outside the blocks is ignored, as other tools write some. */
import { IdentityError } from "../errors.ts";

const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END ([A-Z0-9 ]+)-----/g;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The DER of every certificate in the text, in order: at least one. Throws ERR_IDENTITY_PEM_BROKEN when there is none,
 * or a block that is cut off, is not base64, or is no certificate.
 */
export function readCertificatePem(text: string): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let whole = 0;
  for (const [, begin, body, end] of text.matchAll(blockPattern)) {
    whole++;
    if (begin !== "CERTIFICATE" || end !== begin) throw broken(`block ${whole} is a ${begin}, not a CERTIFICATE`);
    const base64 = body!.replaceAll(/\s/g, "");
    if (base64 === "" || !base64Pattern.test(base64)) throw broken(`block ${whole} is not base64`);
    certificates.push(new Uint8Array(Buffer.from(base64, "base64")));
  }
  const begun = text.split("-----BEGIN ").length - 1;
  if (begun !== whole) throw broken(`a block is cut off: ${begun} begin, ${whole} end`);
  if (whole === 0) throw broken("no certificate in it");
  return certificates;
}

export function writeCertificatePem(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => block("CERTIFICATE", der)).join("");
}

function block(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function broken(message: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_PEM_BROKEN", `broken PEM: ${message}`);
}
