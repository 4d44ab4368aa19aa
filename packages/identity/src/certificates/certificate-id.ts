import { createHash } from "node:crypto";
import type { Certificate } from "./certificate.ts";

/** Names a certificate by issuer and serial number, as revocation lists do. A certificate that is issued anew is another one. */
export interface CertificateId {
  /** SHA-256 of the issuer's public key (SubjectPublicKeyInfo), lower-case hex: a name can be two issuers', a key cannot. */
  readonly issuer: string;
  /** Octets of the serial number, lower-case hex. */
  readonly serial: string;
}

/** Names every certificate of a way from a leaf to a root but the root: nobody revokes a root, it is taken out of trust bundles. */
export function certificateIdsOf(path: readonly Certificate[]): CertificateId[] {
  return path.slice(0, -1).map(({ serial }, index) => ({ issuer: keyFingerprintOf(path[index + 1]!), serial }));
}

/** SHA-256 of the public key of a certificate or request, lower-case hex. */
export function keyFingerprintOf({ publicKeyInfo }: Pick<Certificate, "publicKeyInfo">): string {
  return createHash("sha256").update(publicKeyInfo).digest("hex");
}
