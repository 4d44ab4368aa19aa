/** `status` shows this of an identity. Times are ISO 8601; other programs read it. */
import { join } from "node:path";
import type { CertificateId } from "../certificates/certificate-id.ts";
import type { CertificateInUse, CertificateRole } from "../certificates/certificate-in-use.ts";
import type { KeyAlgorithm } from "../certificates/certificate.ts";
import { type Credentials, IDENTITY_FILES } from "../credentials.ts";
import { DAY_MS } from "../limits.ts";
import { formatShortPrincipal } from "../principal.ts";
import { expiryState, type ExpiryState } from "./expiry.ts";
import type { WatchedCertificate } from "./expiry-watch.ts";

/** `revoked` outdoes the others, whatever the time. */
export type CertificateState = ExpiryState | "revoked";

/** A certificate in use. */
export interface CertificateStatus {
  readonly role: CertificateRole;
  readonly state: CertificateState;
  /** Its SPIFFE ID, or its subject when it has none. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until its end; negative after it. */
  readonly daysLeft: number;
  readonly algorithm: KeyAlgorithm | null;
  /** Hexadecimal, as revocation lists have it. */
  readonly serial: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly file: string;
}

export interface IdentityStatus {
  /** The folder. */
  readonly file: string;
  /** The principal, written as `<kind>/<name>`. */
  readonly principal: string;
  /** When the certificate in use ends. */
  readonly notAfter: string;
  /** The worst state of the identity's certificates: what an operator has to look at. */
  readonly state: CertificateState;
  /** The leaf, its intermediate CAs, and all roots that are trusted. */
  readonly certificates: readonly CertificateStatus[];
  /** Why the last reload was refused; null: it was not. */
  readonly refused: { readonly code: string; readonly text: string; readonly at: string } | null;
}

/** The time and the rules by which a certificate is judged. */
export interface CertificateView {
  readonly at: Date;
  /** How long before its end a certificate is said to end soon, in milliseconds. */
  readonly warningMs: number;
  /** Absent: nothing is revoked. */
  readonly isRevoked?: (certificate: CertificateId) => boolean;
}

export function certificateStatuses(
  { inUse }: Credentials,
  folder: string,
  view: CertificateView,
): readonly CertificateStatus[] {
  return inUse.map((certificate) => ({
    role: certificate.role,
    state: stateOf(certificate, view),
    subject: certificate.uris[0] ?? certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    daysLeft: Math.floor((certificate.notAfter.getTime() - view.at.getTime()) / DAY_MS),
    algorithm: certificate.keyAlgorithm ?? null,
    serial: certificate.serial,
    fingerprint: certificate.fingerprint,
    file: fileOf(certificate, folder),
  }));
}

const worstFirst: readonly CertificateState[] = ["revoked", "expired", "expires-soon", "valid"];

export function worstState(certificates: readonly CertificateStatus[]): CertificateState {
  return worstFirst.find((state) => certificates.some((certificate) => certificate.state === state)) ?? "valid";
}

/** Returns the certificates of an identity in the form in which `ExpiryWatch` takes them. */
export function watchedCertificates({ inUse, principal }: Credentials, folder: string): WatchedCertificate[] {
  const name = formatShortPrincipal(principal);
  return inUse.map((certificate) => ({ ...certificate, principal: name, file: fileOf(certificate, folder) }));
}

function stateOf(certificate: CertificateInUse, { at, warningMs, isRevoked }: CertificateView): CertificateState {
  if (certificate.id !== undefined && isRevoked?.(certificate.id) === true) return "revoked";
  return expiryState(certificate, warningMs, at);
}

function fileOf({ role }: CertificateInUse, folder: string): string {
  return join(folder, role === "root" ? IDENTITY_FILES.trust : IDENTITY_FILES.chain);
}
