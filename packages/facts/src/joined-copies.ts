/** Copies of one record that were signed apart. */
import { readEnvelope, recordIdOf, type Signature, writeEnvelope } from "./envelope.ts";
import { SIGNATURES_MAX } from "./limits.ts";

/**
 * Makes one record of each payload that has several copies among these, with the signatures of all of them as they come, at most 16. Nothing is verified: a
 * wrong signature of a key may stand in the place of the right one.
 */
export function joinCopies(copies: readonly Uint8Array[]): Map<string, Uint8Array> {
  const found = new Map<string, { readonly payload: Uint8Array; count: number; signatures: Map<string, Signature> }>();
  for (const octets of copies) {
    const envelope = readEnvelope(octets);
    if (typeof envelope === "string") continue;
    const id = recordIdOf(envelope.payload);
    const joined = found.get(id) ?? { payload: envelope.payload, count: 0, signatures: new Map() };
    joined.count++;
    for (const signature of envelope.signatures)
      if (!joined.signatures.has(signature.keyId)) joined.signatures.set(signature.keyId, signature);
    found.set(id, joined);
  }
  const several = [...found].filter(([, { count }]) => count > 1);
  return new Map(
    several.map(([id, { payload, signatures }]) => [
      id,
      writeEnvelope({ payload, signatures: [...signatures.values()].slice(0, SIGNATURES_MAX) }),
    ]),
  );
}
