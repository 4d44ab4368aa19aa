/**
 * The way from a leaf certificate to a root of the trust bundle (RFC 5280, 6, with the rules of X.509-SVID).
 *
 *     leaf ──signed by──▶ intermediate … ──signed by──▶ root ∈ trust bundle
 *     CA:FALSE            CA:TRUE, keyCertSign           CA:TRUE, keyCertSign
 *     one URI with path   no URI, or spiffe://<cluster>  the same
 */
import {
  type Certificate,
  hasKeyUsage,
  isSelfIssued,
  isSignedBy,
  keyHashOf,
  publicKeyOf,
  readCertificate,
} from "./certificate.ts";
import { isSame } from "./der-reader.ts";
import { type CertificateId, certificateIdsOf } from "./certificate-id.ts";
import { describeCertificate } from "./description.ts";
import { KeyUsageFlag } from "./extensions.ts";
import { Oid } from "./object-identifiers.ts";
import { IdentityError, type IdentityErrorCode } from "../errors.ts";
import { printableList } from "../foreign-text.ts";
import { CHAIN_LENGTH_MAX, CHAIN_SIZE_MAX, TRUST_BUNDLES_KEPT_MAX, TRUST_ROOTS_MAX } from "../limits.ts";
import { readCertificatePem } from "./pem.ts";
import { formatClusterUri, parsePrincipal, type Principal } from "../principal.ts";

/**
 * Bundles that were read, by their text: every handshake of a process asks for one of a few, and reading it takes as long
 * as all the rest of the verification.
 */
const bundles = new Map<string, readonly Certificate[]>();

/**
 * Reads the roots of a trust bundle; it may hold several, for the time in which one follows another. Throws
 * ERR_IDENTITY_PEM_BROKEN, _CERTIFICATE_BROKEN, _CHAIN_LIMIT or _TRUST_NOT_ROOT.
 */
export function readTrustBundle(trustBundlePem: string): readonly Certificate[] {
  const known = bundles.get(trustBundlePem);
  if (known !== undefined) return known;
  const roots = readRoots(trustBundlePem);
  if (bundles.size === TRUST_BUNDLES_KEPT_MAX) bundles.clear();
  bundles.set(trustBundlePem, roots);
  return roots;
}

function readRoots(trustBundlePem: string): readonly Certificate[] {
  const ders = readCertificatePem(trustBundlePem);
  if (ders.length > TRUST_ROOTS_MAX)
    throw new IdentityError("ERR_IDENTITY_CHAIN_LIMIT", `${ders.length} roots are too many`);
  const roots = ders.map(readCertificate);
  for (const root of roots) {
    // TLS libraries follow a chain until a self-signed certificate: with another one in the bundle they would refuse what
    // is taken here.
    if (isSelfIssued(root) && isOwnSignature(root)) continue;
    throw new IdentityError("ERR_IDENTITY_TRUST_NOT_ROOT", `${describeCertificate(root)} is not a self-signed root`);
  }
  return roots;
}

/** Says whether a root has signed itself. One with another algorithm than ours is refused where it is used, with the reason. */
function isOwnSignature(root: Certificate): boolean {
  return root.keyAlgorithm === undefined || root.signatureAlgorithm === undefined || isSignedBy(root, root);
}

/** Reads a chain, leaf first. Throws ERR_IDENTITY_NO_CERTIFICATE, _CHAIN_LIMIT or _CERTIFICATE_BROKEN. */
export function readChain(ders: readonly Uint8Array[]): Certificate[] {
  if (ders.length === 0) throw new IdentityError("ERR_IDENTITY_NO_CERTIFICATE", "no certificate was shown");
  if (ders.length > CHAIN_LENGTH_MAX) {
    throw new IdentityError("ERR_IDENTITY_CHAIN_LIMIT", `a chain of ${ders.length} certificates is too long`);
  }
  const size = ders.reduce((sum, { length }) => sum + length, 0);
  if (size > CHAIN_SIZE_MAX) {
    throw new IdentityError("ERR_IDENTITY_CHAIN_LIMIT", `a chain of ${size} bytes is too large`);
  }
  return ders.map(readCertificate);
}

/** The principal that a leaf certificate stands for. Throws ERR_IDENTITY_URI_COUNT or _PRINCIPAL_SYNTAX. */
export function principalOf(leaf: Certificate): Principal {
  return onlyPrincipal(leaf.uris, "the certificate");
}

/** The principal that the only one of these URIs names; `what` is the name of their holder in the message of an error. */
export function onlyPrincipal(uris: readonly string[], what: string): Principal {
  if (uris.length === 1) return parsePrincipal(uris[0]!);
  const found = uris.length === 0 ? "no URI" : `${uris.length} URIs`;
  throw new IdentityError("ERR_IDENTITY_URI_COUNT", `${what} names ${found}, and exactly one is needed`);
}

/** A chain that was verified. */
export interface VerifiedChain {
  readonly principal: Principal;
  /** The leaf and the intermediate CAs of the chain: a CRL can name each of them. */
  readonly certificates: readonly CertificateId[];
  /** The hash of the leaf's key, as pins name it. */
  readonly keyHash: string;
  /** When the first certificate of the chain expires, the root included: after that the chain is refused. */
  readonly validUntil: Date;
}

/** The times that count when a chain is verified. */
export interface ChainTimes {
  /** True: none count. */
  readonly isUntimed?: boolean;
  /** For how long after its end the leaf counts, in milliseconds; those above it must not have ended. */
  readonly afterEndMs?: number;
}

/** Checks the leaf and its way to a root, at a time; returns whom the leaf stands for. */
export function verifyChain(
  chain: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
  { isUntimed = false, afterEndMs = 0 }: ChainTimes = {},
): VerifiedChain {
  const { principal, path } = isUntimed ? verifyWay(chain, roots, at) : verifyPath(chain, roots, at, afterEndMs);
  const [certificates, keyHash] = [certificateIdsOf(path), keyHashOf(path[0]!)];
  return { principal, certificates, keyHash, validUntil: firstEndOf(path) };
}

/** When the first of these certificates ends. */
export function firstEndOf(path: readonly Certificate[]): Date {
  return new Date(Math.min(...path.map(({ notAfter }) => notAfter.getTime())));
}

/**
 * The same, with the way: from the leaf to a root, both included. Signatures are checked before anything
 * that a certificate says is believed, except for what tells which certificate to look at.
 */
export function verifyPath(
  chain: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
  afterEndMs = 0,
): VerifiedPath {
  const verified = verifyWay(chain, roots, at);
  const [leaf, ...above] = verified.path;
  checkValidity(leaf!, at, afterEndMs);
  for (const certificate of above) checkValidity(certificate, at);
  return verified;
}

interface VerifiedPath {
  readonly principal: Principal;
  readonly path: readonly Certificate[];
}

/** Checks all but validity: of two issuers it takes the one that is valid at `at`. */
function verifyWay(chain: readonly Certificate[], roots: readonly Certificate[], at: Date): VerifiedPath {
  const leaf = chain[0]!;
  const path = findPath(chain, roots, at);
  for (const certificate of path) checkAlgorithm(certificate);
  for (const certificate of path) checkEvaluated(certificate);
  checkLeaf(leaf);
  const principal = principalOf(leaf);
  for (let i = 1; i < path.length; i++) checkIssuer(path[i]!, intermediatesBetween(path, i), principal.cluster);
  return { principal, path };
}

/**
 * Checks a CA certificate and its way to a root, by the rules for those who issue a chain, but for validity: of two issuers
 * it takes the one that is valid at `at`, and what a CA said still holds when the CA is over. Returns the way, both
 * included: one certificate when it is a root itself. Throws as `verifyPath` does.
 */
export function verifyAuthority(
  authority: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  cluster: string,
  at: Date,
): readonly Certificate[] {
  const isRoot = roots.some((root) => isSame(root.der, authority.der));
  const path = isRoot ? [authority] : findPath([authority, ...intermediates], roots, at);
  for (const certificate of path) checkAlgorithm(certificate);
  for (const certificate of path) checkEvaluated(certificate);
  for (const [index, certificate] of path.entries()) {
    checkIssuer(certificate, path.slice(0, index).filter((each) => !isSelfIssued(each)).length, cluster);
  }
  return path;
}

/** The certificates from the leaf to a root, both included. */
function findPath(chain: readonly Certificate[], roots: readonly Certificate[], at: Date): Certificate[] {
  const path = [chain[0]!];
  let left = chain.slice(1);
  while (path.length <= CHAIN_LENGTH_MAX) {
    const last = path.at(-1)!;
    checkAlgorithm(last);
    const root = pickIssuer(last, roots, at);
    if (root !== undefined) {
      path.push(root);
      return path;
    }
    const next = pickIssuer(last, left, at);
    if (next === undefined) throw untrusted(last, [...roots, ...left]);
    path.push(next);
    left = left.filter((certificate) => certificate !== next);
  }
  throw new IdentityError("ERR_IDENTITY_CHAIN_LIMIT", "the chain is too long");
}

/** A root that was renewed with its key is there twice: take the one that is valid now. */
function pickIssuer(certificate: Certificate, candidates: readonly Certificate[], at: Date): Certificate | undefined {
  const issuers = candidates.filter(
    (candidate) => isSame(candidate.subject, certificate.issuer) && isSignedBy(certificate, candidate),
  );
  return issuers.find((issuer) => isValidAt(issuer, at)) ?? issuers[0];
}

function untrusted(last: Certificate, candidates: readonly Certificate[]): IdentityError {
  const isNamed = candidates.some((candidate) => isSame(candidate.subject, last.issuer));
  const reason = isNamed
    ? "a certificate of its issuer's name is there, but its key did not make the signature"
    : "its issuer is neither in the chain nor in the trust bundle";
  return new IdentityError("ERR_IDENTITY_UNTRUSTED", `${describeCertificate(last)} is not trusted: ${reason}`);
}

function checkAlgorithm(certificate: Certificate): void {
  if (certificate.signatureAlgorithm !== undefined && publicKeyOf(certificate) !== undefined) return;
  const what = certificate.signatureAlgorithm === undefined ? "the signature" : "the key";
  throw refusal("ERR_IDENTITY_ALGORITHM", certificate, `${what} is neither Ed25519 nor ECDSA P-256 with SHA-256`);
}

function checkEvaluated(certificate: Certificate): void {
  if (certificate.unevaluated.length === 0) return;
  throw refusal(
    "ERR_IDENTITY_EXTENSION",
    certificate,
    `it has the extension ${printableList(certificate.unevaluated, ", ")}`,
  );
}

/** X.509-SVID, 4: a leaf is no CA, may sign, and may not sign certificates. */
function checkLeaf(leaf: Certificate): void {
  if (leaf.isCa) throw refusal("ERR_IDENTITY_LEAF_IS_CA", leaf, "it is a CA certificate (CA:TRUE)");
  if (!hasKeyUsage(leaf, KeyUsageFlag.digitalSignature)) {
    throw refusal("ERR_IDENTITY_KEY_USAGE", leaf, "its key usage lacks digitalSignature");
  }
  if (hasKeyUsage(leaf, KeyUsageFlag.keyCertSign | KeyUsageFlag.cRLSign)) {
    throw refusal("ERR_IDENTITY_KEY_USAGE", leaf, "its key usage is that of a CA (keyCertSign or cRLSign)");
  }
  checkCriticalKeyUsage(leaf);
  checkExtendedKeyUsage(leaf);
}

function checkIssuer(issuer: Certificate, intermediates: number, cluster: string): void {
  if (!issuer.isCa) throw refusal("ERR_IDENTITY_ISSUER_NOT_CA", issuer, "it issued a certificate and is no CA");
  if (issuer.pathLength !== undefined && issuer.pathLength < intermediates) {
    const found = `it allows ${issuer.pathLength} CAs below it, and there are ${intermediates}`;
    throw refusal("ERR_IDENTITY_ISSUER_NOT_CA", issuer, found);
  }
  if (!hasKeyUsage(issuer, KeyUsageFlag.keyCertSign)) {
    throw refusal("ERR_IDENTITY_KEY_USAGE", issuer, "it is a CA whose key usage lacks keyCertSign");
  }
  checkExtendedKeyUsage(issuer);
  // A CA without a URI is no SVID, and RFC 5280 asks for less (4.2.1.3: SHOULD be critical).
  if (issuer.uris.length > 0) checkCriticalKeyUsage(issuer);
  if (issuer.uris.length > 1) {
    const found = `it names ${issuer.uris.length} URIs, and a CA names at most one`;
    throw refusal("ERR_IDENTITY_URI_COUNT", issuer, found);
  }
  if (issuer.uris.some((uri) => uri !== formatClusterUri(cluster))) {
    throw refusal("ERR_IDENTITY_TRUST_CLUSTER", issuer, `it is not the CA of cluster "${cluster}"`);
  }
}

/** X.509-SVID, 4.3. */
function checkCriticalKeyUsage(certificate: Certificate): void {
  if (certificate.isKeyUsageCritical) return;
  throw refusal("ERR_IDENTITY_KEY_USAGE", certificate, "its key usage is not marked as critical");
}

/** X.509-SVID, 4.4: both, by name. TLS libraries refuse anyExtendedKeyUsage in their place. */
function checkExtendedKeyUsage(certificate: Certificate): void {
  const usages = certificate.extendedKeyUsage;
  if (usages === undefined) return;
  if (usages.includes(Oid.serverAuth) && usages.includes(Oid.clientAuth)) return;
  throw refusal("ERR_IDENTITY_KEY_USAGE", certificate, "its extended key usage lacks serverAuth or clientAuth");
}

/** CAs below the one at `index`, self-issued ones not counted (RFC 5280, 4.2.1.9). */
function intermediatesBetween(path: readonly Certificate[], index: number): number {
  return path.slice(1, index).filter((certificate) => !isSelfIssued(certificate)).length;
}

function isValidAt(certificate: Certificate, at: Date): boolean {
  return certificate.notBefore <= at && at <= certificate.notAfter;
}

function checkValidity(certificate: Certificate, at: Date, afterEndMs = 0): void {
  const now = at.toISOString();
  if (at < certificate.notBefore) {
    const start = certificate.notBefore.toISOString();
    throw refusal("ERR_IDENTITY_NOT_YET_VALID", certificate, `it is valid from ${start}, and here it is ${now}`);
  }
  if (at.getTime() > certificate.notAfter.getTime() + afterEndMs) {
    const end = certificate.notAfter.toISOString();
    throw refusal("ERR_IDENTITY_EXPIRED", certificate, `it was valid until ${end}, and here it is ${now}`);
  }
}

function refusal(code: IdentityErrorCode, certificate: Certificate, reason: string): IdentityError {
  return new IdentityError(code, `${describeCertificate(certificate)} is refused: ${reason}`);
}
