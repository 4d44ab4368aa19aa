/** Says whether the certificates that a link or connection was made with are fit still, its own ones and its peer's. */
import type { CertificateId } from "./certificates/certificate-id.ts";
import type { Clocks, Term } from "./expiry/term.ts";
import { wrongKeyText } from "./pins.ts";
import type { RevocationLists } from "./revocation/revocations.ts";

/** The certificates that prove an end of a link or connection. */
export interface CertificateProof {
  /** The leaf and its intermediate CAs, by the numbers that a revocation list names them by. */
  readonly certificates: readonly CertificateId[];
  /** The time for which they carry what was made with them. */
  readonly term: Term;
}

/** The certificates and the key that the peer of a link or connection has proven. */
export interface PeerProof extends CertificateProof {
  /** The hash of the leaf's key, as `Pins` has it. */
  readonly keyHash: string;
}

/** Both ends of a link or connection. */
export interface CertificateProofs {
  readonly own: CertificateProof;
  /** Undefined: the peer has proven nothing yet, or is not asked about. */
  readonly peer?: PeerProof | undefined;
}

export interface Unfitness {
  readonly why: "revoked" | "wrongKey" | "ended";
  /** The certificate is this end's own, and not the peer's. */
  readonly isOwn: boolean;
  /** A sentence for the log of this end. */
  readonly text: string;
}

/**
 * Why nothing may be made with these certificates, and nothing made with them goes on; undefined: they are fit. A revocation outdoes a
 * wrong key, and that an end; the peer's is named before our own.
 *
 * @param pinned The keys that the peer may have; undefined: any.
 */
export function findUnfitness(
  proofs: CertificateProofs,
  lists: RevocationLists,
  at: Clocks,
  pinned?: ReadonlySet<string>,
): Unfitness | undefined {
  return findRevocation(proofs, lists) ?? findWrongKey(proofs.peer, pinned) ?? findEnd(proofs, at);
}

/** The part of `findUnfitness` about pins: the peer has proven another key. */
export function findWrongKey(
  peer: Pick<PeerProof, "keyHash"> | undefined,
  pinned: ReadonlySet<string> | undefined,
): Unfitness | undefined {
  const text = peer && wrongKeyText(peer.keyHash, pinned);
  return text === undefined ? undefined : { why: "wrongKey", isOwn: false, text: `${whose(false)} ${text}` };
}

/** The part of `findUnfitness` that time changes nothing about: a list in force names one of the certificates. */
export function findRevocation({ own, peer }: CertificateProofs, lists: RevocationLists): Unfitness | undefined {
  const theirs = peer && lists.findRevoked(peer.certificates);
  const revoked = theirs ?? lists.findRevoked(own.certificates);
  if (revoked === undefined) return undefined;
  const isOwn = theirs === undefined;
  return { why: "revoked", isOwn, text: `${whose(isOwn)} certificate with serial ${revoked.serial} is revoked` };
}

/** The part of `findUnfitness` that needs no list: the term of one of the two is over. */
export function findEnd({ own, peer }: CertificateProofs, at: Clocks): Unfitness | undefined {
  const theirs = peer?.term.isOver(at) === true ? peer.term : undefined;
  const ended = theirs ?? (own.term.isOver(at) ? own.term : undefined);
  if (ended === undefined) return undefined;
  const isOwn = theirs === undefined;
  return { why: "ended", isOwn, text: `${whose(isOwn)} certificate has ended at ${ended.until.toISOString()}` };
}

function whose(isOwn: boolean): string {
  return isOwn ? "our" : "the other end's";
}
