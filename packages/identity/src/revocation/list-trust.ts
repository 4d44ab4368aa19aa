/** Decides whose revocation lists are accepted. */
import { type Certificate, readCertificate } from "../certificates/certificate.ts";
import { readTrustBundle } from "../certificates/chain.ts";
import { readCertificatePem } from "../certificates/pem.ts";
import type { Credentials } from "../credentials.ts";

export interface ListTrust {
  readonly cluster: string;
  readonly roots: readonly Certificate[];
  /** CA certificates that may stand between a root and the signer of a list. */
  readonly intermediates: readonly Certificate[];
}

/** The part of credentials by which lists are judged. Trust without an identity has no chain. */
export type Trusting = Pick<Credentials, "trustBundlePem"> & Partial<Pick<Credentials, "certificateChainPem">>;

/** The roots that any of these identities trusts, and the CAs of their own chains. */
export function listTrustOf(cluster: string, identities: readonly Trusting[]): ListTrust {
  const chains = identities.flatMap(({ certificateChainPem: chain }) => {
    return chain === undefined ? [] : [readCertificatePem(chain).slice(1)];
  });
  return {
    cluster,
    roots: unique(identities.flatMap(({ trustBundlePem }) => readTrustBundle(trustBundlePem))),
    intermediates: unique(chains.flat().map(readCertificate)),
  };
}

function unique(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((each) => [Buffer.from(each.der).toString("latin1"), each])).values()];
}
