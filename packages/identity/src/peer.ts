/** Verifies that the peer of a handshake is who it should be. */
import { readChain, readTrustBundle, type VerifiedChain, verifyChain } from "./certificates/chain.ts";
import { IdentityError } from "./errors.ts";
import { formatShortPrincipal, type Principal, type PrincipalKind } from "./principal.ts";
import type { RevocationCheck } from "./revocation/revocations.ts";

/** Whom we expect. */
export interface PrincipalExpectation {
  readonly cluster?: string;
  /** Absent: any kind. */
  readonly kinds?: readonly PrincipalKind[];
  /** Absent: any name. */
  readonly name?: string;
}

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

/** Throws ERR_IDENTITY_WRONG_CLUSTER, _WRONG_KIND or _WRONG_NAME when the principal is not the expected one. */
export function checkExpectation(principal: Principal, expected: PrincipalExpectation): void {
  const found = formatShortPrincipal(principal);
  if (expected.cluster !== undefined && principal.cluster !== expected.cluster) {
    const message = `expected cluster "${expected.cluster}", this is ${found} of cluster "${principal.cluster}"`;
    throw new IdentityError("ERR_IDENTITY_WRONG_CLUSTER", message);
  }
  if (expected.kinds !== undefined && !expected.kinds.includes(principal.kind)) {
    throw new IdentityError("ERR_IDENTITY_WRONG_KIND", `expected a ${expected.kinds.join(" or ")}, this is ${found}`);
  }
  if (expected.name !== undefined && principal.name !== expected.name) {
    throw new IdentityError("ERR_IDENTITY_WRONG_NAME", `expected the name "${expected.name}", this is ${found}`);
  }
}
