/** Signatures against a quorum. */
import type { Quorum } from "./authority.ts";
import { type Envelope, toBeSigned } from "./envelope.ts";
import { isSignedBy } from "./keys.ts";

export type SignatureFault = "unknown-key" | "signature" | "quorum";

/**
 * The first reason for which an envelope has not the signatures of a quorum, or undefined. Signatures by other keys are passed over, as a record
 * may have those of keys from before. At most `threshold` signatures are verified, and none behind one that is wrong.
 *
 * @param mayBeAuto Whether keys of programs count for this record; asked only where one of them has signed
 */
export function findSignatureFault(
  { payload, signatures }: Envelope,
  { threshold, keys }: Quorum,
  mayBeAuto: () => boolean,
): SignatureFault | undefined {
  const known = signatures.flatMap(({ keyId, octets }) => {
    const key = keys.get(keyId);
    return key === undefined ? [] : [{ ...key, octets }];
  });
  const doAutoCount = known.some(({ isAuto }) => isAuto) && mayBeAuto();
  const counted = known.filter(({ isAuto }) => !isAuto || doAutoCount);
  if (counted.length < threshold && signatures.some(({ keyId }) => !keys.has(keyId))) return "unknown-key";
  const signed = toBeSigned(payload);
  const isGood = counted.slice(0, threshold).every(({ key, octets }) => isSignedBy(key, signed, octets));
  if (!isGood) return "signature";
  return counted.length < threshold ? "quorum" : undefined;
}
