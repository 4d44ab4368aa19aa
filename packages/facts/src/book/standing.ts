/** Whether a record that was taken still counts: by the keys of today where a quorum signed it, and by what it rests on where a node did. */
import type { Quorum } from "../authority.ts";
import { findEndpointFault } from "../endpoints.ts";
import { type Envelope, toBeSigned } from "../envelope.ts";
import type { Fact } from "../fact.ts";
import { isSignedBy } from "../keys.ts";
import { kindRuleOf, NODE_AUTHORITIES, PEOPLES_KINDS, UNKNOWN_AUTHORITIES } from "../kinds.ts";
import { findRightsFault, type Grounds, isQuicOnly, quorumFor, serviceAuthority } from "../rights.ts";

/** Signatures of a record that were verified: a bit for each, by its place in the envelope. No signature is verified twice. */
export interface SeenSignatures {
  right: number;
  wrong: number;
}

/** The record is signed by keys of the root alone: it rests on no other record. */
export function isByQuorum({ authority }: Pick<Fact, "authority">): boolean {
  return !NODE_AUTHORITIES.has(authority) && authority !== "log";
}

/** Whether a key of a program is among those that have signed. */
export function isSignedByProgram({ envelope }: Fact, { keys }: Quorum): boolean {
  return envelope.signatures.some(({ keyId }) => keys.get(keyId)?.isAuto === true);
}

/** Signatures that `judge` has verified of a record, which it has accepted by a quorum. */
export function seenByJudge({ envelope }: Fact, { threshold, keys }: Quorum): SeenSignatures {
  let right = 0;
  let count = 0;
  for (const [at, { keyId }] of envelope.signatures.entries()) {
    const key = keys.get(keyId);
    if (key === undefined) continue;
    if (++count > threshold) break;
    // Whether keys of programs counted is not known here: a later look verifies theirs.
    if (!key.isAuto) right |= 1 << at;
  }
  return { right, wrong: 0 };
}

/** Whether a record that a quorum signed counts by a quorum of some root, and has the form of its kind. */
export function countsBy(fact: Fact, quorum: Quorum | undefined, seen: SeenSignatures): boolean {
  const rule = kindRuleOf(fact.kind);
  const names: readonly string[] = rule?.authorities ?? UNKNOWN_AUTHORITIES;
  const isInForm =
    names.includes(fact.authority) &&
    fact.issuer === undefined &&
    (rule?.hasOrganizations !== false || fact.scope === "cluster") &&
    rule?.isSubject(fact.subject, fact.scope) !== false;
  return isInForm && quorum !== undefined && hasQuorum(fact, quorum, seen);
}

/**
 * Whether the policies in force let a record count: a service is signed by the authority that they name, and `quic-only` takes no other carriers. So
 * books agree whether the policy or the record came first. Void services count in any case: a policy brings nothing back.
 */
export function fitsPolicy(fact: Fact, grounds: Grounds): boolean {
  if (fact.kind === "service") return fact.void === true || fact.authority === serviceAuthority(fact, grounds);
  if (fact.kind !== "announce" && fact.kind !== "seeds") return true;
  return findEndpointFault(fact, { isQuicOnly: isQuicOnly(grounds), mayLoopBack: true }) !== "carrier";
}

/** Whether a record that a node or the log's signers have signed has its ground: node record, role or policy in force, and their keys. */
export function hasGround(fact: Fact, grounds: Grounds, seen: SeenSignatures): boolean {
  if (findRightsFault(fact, grounds) !== undefined) return false;
  const quorum = quorumFor(fact, grounds);
  return quorum !== undefined && hasQuorum(fact, quorum, seen);
}

/**
 * Whether enough keys of a quorum have signed. Wrong signatures are passed over, as anybody may have put them in: so books agree whatever the order of
 * signatures in their copies. Keys of programs count for kinds that programs may sign, and never for void records: a program that has signed one, too, does
 * not stand in for a person whose key has gone.
 */
export function hasQuorum(fact: Fact, { threshold, keys }: Quorum, seen: SeenSignatures): boolean {
  const { envelope } = fact;
  const mayBeAuto = fact.void !== true && !PEOPLES_KINDS.has(fact.kind);
  let count = 0;
  for (const [at, { keyId }] of envelope.signatures.entries()) {
    const key = keys.get(keyId);
    if (key === undefined || (key.isAuto && !mayBeAuto)) continue;
    if (isRight(envelope, key.key, at, seen) && ++count >= threshold) return true;
  }
  return false;
}

/** Whether a signature is the key's; what was found is noted. */
export function isRight(envelope: Envelope, key: string, at: number, seen: SeenSignatures): boolean {
  const bit = 1 << at;
  if (((seen.right | seen.wrong) & bit) === 0) {
    if (isSignedBy(key, toBeSigned(envelope.payload), envelope.signatures[at]!.octets)) seen.right |= bit;
    else seen.wrong |= bit;
  }
  return (seen.right & bit) !== 0;
}
