/** A look at a record that people still sign: who has, who has not, and whether it would be taken. Nothing is held. Pure. */
import { Authority } from "./authority.ts";
import { type Envelope, toBeSigned, type Signature } from "./envelope.ts";
import { bodyOf, type Fact } from "./fact.ts";
import { isSignedBy, keyIdOf } from "./keys.ts";
import { isDelivered } from "./kinds.ts";
import { type JudgeOptions, judgeFact } from "./judge.ts";
import { SIGNATURES_MAX } from "./limits.ts";
import { askedQuorums, type MissingSignatures, missingSignatures } from "./missing-signatures.ts";
import type { Reason } from "./reasons.ts";
import type { KeyList } from "./root-body.ts";

export interface Inspection {
  /** The record with all good signatures of its copies, at most 16: those that count before others, and each by key id. */
  readonly fact: Fact;
  /** Whose signatures these are, in their order: `k1` where it counts for this record, `k1 (root)` where it does not, and `node b`. */
  readonly signed: readonly string[];
  /** Quorums that it lacks; none where the recovery keys have signed a root in their place. */
  readonly missing: readonly MissingSignatures[];
  /** Whether no signature is missing. */
  readonly isWhole: boolean;
  /** For this reason it would be refused with all signatures, too. */
  readonly fault?: Reason;
}

/**
 * Joins the signatures of copies of one record, and judges it. Only signatures stay that verify by a key which counts for it, or which the root of today lists, or, of a
 * root descriptor, the next one. It verifies at most 16 signatures of each copy.
 *
 * @param fact One of the copies, of the cluster of the grounds
 * @param copies The signatures of each copy of the same payload
 */
export function inspectCopies(
  fact: Fact,
  copies: readonly Pick<Envelope, "signatures">[],
  grounds: JudgeOptions,
): Inspection {
  const keys = keysFor(fact, grounds);
  const { payload } = fact.envelope;
  const good = goodSignatures(toBeSigned(payload), copies, keys);
  const counting = good.filter(({ keyId }) => keys.get(keyId)!.doesCount);
  const others = good.filter(({ keyId }) => !keys.get(keyId)!.doesCount);
  const signatures = [...counting, ...others].slice(0, SIGNATURES_MAX);
  const joined: Fact = { ...fact, envelope: { payload, signatures } };
  const judgement = judgeFact(joined, grounds);
  const isAccepted = judgement.isAccepted;
  const missing = isAccepted ? [] : missingSignatures(joined, grounds);
  const fault = faultOf(joined, isAccepted ? undefined : judgement.reason);
  return {
    fact: joined,
    signed: signatures.map(({ keyId }) => keys.get(keyId)!.name),
    missing,
    isWhole: isAccepted || (missing.length === 0 && askedQuorums(joined, grounds).length > 0),
    ...(fault !== undefined && { fault }),
  };
}

/** Whose signatures of a record are good, named as in `signed` of an inspection. The record may be an old one: nothing else of it is judged. It verifies at most 16 signatures. */
export function signersOf(fact: Fact, grounds: JudgeOptions): readonly string[] {
  const keys = keysFor(fact, grounds);
  const { payload } = fact.envelope;
  return goodSignatures(toBeSigned(payload), [fact.envelope], keys).map(({ keyId }) => keys.get(keyId)!.name);
}

function faultOf(fact: Fact, reason: Reason | undefined): Reason | undefined {
  const isOfSignatures = reason === "unknown-key" || reason === "signature" || reason === "quorum";
  if (reason !== undefined && !isOfSignatures) return reason;
  return isDelivered(fact) ? "delivered" : undefined;
}

interface NamedKey {
  readonly key: string;
  readonly name: string;
  readonly doesCount: boolean;
}

/** The keys by their ids whose signatures stay. */
function keysFor(fact: Fact, grounds: JudgeOptions): ReadonlyMap<string, NamedKey> {
  const keys = new Map<string, NamedKey>();
  const roots = [grounds.authority, ...(bodyOf(fact, "root") === undefined ? [] : [Authority.of(fact)])];
  for (const { root } of roots) {
    const { authorities, recovery } = bodyOf(root, "root")!;
    const lists: Readonly<Record<string, KeyList | "none" | undefined>> = { ...authorities, recovery };
    for (const [of, list] of Object.entries(lists)) {
      if (list === undefined || list === "none") continue;
      for (const { key, name } of list.keys) keys.set(keyIdOf(key), { key, name: `${name} (${of})`, doesCount: false });
    }
  }
  for (const { keys: asked, nameOf } of askedQuorums(fact, grounds))
    for (const [id, { key }] of asked) keys.set(id, { key, name: nameOf(id), doesCount: true });
  if (fact.kind === "root") for (const id of grounds.authority.recovery?.keys.keys() ?? []) count(keys, id);
  return keys;
}

/** Recovery keys may stand in the place of the root's, under their own names. */
function count(keys: Map<string, NamedKey>, id: string): void {
  const known = keys.get(id);
  if (known !== undefined) keys.set(id, { ...known, doesCount: true });
}

/** The first good signature of each key, by key id: whoever joins the same signatures has the same octets, in whatever order they came. */
function goodSignatures(
  signed: Uint8Array,
  copies: readonly Pick<Envelope, "signatures">[],
  keys: ReadonlyMap<string, NamedKey>,
): readonly Signature[] {
  const good = new Map<string, Signature>();
  for (const signature of copies.flatMap(({ signatures }) => signatures)) {
    const listed = keys.get(signature.keyId);
    if (listed === undefined || good.has(signature.keyId)) continue;
    if (isSignedBy(listed.key, signed, signature.octets)) good.set(signature.keyId, signature);
  }
  return [...good.values()].toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1));
}
