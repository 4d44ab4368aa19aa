import type { IdentityStatus } from "./identity-status.ts";

/** Headings of `certificateRows`. */
export const CERTIFICATE_COLUMNS: readonly string[] = [
  "CERTIFICATE",
  "ROLE",
  "STATE",
  "DAYS LEFT",
  "ENDS",
  "VALID FROM",
  "KEY",
  "ISSUER",
  "SERIAL",
  "SHA-256",
  "FILE",
];

/** The certificates of identities in use, for people: each once, though several identities hold it. */
export function certificateRows(identities: readonly IdentityStatus[]): string[][] {
  const rows = new Map<string, string[]>();
  for (const { certificates } of identities) {
    for (const certificate of certificates) {
      if (rows.has(certificate.fingerprint)) continue;
      rows.set(certificate.fingerprint, [
        certificate.subject,
        certificate.role,
        certificate.state,
        String(certificate.daysLeft),
        certificate.notAfter,
        certificate.notBefore,
        certificate.algorithm ?? "-",
        certificate.issuer,
        certificate.serial,
        certificate.fingerprint,
        certificate.file,
      ]);
    }
  }
  return [...rows.values()];
}
