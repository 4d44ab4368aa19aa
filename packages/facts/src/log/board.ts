/** The board of a store: each signer's last post is a proposal with its signature. Posts of one proposal, put together, are a checkpoint. */
import { type Signature, toBeSigned, writeEnvelope } from "../envelope.ts";
import { type Fact, readFact } from "../fact.ts";
import { isSignedBy, keyIdOf } from "../keys.ts";
import { isCheckpointOf } from "./checkpoint.ts";
import { POST_SIZE_MAX } from "./limits.ts";

export interface BoardGrounds {
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
  /** The signers that the policy lists. */
  readonly signers: readonly { readonly key: string }[];
}

/** A proposal, and who has signed it. */
export interface PostedProposal {
  readonly fact: Fact;
  /** The ids of the keys that have signed it, each by a post of its own. */
  readonly keyIds: readonly string[];
  /** The record with all these signatures. */
  readonly record: Uint8Array;
}

/**
 * Proposals on a board, those that most signers have signed first, and then those of a higher epoch. A post that is no checkpoint of this log, or not signed
 * by the signer whose post it is, is passed over: anybody who may write the store may have put it there.
 */
export function readBoard(
  posts: ReadonlyMap<string, Uint8Array>,
  { cluster, log, signers }: BoardGrounds,
): readonly PostedProposal[] {
  const found = new Map<string, { readonly fact: Fact; readonly signatures: Signature[] }>();
  for (const { key } of signers) {
    const keyId = keyIdOf(key);
    const octets = posts.get(keyId);
    if (octets === undefined || octets.length > POST_SIZE_MAX) continue;
    const fact = readFact(octets, cluster);
    if (typeof fact === "string" || !isCheckpointOf(fact, log)) continue;
    const { payload, signatures } = fact.envelope;
    const own = signatures.find((signature) => signature.keyId === keyId);
    if (own === undefined || !isSignedBy(key, toBeSigned(payload), own.octets)) continue;
    const proposal = found.get(fact.id) ?? { fact, signatures: [] };
    proposal.signatures.push(own);
    found.set(fact.id, proposal);
  }
  return [...found.values()]
    .map(({ fact, signatures }): PostedProposal => {
      const record = writeEnvelope({ payload: fact.envelope.payload, signatures });
      return { fact, keyIds: signatures.map(({ keyId }) => keyId), record };
    })
    .toSorted((a, b) => b.keyIds.length - a.keyIds.length || b.fact.epoch - a.fact.epoch);
}
