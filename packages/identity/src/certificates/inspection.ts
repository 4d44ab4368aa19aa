/** Facts of a certificate for people: `flor inspect` and `status` show them. Nothing here decides whom to trust. */
import { type Certificate, fingerprintOf, type KeyAlgorithm, readCertificate } from "./certificate.ts";
import { printable } from "../foreign-text.ts";
import { describeName } from "./description.ts";

export interface CertificateFacts {
  /** URIs of subjectAltName, as they are shown: a SPIFFE ID if the certificate is one of ours. */
  readonly uris: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  readonly isCa: boolean;
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Undefined: none that this product accepts. */
  readonly keyAlgorithm: KeyAlgorithm | undefined;
  readonly fingerprint: string;
}

/** Throws ERR_IDENTITY_CERTIFICATE_BROKEN or ERR_IDENTITY_CHAIN_LIMIT. */
export function certificateFacts(der: Uint8Array): CertificateFacts {
  return factsOf(readCertificate(der));
}

export function factsOf(certificate: Certificate): CertificateFacts {
  return {
    uris: certificate.uris.map(printable),
    subject: describeName(certificate.subject),
    issuer: describeName(certificate.issuer),
    isCa: certificate.isCa,
    serial: certificate.serial,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    keyAlgorithm: certificate.keyAlgorithm,
    fingerprint: fingerprintOf(certificate.der),
  };
}
