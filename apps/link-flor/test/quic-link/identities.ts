import { type IssuedIdentity, issueIdentity, makeAuthority, type PrincipalKind } from "@florenetes/identity";
import type { LinkCredentials } from "../../src/link-protocol.ts";

const start = new Date();

/** Makes identities of clusters, each with one CA. */
export class Identities {
  readonly #authorities = new Map<string, ReturnType<typeof makeAuthority>>();

  issue(name: string, options: { cluster?: string; kind?: PrincipalKind; ca?: string } = {}): IssuedIdentity {
    const cluster = options.cluster ?? "demo";
    const ca = options.ca ?? cluster;
    let authority = this.#authorities.get(ca);
    if (authority === undefined) {
      authority = makeAuthority({ cluster }, start);
      this.#authorities.set(ca, authority);
    }
    return issueIdentity(authority, { kind: options.kind ?? "vertex", name }, start);
  }
}

export function credentialsOf(identity: IssuedIdentity): LinkCredentials {
  const { certificateChainPem, privateKeyPem, trustBundlePem, certificates } = identity;
  return { certificateChainPem, privateKeyPem, trustBundlePem, certificates };
}
