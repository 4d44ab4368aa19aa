/** A record that follows from what programs know, and that waits for their signatures. Pure. */
import { isSignedBy, type Signature, toBeSigned, writeEnvelope } from "@florenetes/facts";

export interface Work {
  readonly payload: Uint8Array;
  /** Right signatures by key ids. */
  readonly signed: Map<string, Signature>;
  /** Wrong ones: they are not verified again. */
  readonly wrong: Map<string, Uint8Array>;
  isOffered: boolean;
}

export function workOf(payload: Uint8Array): Work {
  return { payload, signed: new Map(), wrong: new Map(), isOffered: false };
}

/** The octets of the record, with the signature of one key alone; undefined where that has not signed. */
export function signedBy(keyId: string, { payload, signed }: Work): Uint8Array | undefined {
  const signature = signed.get(keyId);
  return signature === undefined ? undefined : writeEnvelope({ payload, signatures: [signature] });
}

/** Takes the signature of a key. Returns whether it is right, and a new one. */
export function addSignature(work: Work, { keyId, octets }: Signature, key: string): boolean {
  const wrong = work.wrong.get(keyId);
  if (work.signed.has(keyId) || (wrong !== undefined && Buffer.compare(wrong, octets) === 0)) return false;
  const own = Uint8Array.from(octets);
  const isRight = isSignedBy(key, toBeSigned(work.payload), own);
  if (isRight) work.signed.set(keyId, { keyId, octets: own });
  else work.wrong.set(keyId, own);
  return isRight;
}

/** The octets of the records that have enough signatures since the last call. */
export function pollWhole(all: Iterable<Work>, threshold: number): readonly Uint8Array[] {
  const whole: Uint8Array[] = [];
  for (const work of all) {
    if (work.isOffered || work.signed.size < threshold) continue;
    work.isOffered = true;
    const signatures = [...work.signed.values()].toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1)).slice(0, threshold);
    whole.push(writeEnvelope({ payload: work.payload, signatures }));
  }
  return whole;
}
