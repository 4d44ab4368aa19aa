import { IdentityError, verifyPeer } from "@florenetes/identity";
import type { LinkCredentials, RevocationLists } from "../link-protocol.ts";
import { type Reason, reasons, type Verdict, verdict } from "./reasons.ts";
import { ownRevocationOf } from "./revocation.ts";
import type { VerifiedVertex } from "./session-types.ts";

/** The vertex that a certificate chain stands for, or why it does not do. */
export function verifyVertex(
  chain: readonly Uint8Array[],
  name: string | undefined,
  own: { readonly cluster: string; readonly credentials: LinkCredentials; readonly revocations: RevocationLists },
  at: Date,
): VerifiedVertex | Verdict {
  const ownRevoked = ownRevocationOf(own.credentials.certificates, own.revocations);
  if (ownRevoked !== undefined) return ownRevoked;
  try {
    const expected = {
      trustBundlePem: own.credentials.trustBundlePem,
      cluster: own.cluster,
      kinds: ["vertex"] as const,
      revocations: own.revocations,
    };
    const verified = verifyPeer(chain, name === undefined ? expected : { ...expected, name }, at);
    return { ...verified, name: verified.principal.name };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return verdict(reasonOfIdentityError(error), `the other end's certificate: ${error.message}`);
  }
}

function reasonOfIdentityError(error: IdentityError): Reason {
  switch (error.code) {
    case "ERR_IDENTITY_WRONG_CLUSTER":
      return reasons.wrongCluster;
    case "ERR_IDENTITY_WRONG_KIND":
      return reasons.wrongKind;
    case "ERR_IDENTITY_WRONG_NAME":
      return reasons.wrongName;
    case "ERR_IDENTITY_REVOKED":
      return reasons.revoked;
    case "ERR_IDENTITY_REVOCATION_MISSING":
    case "ERR_IDENTITY_REVOCATION_EXPIRED":
      return reasons.revocationUnknown;
    default:
      return reasons.certificateRefused;
  }
}
