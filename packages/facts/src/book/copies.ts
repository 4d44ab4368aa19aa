/** Copies of one record: the same payload with other signatures. Together they may have a quorum that none of them has, today or after a rotation. */
import { type Envelope, readEnvelope, type Signature, toBeSigned, writeEnvelope } from "../envelope.ts";
import { isSignedBy } from "../keys.ts";
import { SIGNATURES_MAX } from "../limits.ts";
import type { HeldFact } from "./held-fact.ts";
import { isRight, type SeenSignatures } from "./standing.ts";

/** Keys whose signatures count, by their ids. */
export type CountingKeys = ReadonlyMap<string, { readonly key: string }>;

/** A copy, and which of its signatures were verified. */
interface Copy extends SeenSignatures {
  readonly envelope: Envelope;
}

/**
 * The copy with the right signatures of both; undefined where the other one adds none. Only signatures by keys that count are added, and each of
 * them is verified once: so whoever brings copies makes at most 16 changes of a record, and costs no more than the record itself. Signatures come by key
 * id, those that count first; others stay as far as there is room, as a later root may list their keys.
 */
function mergeCopies(own: Copy, other: Envelope, keys: CountingKeys): Copy | undefined {
  const { payload, signatures } = own.envelope;
  const isOwnRight = (at: number): boolean => {
    const key = keys.get(signatures[at]!.keyId)?.key;
    return key !== undefined && isRight(own.envelope, key, at, own);
  };
  const isNew = ({ keyId, octets }: Signature): boolean => {
    const at = signatures.findIndex((signature) => signature.keyId === keyId);
    return at === -1 || (Buffer.compare(octets, signatures[at]!.octets) !== 0 && !isOwnRight(at));
  };
  const signed = toBeSigned(payload);
  const added = other.signatures.filter((signature) => {
    const key = keys.get(signature.keyId)?.key;
    return key !== undefined && isNew(signature) && isSignedBy(key, signed, signature.octets);
  });
  if (added.length === 0) return undefined;
  // All that count are verified: a wrong one in front would have others refuse this copy.
  const right = signatures.filter((_, at) => isOwnRight(at));
  const counted = [...right, ...added].slice(0, SIGNATURES_MAX);
  if (counted.length === right.length) return undefined;
  const unknown = signatures.filter(({ keyId }) => !keys.has(keyId)).slice(0, SIGNATURES_MAX - counted.length);
  return {
    envelope: { payload, signatures: [...counted.toSorted(byKeyId), ...unknown.toSorted(byKeyId)] },
    right: 2 ** counted.length - 1,
    wrong: 0,
  };
}

/** Adds to a held record what another copy has; false where that is nothing. */
export function mergeInto(
  held: SeenSignatures & { readonly fact: HeldFact },
  octets: Uint8Array,
  keys: CountingKeys,
): boolean {
  const other = readEnvelope(octets);
  if (typeof other === "string") return false;
  const { right, wrong, fact } = held;
  const copy: Copy = { envelope: fact.envelope, right, wrong };
  const merged = mergeCopies(copy, other, keys);
  Object.assign(held, { right: copy.right, wrong: copy.wrong });
  if (merged === undefined) return false;
  fact.octets = writeEnvelope(merged.envelope);
  Object.assign(held, { right: merged.right, wrong: merged.wrong });
  return true;
}

/** Leaves wrong signatures by keys that count out of a copy: with those of programs in front, they could pass for people's. */
export function dropWrong(fact: HeldFact, keys: CountingKeys): void {
  const { envelope } = fact;
  const seen: SeenSignatures = { right: 0, wrong: 0 };
  const good = envelope.signatures.filter(({ keyId }, at) => {
    const key = keys.get(keyId)?.key;
    return key === undefined || isRight(envelope, key, at, seen);
  });
  if (good.length < envelope.signatures.length)
    fact.octets = writeEnvelope({ payload: envelope.payload, signatures: good });
}

function byKeyId(a: Signature, b: Signature): number {
  return a.keyId < b.keyId ? -1 : 1;
}
