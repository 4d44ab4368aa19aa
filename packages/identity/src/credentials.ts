/** Credentials prove who a process is: a key, the chain of its certificate, and the roots that it trusts. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { type Certificate, fingerprintOf, keyHashOf, publicKeyOf } from "./certificates/certificate.ts";
import { type CertificateId, certificateIdsOf } from "./certificates/certificate-id.ts";
import { type CertificateInUse, certificatesInUse } from "./certificates/certificate-in-use.ts";
import { firstEndOf, readChain, readTrustBundle, verifyPath } from "./certificates/chain.ts";
import { IdentityError } from "./errors.ts";
import { quote } from "./foreign-text.ts";
import { checkExpectation, type PrincipalExpectation } from "./principal.ts";
import { readCertificatePem, writeCertificatePem } from "./certificates/pem.ts";
import type { Principal } from "./principal.ts";
import { holdPrivateKey, readPrivateKey } from "./private-key.ts";

export interface Credentials {
  readonly principal: Principal;
  /** Leaf first. */
  readonly certificateChainPem: string;
  /** PKCS #8, not encrypted, in memory for secrets: whoever wants it as a text leaves it in the heap. */
  readonly privateKeyPem: Uint8Array;
  /** The roots that a peer's chain must lead to. */
  readonly trustBundlePem: string;
  /** Validity of the leaf. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** When the first certificate between the leaf and its root ends, both included: after that peers refuse the leaf. */
  readonly validUntil: Date;
  /** SHA-256 of the leaf in DER, lower-case hex. */
  readonly fingerprint: string;
  /** SHA-256 of the leaf's SubjectPublicKeyInfo in DER, lower-case hex: peers may pin it. */
  readonly keyHash: string;
  /** The leaf and its intermediate CAs: a revocation list can name each of them. */
  readonly certificates: readonly CertificateId[];
  /** The leaf, its intermediate CAs, and every root that is trusted: what has to be renewed before it ends. */
  readonly inUse: readonly CertificateInUse[];
}

/** The texts of an identity folder's files. */
export interface CredentialsPem {
  readonly key: string | Uint8Array;
  readonly chain: string;
  readonly trust: string;
}

/** File names of an identity folder. */
export const IDENTITY_FILES = { key: "key.pem", chain: "chain.pem", trust: "trust.pem" } as const;

/**
 * Checks that key, chain and trust bundle belong together, are valid at `at`, and are who is expected. The texts come
 * back in one plain form, whatever tool wrote them. Every problem is an IdentityError whose `where` names the file, as
 * `fileOf` calls it.
 *
 * @param afterEndMs For how long after its end the leaf is taken all the same, in milliseconds
 */
export function checkCredentials(
  pem: CredentialsPem,
  expected: PrincipalExpectation,
  at: Date,
  fileOf: (part: keyof CredentialsPem) => string = (part) => IDENTITY_FILES[part],
  afterEndMs = 0,
): Credentials {
  const key = inFile(fileOf("key"), () => readPrivateKey(pem.key));
  const chain = inFile(fileOf("chain"), () => readChain(readCertificatePem(pem.chain)));
  const roots = inFile(fileOf("trust"), () => readTrustBundle(pem.trust));
  const leaf = chain[0]!;
  inFile(fileOf("key"), () => checkKey(key, leaf));
  inFile(fileOf("trust"), () => checkTrustCluster(leaf, roots));
  const { principal, path } = inFile(fileOf("chain"), () => {
    const verified = verifyPath(chain, roots, at, afterEndMs);
    checkExpectation(verified.principal, expected);
    return verified;
  });
  return {
    principal,
    certificateChainPem: writeCertificatePem(...chain.map((certificate) => certificate.der)),
    privateKeyPem: holdPrivateKey(key),
    trustBundlePem: writeCertificatePem(...roots.map((root) => root.der)),
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    validUntil: firstEndOf(path),
    fingerprint: fingerprintOf(leaf.der),
    keyHash: keyHashOf(leaf),
    certificates: certificateIdsOf(path),
    inUse: certificatesInUse(path, roots),
  };
}

/** Says whether a private key is that of a certificate. */
export function isKeyOf(key: KeyObject, certificate: Pick<Certificate, "keyAlgorithm" | "publicKeyInfo">): boolean {
  const certified = publicKeyOf(certificate);
  // Keys of two algorithms must not be compared: that leaves an error behind in OpenSSL, by which the next reading of a
  // private key fails.
  if (certified === undefined || certified.asymmetricKeyType !== key.asymmetricKeyType) return false;
  return certified.equals(createPublicKey(key));
}

function checkKey(key: KeyObject, leaf: Certificate): void {
  // Without a usable key in the certificate the chain check says what is wrong with it.
  if (publicKeyOf(leaf) === undefined || isKeyOf(key, leaf)) return;
  throw new IdentityError(
    "ERR_IDENTITY_KEY_MISMATCH",
    "the private key is not that of the first certificate of the chain",
  );
}

/** Without this check, roots of another cluster would show as a chain that leads nowhere: true, and little help. */
function checkTrustCluster(leaf: Certificate, roots: readonly Certificate[]): void {
  const uri = leaf.uris[0];
  const foreign = roots.flatMap((root) => root.uris).find((root) => !uri?.startsWith(`${root}/`));
  if (uri === undefined || leaf.isCa || foreign === undefined) return;
  const message = `the trust bundle holds a CA of ${quote(foreign)}, and the certificate names ${quote(uri)}`;
  throw new IdentityError("ERR_IDENTITY_TRUST_CLUSTER", message);
}

/** Names the file in whatever problem comes up. */
export function inFile<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof IdentityError && error.where === undefined) throw error.in(file);
    throw error;
  }
}
