/** Checks whether a bundle may be installed in a folder, as far as that can be told before anything is written. */
import { createPrivateKey } from "node:crypto";
import { fingerprintOf, hasKeyUsage, readCertificate } from "../../certificates/certificate.ts";
import { KeyUsageFlag } from "../../certificates/extensions.ts";
import { describeCertificate } from "../../certificates/description.ts";
import { writeCertificatePem } from "../../certificates/pem.ts";
import { checkCredentials, type Credentials, isKeyOf } from "../../credentials.ts";
import { holdPrivateKey, readPrivateKey } from "../../private-key.ts";
import { IdentityError } from "../../errors.ts";
import { BACKDATING_MS } from "../../limits.ts";
import { checkExpectation, type PrincipalExpectation } from "../../principal.ts";
import { formatPrincipal, isSamePrincipal } from "../../principal.ts";
import { type VerifiedList, verifyRevocationList } from "../../revocation/list-issuer.ts";
import { listTrustOf } from "../../revocation/list-trust.ts";
import { readRevocationList } from "../../revocation/revocation-list.ts";
import type { Bundle } from "./bundle.ts";

export interface BundleExpectation {
  /** Expectations that must all be met: of the operator, of the request, of the identity that is replaced. */
  readonly principals: readonly PrincipalExpectation[];
  /** Fingerprints of the roots whose signature on a bundle is accepted. */
  readonly signers: readonly string[];
  /** Private keys in PEM: a bundle without a key must be for one of these. */
  readonly keys: readonly Uint8Array[];
}

/** The content of a bundle in the form in which it is used. */
export interface CheckedBundle {
  readonly credentials: Credentials;
  readonly lists: readonly VerifiedList[];
}

/**
 * Throws ERR_IDENTITY_WRONG_CLUSTER, _WRONG_KIND, _WRONG_NAME, _BUNDLE_CA, _BUNDLE_NOT_YET_VALID, _BUNDLE_EXPIRED,
 * _BUNDLE_KEY, _BUNDLE_BROKEN; as `checkCredentials` does for its certificates; _LIST_BROKEN, _LIST_UNTRUSTED or
 * _LIST_NOT_YET_VALID for its revocation lists.
 */
export function checkBundle(bundle: Bundle, expected: BundleExpectation, at: Date): CheckedBundle {
  for (const expectation of expected.principals) checkExpectation(bundle.principal, expectation);
  checkSigner(bundle, expected.signers, at);
  checkTimes(bundle, at);
  const trust = writeCertificatePem(...bundle.roots);
  const chain = writeCertificatePem(...bundle.chain);
  const credentials = checkCredentials({ key: keyOf(bundle, expected.keys), chain, trust }, {}, at);
  if (!isSamePrincipal(credentials.principal, bundle.principal)) {
    const message = `broken bundle: its certificate is for ${formatPrincipal(credentials.principal)}, and it is for ${formatPrincipal(bundle.principal)}`;
    throw new IdentityError("ERR_IDENTITY_BUNDLE_BROKEN", message);
  }
  return { credentials, lists: readLists(bundle, credentials, at) };
}

/** `sha256:` and 64 hexadecimal digits, as `flor ca init` prints it; also with colons between, as openssl does. */
export function parseFingerprint(text: string): string {
  const digits = text
    .replace(/^sha256:/i, "")
    .replaceAll(":", "")
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new IdentityError("ERR_IDENTITY_FINGERPRINT", "this is not sha256: and 64 hexadecimal digits");
}

function checkSigner({ signer, roots }: Bundle, signers: readonly string[], at: Date): void {
  if (!signers.includes(signer)) {
    const trusted = signers.map((fingerprint) => `sha256:${fingerprint}`).join(" and ");
    const message = `the bundle is signed by the CA sha256:${signer}, and trusted here is ${trusted}`;
    throw new IdentityError("ERR_IDENTITY_BUNDLE_CA", message);
  }
  const root = readCertificate(roots.find((der) => fingerprintOf(der) === signer)!);
  if (!root.isCa || !hasKeyUsage(root, KeyUsageFlag.keyCertSign)) {
    throw new IdentityError("ERR_IDENTITY_BUNDLE_CA", `${describeCertificate(root)} may not sign for a cluster`);
  }
  if (root.notBefore <= at && at <= root.notAfter) return;
  const span = `${root.notBefore.toISOString()} to ${root.notAfter.toISOString()}`;
  const message = `the CA that signed the bundle is valid from ${span}, and here it is ${at.toISOString()}`;
  throw new IdentityError(at < root.notBefore ? "ERR_IDENTITY_NOT_YET_VALID" : "ERR_IDENTITY_EXPIRED", message);
}

function checkTimes({ madeAt, expiresAt }: Bundle, at: Date): void {
  const here = `and here it is ${at.toISOString()}`;
  if (at.getTime() < madeAt.getTime() - BACKDATING_MS) {
    const message = `the bundle was made at ${madeAt.toISOString()}, ${here}`;
    throw new IdentityError("ERR_IDENTITY_BUNDLE_NOT_YET_VALID", message);
  }
  if (at <= expiresAt) return;
  throw new IdentityError("ERR_IDENTITY_BUNDLE_EXPIRED", `the bundle ended at ${expiresAt.toISOString()}, ${here}`);
}

function keyOf({ chain, privateKey }: Bundle, keys: readonly Uint8Array[]): Uint8Array {
  const leaf = readCertificate(chain[0]!);
  if (privateKey !== undefined) return keyFromDer(privateKey);
  const key = keys.find((pem) => isKeyOf(readPrivateKey(pem), leaf));
  if (key !== undefined) return key;
  const message =
    keys.length === 0
      ? "the bundle answers a request, and none is pending in this folder"
      : "the bundle answers another request than the one in this folder: its certificate is for another key";
  throw new IdentityError("ERR_IDENTITY_BUNDLE_KEY", message);
}

function keyFromDer(der: Uint8Array): Uint8Array {
  try {
    return holdPrivateKey(createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" }));
  } catch {
    // The cause is left out: it could quote the key.
    throw new IdentityError("ERR_IDENTITY_BUNDLE_BROKEN", "broken bundle: its private key cannot be read");
  }
}

/** Installing checks later, with the folder's own lists, whether a list names the bundle's own certificate. */
function readLists({ revocationLists, principal }: Bundle, credentials: Credentials, at: Date): VerifiedList[] {
  const trust = listTrustOf(principal.cluster, [credentials]);
  return revocationLists.map((der) => verifyRevocationList(readRevocationList(der), trust, at));
}
