import {
  type CertificateProof,
  type Clocks,
  findUnfitness,
  judgePeer,
  type PeerRules,
  type Pins,
  type RevocationLists,
} from "@florenetes/identity";
import type { LinkCredentials } from "../../link-protocol.ts";
import { reasons, type Verdict, verdict } from "../reasons.ts";
import type { VerifiedVertex } from "../sessions/session-types.ts";
import { verdictOf } from "./judgement.ts";

/** A vertex that judges a peer, with all that it judges by. */
export interface Verifier extends PeerRules {
  readonly cluster: string;
  readonly credentials: LinkCredentials;
  /** The certificates of these credentials, and until when they prove who we are. */
  readonly proof: CertificateProof;
  readonly revocations: RevocationLists;
  /** For how long after its end the certificate of whoever calls is taken, in milliseconds, as it may be a visitor's. */
  readonly callerEndedMs: number;
}

/** The vertex that a certificate chain stands for, or why the chain is refused. `pins` are the keys that vertices must show. */
export function verifyVertex(
  chain: readonly Uint8Array[],
  name: string | undefined,
  own: Verifier,
  pins: Pins,
  at: Clocks,
): VerifiedVertex | Verdict {
  const unfit = findUnfitness({ own: own.proof }, own.revocations, at);
  if (unfit !== undefined) return verdictOf(unfit);
  const { trustBundlePem } = own.credentials;
  const expected = { trustBundlePem, cluster: own.cluster, kinds: ["vertex"] as const };
  const [asked, afterEndMs] = name === undefined ? [expected, own.callerEndedMs] : [{ ...expected, name }, 0];
  const judged = judgePeer(chain, asked, { ...own, pins }, at, { afterEndMs });
  if ("why" in judged) {
    const { why, text, principal } = judged;
    return { ...verdict(reasons[why], `the other end's certificate: ${text}`), peer: principal?.name };
  }
  return { ...judged, name: judged.principal.name, isEnded: judged.term.until < at.wall };
}
