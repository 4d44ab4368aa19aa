import {
  type CertificateProof,
  type Clocks,
  findUnfitness,
  formatShortPrincipal,
  judgePeer,
  type PeerRules,
  type Pins,
  type Principal,
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

const VERTEX = ["vertex"] as const;
const ANY_KIND = ["vertex", "user", "service"] as const;

/** The vertex that a certificate chain stands for, or why the chain is refused. `pins` are the keys that vertices must show. */
export function verifyVertex(
  chain: readonly Uint8Array[],
  expectedName: string | undefined,
  own: Verifier,
  pins: Pins,
  at: Clocks,
): VerifiedVertex | Verdict {
  const unfit = findUnfitness({ own: own.proof }, own.revocations, at);
  if (unfit !== undefined) return verdictOf(unfit);
  const mayVisit = expectedName === undefined && own.callerEndedMs > 0;
  const expected = {
    trustBundlePem: own.credentials.trustBundlePem,
    cluster: own.cluster,
    kinds: mayVisit ? ANY_KIND : VERTEX,
    ...(expectedName !== undefined && { name: expectedName }),
  };
  const afterEndMs = mayVisit ? own.callerEndedMs : 0;
  const judged = judgePeer(chain, expected, { ...own, pins }, at, { afterEndMs });
  if ("why" in judged) {
    const { why, text, principal } = judged;
    return { ...verdict(reasons[why], `the other end's certificate: ${text}`), peer: principal && nameOf(principal) };
  }
  const { principal, term } = judged;
  const name = nameOf(principal);
  if (principal.kind !== "vertex") {
    const text = `the other end's certificate is that of ${name}, which can visit alone`;
    return { ...judged, name, visitsAlone: verdict(reasons.wrongKind, text) };
  }
  const text = `the other end's certificate has ended at ${term.until.toISOString()}`;
  return { ...judged, name, visitsAlone: term.until < at.wall ? verdict(reasons.expired, text) : undefined };
}

/** No vertex has the name of a principal that is none. */
function nameOf(principal: Principal): string {
  return principal.kind === "vertex" ? principal.name : formatShortPrincipal(principal);
}
