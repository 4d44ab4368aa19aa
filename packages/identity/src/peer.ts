/** Verifies that the peer of a handshake is who it should be. */
import type { CertificateId } from "./certificates/certificate-id.ts";
import { type ChainTimes, readChain, readTrustBundle, type VerifiedChain, verifyChain } from "./certificates/chain.ts";
import { IdentityError, type IdentityErrorCode } from "./errors.ts";
import { type Clocks, Term } from "./expiry/term.ts";
import type { PeerProof } from "./fitness.ts";
import { type Pins, wrongKeyText } from "./pins.ts";
import {
  checkExpectation,
  formatShortPrincipal,
  type Principal,
  type PrincipalExpectation,
  type PrincipalKind,
} from "./principal.ts";
import type { RevocationLists } from "./revocation/revocations.ts";

/** The codes by which links and `flor identity judge` say why a chain is refused: docs/protocol/portal-api.md. */
export type RefusalCode =
  | "UNTRUSTED"
  | "WRONG_CLUSTER"
  | "WRONG_KIND"
  | "WRONG_NAME"
  | "WRONG_KEY"
  | "REVOKED"
  | "REVOCATION_UNKNOWN"
  | "CERTIFICATE_REFUSED";

export interface PeerExpectation extends PrincipalExpectation {
  /** Roots, as PEM; may hold several. */
  readonly trustBundlePem: string;
  /** Undefined: any that the roots vouch for. */
  readonly cluster: string | undefined;
  readonly kinds: readonly PrincipalKind[];
}

/** The rules by which a peer's certificates are judged. */
export interface PeerRules {
  readonly revocations: RevocationLists;
  /** How long after the end of a certificate goes on what was made with it, in milliseconds. */
  readonly expiryGraceMs: number;
  /** The keys that principals must show; undefined: any. */
  readonly pins?: Pins | undefined;
}

/** A peer whose chain is in order. */
export interface ProvenPeer extends PeerProof {
  readonly principal: Principal;
}

/** Why a chain is refused, as far as protocols tell it apart. */
export interface ChainRefusal {
  readonly why:
    | "revoked"
    | "revocationUnknown"
    | "wrongCluster"
    | "wrongKind"
    | "wrongName"
    | "wrongKey"
    | "certificateRefused";
  readonly code: IdentityErrorCode;
  /** The principal that the chain proves all the same; undefined: it proves none. */
  readonly principal?: Principal;
  /** A sentence for the log of this end. It begins with the principal where that was proven. */
  readonly text: string;
}

/**
 * Judges the certificate chain of a peer in a handshake, by `verifyPeer`, the revocation lists and the pins. It does no I/O and takes about
 * a millisecond. It does not prove that the peer holds the key: the TLS handshake does.
 *
 * With `isOpen` the peer was judged before, and something is open with it: then neither the ends of certificates and lists count, nor
 * that there is no list. Pins count still. With `afterEndMs` a leaf that has ended for no longer is in order, too: its `term` is over then.
 */
export function judgePeer(
  chainDer: readonly Uint8Array[],
  expected: PeerExpectation,
  { revocations, expiryGraceMs, pins }: PeerRules,
  at: Clocks,
  { isOpen = false, afterEndMs = 0 }: { readonly isOpen?: boolean; readonly afterEndMs?: number } = {},
): ProvenPeer | ChainRefusal {
  let proven: Principal | undefined;
  try {
    const verified = verifyPeer(chainDer, expected, at.wall, { isUntimed: isOpen, afterEndMs });
    const { principal, certificates, keyHash } = verified;
    proven = principal;
    if (isOpen) refuseRevoked(revocations.findRevoked(certificates));
    else revocations.check(certificates, at.wall);
    refuseWrongKey(keyHash, pins?.get(formatShortPrincipal(principal)));
    return { principal, certificates, keyHash, term: new Term(verified.validUntil, expiryGraceMs, at) };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const { code, message } = error;
    if (proven === undefined) return { why: refusalOf(code), code, text: message };
    return { why: refusalOf(code), code, principal: proven, text: `${formatShortPrincipal(proven)}: ${message}` };
  }
}

function refuseRevoked(revoked: CertificateId | undefined): void {
  if (revoked === undefined) return;
  throw new IdentityError("ERR_IDENTITY_REVOKED", `the certificate with serial ${revoked.serial} is revoked`);
}

function refuseWrongKey(keyHash: string, pinned: ReadonlySet<string> | undefined): void {
  const text = wrongKeyText(keyHash, pinned);
  if (text !== undefined) throw new IdentityError("ERR_IDENTITY_WRONG_KEY", text);
}

/** The code of a refusal, as links tell it. */
export function refusalCodeOf({ why, code }: ChainRefusal): RefusalCode {
  // A TLS library finds this out by itself, and says so in its own words.
  return code === "ERR_IDENTITY_UNTRUSTED" ? "UNTRUSTED" : REFUSAL_CODES[why];
}

const REFUSAL_CODES = {
  revoked: "REVOKED",
  revocationUnknown: "REVOCATION_UNKNOWN",
  wrongCluster: "WRONG_CLUSTER",
  wrongKind: "WRONG_KIND",
  wrongName: "WRONG_NAME",
  wrongKey: "WRONG_KEY",
  certificateRefused: "CERTIFICATE_REFUSED",
} as const satisfies Record<ChainRefusal["why"], RefusalCode>;

/**
 * Verifies the certificate chain of a peer (DER, leaf first; undefined when it showed none) by the rules of RFC 5280 and
 * X.509-SVID: signatures up to a root of the bundle, validity at `at`, CA flags and key usage, exactly one URI; then
 * cluster, kind and name. Returns the peer's principal and the certificates that vouch for it, or throws an IdentityError whose code says
 * which rule it broke.
 */
export function verifyPeer(
  chainDer: readonly Uint8Array[] | undefined,
  expected: PeerExpectation,
  at: Date,
  times: ChainTimes = {},
): VerifiedChain {
  const chain = readChain(chainDer ?? []);
  const roots = readTrustBundle(expected.trustBundlePem);
  const verified = verifyChain(chain, roots, at, times);
  checkExpectation(verified.principal, expected);
  return verified;
}

function refusalOf(code: IdentityErrorCode): ChainRefusal["why"] {
  switch (code) {
    case "ERR_IDENTITY_REVOKED":
      return "revoked";
    case "ERR_IDENTITY_REVOCATION_MISSING":
    case "ERR_IDENTITY_REVOCATION_EXPIRED":
      return "revocationUnknown";
    case "ERR_IDENTITY_WRONG_CLUSTER":
      return "wrongCluster";
    case "ERR_IDENTITY_WRONG_KIND":
      return "wrongKind";
    case "ERR_IDENTITY_WRONG_NAME":
      return "wrongName";
    case "ERR_IDENTITY_WRONG_KEY":
      return "wrongKey";
    default:
      return "certificateRefused";
  }
}
