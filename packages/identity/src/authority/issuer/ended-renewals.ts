/** Whether a principal whose certificate has ended gets another one, for the key that the issuer's record names. Pure. */
import type { AuthorityRecord, RecordedCertificate } from "../ca/record.ts";
import {
  ENDED_RENEWALS_EACH_MAX,
  ENDED_RENEWALS_MS,
  ENDED_RENEWALS_OF_KEY_MAX,
  ENDED_RENEWALS_OF_KEY_MS,
} from "../../limits.ts";
import type { IssuerErrorCode } from "./issuer-errors.ts";

/** A certificate that was shown after its end, and what is asked for. */
interface EndedWish {
  /** The SPIFFE ID. */
  readonly principal: string;
  /** SHA-256 of the leaf that was shown, in DER, lower-case hex. */
  readonly fingerprint: string;
  /** The record's entry of that serial number; undefined: there is none. */
  readonly own: RecordedCertificate | undefined;
  /** The key of the request, in the form of `keyHash`. */
  readonly keyHash: string;
}

/** A code with a sentence that follows the name of the principal. */
type Refused = readonly [code: IssuerErrorCode, text: string];

export const NOT_MADE_HERE: Refused = [
  "ERR_ISSUER_ENDED",
  "its certificate has ended, and is none that this issuer has made",
];

/** Whether the record's entry of a serial number, if there is one, is of the certificate with this fingerprint, and names its key. */
export function isMadeHere(
  own: RecordedCertificate | undefined,
  fingerprint: string,
): own is RecordedCertificate & { readonly keyHash: string } {
  return own?.fingerprint === fingerprint && own.keyHash !== undefined;
}

/**
 * Why it gets none; undefined: it gets one. The key is the last of its line: whoever has found an older one, in a copy of a disk, cannot
 * come back by it. All that counts is in the record, so that a restart of the issuer forgets nothing.
 */
export function findEndedRefusal(wish: EndedWish, record: AuthorityRecord, at: Date): Refused | undefined {
  const { principal, own, keyHash } = wish;
  if (!isMadeHere(own, wish.fingerprint)) return NOT_MADE_HERE;
  const all = record.certificatesOf(principal);
  const revokedAt = record.revokedAt.get(principal);
  if (revokedAt !== undefined && revokedAt >= own.at)
    return [
      "ERR_ISSUER_REVOKED",
      `it was revoked at ${revokedAt.toISOString()}, and its certificate was made before that`,
    ];
  if (!isLastOfLine(own.keyHash, keyHash, all))
    return [
      "ERR_ISSUER_ENDED_KEY",
      "its certificate has ended, and the key of the request is not the last one by the record",
    ];
  const late = all.filter(({ renewal }) => renewal?.hadEnded === true);
  const since = (pastMs: number): RecordedCertificate[] =>
    late.filter((each) => each.at.getTime() > at.getTime() - pastMs);
  if (since(ENDED_RENEWALS_MS).length >= ENDED_RENEWALS_EACH_MAX)
    return ["ERR_ISSUER_RATE", "it was given too many certificates after an end within the last hour"];
  if (since(ENDED_RENEWALS_OF_KEY_MS).filter((each) => each.keyHash === keyHash).length >= ENDED_RENEWALS_OF_KEY_MAX)
    return ["ERR_ISSUER_RATE", "its key was given too many certificates after an end within the last seven days"];
  return undefined;
}

/**
 * Whether a key is that of the certificate that was shown, or the one that was given for it in an answer that may have been lost; and none has
 * followed it: neither by a renewal, nor by a certificate that a person has made for the principal, nor at another CA, as far as this record tells.
 */
function isLastOfLine(shownKey: string, keyHash: string, all: readonly RecordedCertificate[]): boolean {
  const isGiven = all.some((each) => each.keyHash === keyHash && each.renewal?.shownKeyHash === shownKey);
  if (keyHash !== shownKey && !isGiven) return false;
  const newest = all.findLastIndex((each) => each.keyHash === keyHash);
  const known = new Set(all.slice(0, newest + 1).map((each) => each.keyHash));
  for (const { renewal, keyHash: made } of all.slice(newest + 1)) {
    // Another CA has made the key that was shown, perhaps in the place of this one.
    if (renewal === undefined || !known.has(renewal.shownKeyHash)) return false;
    known.add(made);
  }
  return all.every(isNotAfter(keyHash));
}

/** Renewals of a key lead to another one. */
function isNotAfter(shownKey: string): (each: RecordedCertificate) => boolean {
  return ({ keyHash, renewal }) => renewal?.shownKeyHash !== shownKey || keyHash === shownKey;
}
