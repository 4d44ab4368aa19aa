import type { Certificate } from "./certificate.ts";
import { type CertificateId, certificateIdsOf } from "./certificate-id.ts";
import { type CertificateFacts, factsOf } from "./inspection.ts";

/** The place of a certificate in its chain. */
export type CertificateRole = "leaf" | "intermediate" | "root";

/** A certificate that an identity cannot do without. */
export interface CertificateInUse extends CertificateFacts {
  readonly role: CertificateRole;
  /** The name by which a revocation list can name it; undefined for a root. */
  readonly id: CertificateId | undefined;
}

/** @param path from the leaf to a root, both included; `roots` are all that are trusted */
export function certificatesInUse(path: readonly Certificate[], roots: readonly Certificate[]): CertificateInUse[] {
  const ids = certificateIdsOf(path);
  return [
    ...ids.map((id, index): CertificateInUse => {
      return { ...factsOf(path[index]!), role: index === 0 ? "leaf" : "intermediate", id };
    }),
    ...roots.map((root): CertificateInUse => ({ ...factsOf(root), role: "root", id: undefined })),
  ];
}
