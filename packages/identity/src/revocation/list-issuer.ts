/** Finds the signer of a revocation list, and checks that it is a CA of the cluster that may sign lists. */
import { type Certificate, hasKeyUsage, isSignatureOf, readCertificate } from "../certificates/certificate.ts";
import { KeyUsageFlag } from "../certificates/extensions.ts";
import { keyFingerprintOf } from "../certificates/certificate-id.ts";
import { verifyAuthority } from "../certificates/chain.ts";
import { isSame } from "../certificates/der-reader.ts";
import { describeCertificate } from "../certificates/description.ts";
import { IdentityError, type IdentityErrorCode } from "../errors.ts";
import type { ListTrust } from "./list-trust.ts";
import type { ReadList } from "./revocation-list.ts";
import type { RevocationList } from "./revocations.ts";
import type { SerialSet } from "./serial-set.ts";

export interface VerifiedList extends RevocationList {
  /** The CA that signed, and those between it and the root, in DER; empty when the root signed. */
  readonly authorities: readonly Uint8Array[];
  readonly serials: SerialSet;
}

/**
 * Checks the signer of a list (RFC 5280, 6.3.3, for complete lists of the issuer itself), and that the list has begun,
 * unless it was kept. Throws ERR_IDENTITY_LIST_UNTRUSTED or _LIST_NOT_YET_VALID.
 */
export function verifyRevocationList(list: ReadList, trust: ListTrust, at: Date, isKept = false): VerifiedList {
  const path = findSigner(list, trust, at);
  if (at < list.thisUpdate && !isKept) {
    const begin = list.thisUpdate.toISOString();
    throw refusal(
      "ERR_IDENTITY_LIST_NOT_YET_VALID",
      list,
      `it is valid from ${begin}, and here it is ${at.toISOString()}`,
    );
  }
  const { issuerName, number, thisUpdate, nextUpdate, serials, der } = list;
  const authorities = path.slice(0, -1).map((certificate) => certificate.der);
  return { issuer: keyFingerprintOf(path[0]!), issuerName, number, thisUpdate, nextUpdate, serials, der, authorities };
}

/** Says whether the signer of a verified list is still a CA of the cluster. */
export function isStillTrusted(list: VerifiedList, trust: ListTrust, at: Date): boolean {
  const [signer, ...others] = list.authorities.map(readCertificate);
  if (signer === undefined) return trust.roots.some((root) => keyFingerprintOf(root) === list.issuer);
  try {
    verifyAuthority(signer, others, trust.roots, trust.cluster, at);
    return true;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return false;
  }
}

/** Finds the chain from the signer to its root. A CA that was renewed with its key has two certificates: either will do. */
function findSigner(list: ReadList, trust: ListTrust, at: Date): readonly Certificate[] {
  const named = [...trust.roots, ...trust.intermediates].filter(({ subject }) => isSame(subject, list.issuer));
  if (named.length === 0) {
    throw untrusted(list, `no CA of cluster "${trust.cluster}" that is known here has this name`);
  }
  const signers = named.filter((candidate) => isListSignedBy(list, candidate));
  if (signers.length === 0) {
    throw untrusted(list, "a CA of its issuer's name is there, but its key did not make the signature");
  }
  let problem: IdentityError | undefined;
  for (const signer of signers) {
    try {
      return checkSigner(list, signer, trust, at);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      problem ??= error;
    }
  }
  throw problem!;
}

function checkSigner(list: ReadList, signer: Certificate, trust: ListTrust, at: Date): readonly Certificate[] {
  const { authorityKeyId } = list;
  if (
    authorityKeyId !== undefined &&
    signer.subjectKeyId !== undefined &&
    !isSame(authorityKeyId, signer.subjectKeyId)
  ) {
    throw untrusted(list, "it names another key of its issuer (authorityKeyIdentifier) than the one that signed it");
  }
  if (!hasKeyUsage(signer, KeyUsageFlag.cRLSign)) {
    throw untrusted(list, `${describeCertificate(signer)} may not sign lists: its key usage lacks cRLSign`);
  }
  try {
    return verifyAuthority(signer, trust.intermediates, trust.roots, trust.cluster, at);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw untrusted(list, error.message);
  }
}

function isListSignedBy(list: ReadList, signer: Certificate): boolean {
  return signer.keyAlgorithm === list.signatureAlgorithm && isSignatureOf(signer, list.signed, list.signature);
}

function untrusted(list: ReadList, reason: string): IdentityError {
  return refusal("ERR_IDENTITY_LIST_UNTRUSTED", list, reason);
}

function refusal(code: IdentityErrorCode, list: ReadList, reason: string): IdentityError {
  return new IdentityError(code, `revocation list ${list.number} of ${list.issuerName} is refused: ${reason}`);
}
