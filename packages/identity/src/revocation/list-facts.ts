/** Describes a revocation list for people: `flor inspect` prints it. Nothing here decides whether a list is accepted. */
import { readPem } from "../certificates/pem.ts";
import { readRevocationList } from "./revocation-list.ts";

export interface RevocationListFacts {
  readonly issuer: string;
  readonly number: bigint;
  readonly entries: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** Reads every list of a `crl.pem`. Throws ERR_IDENTITY_PEM_BROKEN or _LIST_BROKEN. */
export function revocationListFacts(text: string): RevocationListFacts[] {
  const blocks = readPem(text, ["X509 CRL", "CERTIFICATE"]);
  return blocks.flatMap(({ label, der }) => {
    if (label !== "X509 CRL") return [];
    const { issuerName: issuer, number, serials, thisUpdate, nextUpdate } = readRevocationList(der);
    return [{ issuer, number, entries: serials.size, thisUpdate, nextUpdate }];
  });
}
