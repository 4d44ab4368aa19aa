/** Verifies that the peer of a handshake is who it should be. */
import { readChain, readTrustBundle, type VerifiedChain, verifyChain } from "./certificates/chain.ts";
import { checkExpectation, type PrincipalExpectation, type PrincipalKind } from "./principal.ts";
import type { RevocationCheck } from "./revocation/revocations.ts";

export interface PeerExpectation extends PrincipalExpectation {
  /** Roots, as PEM; may hold several. */
  readonly trustBundlePem: string;
  readonly cluster: string;
  readonly kinds: readonly PrincipalKind[];
  /** Absent: nothing is revoked. */
  readonly revocations?: RevocationCheck;
}

/**
 * Verifies the certificate chain of a peer (DER, leaf first; undefined when it showed none) by the rules of RFC 5280 and
 * X.509-SVID: signatures up to a root of the bundle, validity at `at`, CA flags and key usage, exactly one URI; then
 * cluster, kind and name, and the revocation lists. Returns the peer's principal and the certificates that vouch for it, or throws an IdentityError whose code says which rule it broke.
 *
 * It does no I/O and takes about a millisecond, so that it can be called during a handshake. It does not prove that
 * the peer holds the key: the TLS handshake does.
 */
export function verifyPeer(
  chainDer: readonly Uint8Array[] | undefined,
  expected: PeerExpectation,
  at: Date,
): VerifiedChain {
  const chain = readChain(chainDer ?? []);
  const roots = readTrustBundle(expected.trustBundlePem);
  const verified = verifyChain(chain, roots, at);
  checkExpectation(verified.principal, expected);
  expected.revocations?.check(verified.certificates, at);
  return verified;
}
