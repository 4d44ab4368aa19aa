import { type Clocks, IdentityError, Term, verifyPeer } from "@florenetes/identity";
import type { LinkCredentials, RevocationLists } from "../../link-protocol.ts";
import { ownRefusalOf } from "./judgement.ts";
import { type Reason, reasons, type Verdict, verdict } from "../reasons.ts";
import type { Proof, VerifiedVertex } from "../sessions/session-types.ts";

/** A vertex that judges a peer, with all that it judges by. */
export interface Verifier {
  readonly cluster: string;
  readonly credentials: LinkCredentials;
  /** The certificates of these credentials, and until when they prove who we are. */
  readonly proof: Proof;
  readonly revocations: RevocationLists;
  readonly expiryGraceMs: number;
}

/** The vertex that a certificate chain stands for, or why it does not do. */
export function verifyVertex(
  chain: readonly Uint8Array[],
  name: string | undefined,
  own: Verifier,
  at: Clocks,
): VerifiedVertex | Verdict {
  const unfit = ownRefusalOf(own.proof, own.revocations, at);
  if (unfit !== undefined) return unfit;
  try {
    const expected = {
      trustBundlePem: own.credentials.trustBundlePem,
      cluster: own.cluster,
      kinds: ["vertex"] as const,
      revocations: own.revocations,
    };
    const verified = verifyPeer(chain, name === undefined ? expected : { ...expected, name }, at.wall);
    const { certificates, validUntil, principal } = verified;
    return { name: principal.name, certificates, term: new Term(validUntil, own.expiryGraceMs, at) };
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
