import { type PrincipalKind, type Revocations, Term } from "@florenetes/identity";
import { type IssuedIdentity, issueIdentity, makeAuthority, makeIntermediate } from "@florenetes/identity/authority";
import type { LinkCredentials } from "../../src/link-protocol.ts";
import type { Verifier } from "../../src/quic-link/peers/verify-vertex.ts";

const start = new Date();
const dayMs = 86_400_000;

/** Makes identities of clusters, each with one CA. */
export class Identities {
  readonly #authorities = new Map<string, ReturnType<typeof makeAuthority>>();

  /**
   * @param options.lastsMs Milliseconds from now on; cut to whole seconds, as certificates have them.
   * @param options.issuerLastsMs The same of a CA of its own, between it and the root.
   */
  issue(
    name: string,
    options: { cluster?: string; kind?: PrincipalKind; ca?: string; lastsMs?: number; issuerLastsMs?: number } = {},
  ): IssuedIdentity {
    const cluster = options.cluster ?? "demo";
    const ca = options.ca ?? cluster;
    let authority = this.#authorities.get(ca);
    if (authority === undefined) {
      authority = makeAuthority({ cluster }, start);
      this.#authorities.set(ca, authority);
    }
    if (options.issuerLastsMs !== undefined) {
      const at = new Date(Date.now() + options.issuerLastsMs - 2 * dayMs);
      authority = makeIntermediate(authority, { days: 2 }, at);
    }
    const request = { kind: options.kind ?? "vertex", name };
    if (options.lastsMs === undefined) return issueIdentity(authority, request, start);
    const at = new Date(Date.now() + options.lastsMs - dayMs);
    return issueIdentity(authority, { ...request, days: 1 }, at);
  }
}

export function credentialsOf(identity: IssuedIdentity): LinkCredentials {
  const { certificateChainPem, privateKeyPem, trustBundlePem, certificates, validUntil } = identity;
  return { certificateChainPem, privateKeyPem, trustBundlePem, certificates, validUntil };
}

/** A verifier with these credentials of its own, in cluster "demo". */
export function verifierOf(credentials: LinkCredentials, revocations: Revocations): Verifier {
  const { certificates, validUntil } = credentials;
  const proof = { certificates, term: new Term(validUntil, 0, undefined) };
  return { cluster: "demo", credentials, proof, revocations, expiryGraceMs: 0, callerEndedMs: 0 };
}
