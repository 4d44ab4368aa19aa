/** The CA of a cluster: a root, or an intermediate CA below it, and the certificates that it issues. No I/O: `drivers/` keeps it in files. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  type Extension,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import {
  type Certificate,
  fingerprintOf,
  hasKeyUsage,
  isSelfIssued,
  keyHashOf,
  type KeyAlgorithm,
  publicKeyOf,
  readCertificate,
} from "../../certificates/certificate.ts";
import { Oid } from "../../certificates/object-identifiers.ts";
import { firstEndOf, readTrustBundle, verifyAuthority } from "../../certificates/chain.ts";
import { certificateIdsOf } from "../../certificates/certificate-id.ts";
import { certificatesInUse } from "../../certificates/certificate-in-use.ts";
import { drawSerial, keyIdOf, makeExtension, signOctets, writeCertificate, writeName } from "./certificate-writer.ts";
import { type Credentials, isKeyOf } from "../../credentials.ts";
import { holdPrivateKey, readPrivateKey, writePrivateKey } from "../../private-key.ts";
import { IdentityError } from "../../errors.ts";
import {
  BACKDATING_MS,
  CA_DAYS,
  DAY_MS,
  DAYS_MAX,
  INTERMEDIATE_DAYS,
  SERVICE_DAYS,
  USER_DAYS,
  VERTEX_DAYS,
} from "../../limits.ts";
import { readCertificatePem, writeCertificatePem } from "../../certificates/pem.ts";
import {
  formatClusterUri,
  formatPrincipal,
  parseClusterUri,
  type Principal,
  type PrincipalKind,
  requireName,
} from "../../principal.ts";

export type { KeyAlgorithm } from "../../certificates/certificate.ts";

/** A CA in memory: its certificate with the key, and the way to its root. */
export interface Authority {
  readonly cluster: string;
  /** The CA's own certificate: the root's, or that of an intermediate CA. */
  readonly certificatePem: string;
  /** The certificates behind the leaf in a chain: the own one and those of CAs above it, without the root. Empty for a root. */
  readonly intermediatesPem: string;
  /** The root to trust. */
  readonly rootPem: string;
  readonly privateKeyPem: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the CA's own certificate in DER, lower-case hex. */
  readonly fingerprint: string;
}

export interface AuthorityOptions {
  readonly cluster: string;
  /** Default `p256`, which every TLS library verifies without a special setting. */
  readonly algorithm?: KeyAlgorithm;
  /** Default 3650. */
  readonly days?: number;
}

export interface IssueRequest {
  readonly kind: PrincipalKind;
  readonly name: string;
  /** Default 365 for a vertex or service, 90 for a user; never longer than the CA itself. */
  readonly days?: number;
  /** Default `p256`. */
  readonly algorithm?: KeyAlgorithm;
  /** More roots in PEM for the trust bundle, besides the CA's own: for the time in which the cluster changes its root. */
  readonly otherRoots?: readonly string[];
}

/** A key that somebody else made and holds, to be certified for a principal. */
export interface CertifyRequest {
  readonly kind: PrincipalKind;
  readonly name: string;
  /** Default 365 for a vertex or service, 90 for a user; never longer than the CA itself. */
  readonly days?: number;
  /** Milliseconds, in the place of `days`. */
  readonly lifeMs?: number;
  /** The public key: SubjectPublicKeyInfo in DER. */
  readonly publicKeyInfo: Uint8Array;
  /** More roots in PEM for the trust bundle, besides the CA's own: for the time in which the cluster changes its root. */
  readonly otherRoots?: readonly string[];
}

/** A new certificate: the chain is the leaf, and the CAs between it and the root; the trust bundle holds the root and the requested others. */
export interface IssuedCertificate extends Omit<Credentials, "privateKeyPem"> {
  /** The serial number of the leaf; lower-case hex. */
  readonly serial: string;
  /** True: the certificate ends with its CA, before the requested days are over. */
  readonly isShortened: boolean;
}

/** A new certificate with the key that was made for it. */
export interface IssuedIdentity extends IssuedCertificate, Credentials {}

/** Makes a root for a cluster, valid from a little before `at`. Throws ERR_IDENTITY_PRINCIPAL_SYNTAX or _DAYS. */
export function makeAuthority(options: AuthorityOptions, at: Date): Authority {
  const cluster = requireName(options.cluster, "the cluster");
  const notAfter = new Date(at.getTime() + checkDays(options.days ?? CA_DAYS) * DAY_MS);
  const notBefore = new Date(at.getTime() - BACKDATING_MS);
  const { privateKey, publicKey } = generateKey(options.algorithm ?? "p256");
  const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
  const keyId = keyIdOf(publicKeyInfo);
  // The key's id makes the name unique: revocation lists name their issuer, so a later root of the cluster needs
  // another name.
  const name = writeName(
    [Oid.organization, cluster],
    [Oid.commonName, `Florenetes CA ${keyId.toString("hex").slice(0, 16)}`],
  );
  const der = writeCertificate({
    signingKey: privateKey,
    serial: drawSerial(),
    issuer: name,
    subject: name,
    notBefore,
    notAfter,
    publicKeyInfo,
    extensions: [
      makeExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true })),
      makeExtension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      makeExtension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId)),
      makeExtension(id_ce_subjectAltName, false, uriName(formatClusterUri(cluster))),
    ],
  });
  return authorityOf([readCertificate(der)], privateKey, cluster);
}

/**
 * Makes a CA below another one, which issues leaves and no further CAs. It ends with the other one at the latest. Throws
 * ERR_IDENTITY_DAYS, _EXPIRED when the other one is not valid any more, or _CA_INTERMEDIATE when that is below a root itself.
 */
export function makeIntermediate(
  parent: Authority,
  { algorithm, days }: Omit<AuthorityOptions, "cluster">,
  at: Date,
  isTaken: (serial: string) => boolean = () => false,
): Authority {
  if (parent.intermediatesPem !== "") {
    throw new IdentityError("ERR_IDENTITY_CA_INTERMEDIATE", "an intermediate CA makes no further CA: the root does");
  }
  checkAuthorityValid(parent, at);
  const wanted = at.getTime() + checkDays(days ?? INTERMEDIATE_DAYS) * DAY_MS;
  const { privateKey, publicKey } = generateKey(algorithm ?? "p256");
  const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
  const keyId = keyIdOf(publicKeyInfo);
  const root = readCertificate(readCertificatePem(parent.certificatePem)[0]!);
  const der = writeCertificate({
    signingKey: readPrivateKey(parent.privateKeyPem),
    serial: drawSerial(isTaken),
    issuer: root.subject,
    subject: writeName(
      [Oid.organization, parent.cluster],
      [Oid.commonName, `Florenetes issuer ${keyId.toString("hex").slice(0, 16)}`],
    ),
    notBefore: new Date(at.getTime() - BACKDATING_MS),
    notAfter: new Date(Math.min(wanted, parent.notAfter.getTime())),
    publicKeyInfo,
    extensions: [
      makeExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
      makeExtension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      makeExtension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId)),
      authorityKeyIdOf(root),
      makeExtension(id_ce_subjectAltName, false, uriName(formatClusterUri(parent.cluster))),
    ],
  });
  return authorityOf([readCertificate(der), root], privateKey, parent.cluster);
}

/**
 * Takes up a CA from its key and its certificate; behind that of an intermediate CA stand those that lead to the root, the root last. Throws ERR_IDENTITY_PEM_BROKEN, _CERTIFICATE_BROKEN, _KEY_MISMATCH,
 * _ALGORITHM, _ISSUER_NOT_CA, _CA_NO_CLUSTER, or the error with which nodes would refuse the root: _TRUST_NOT_ROOT,
 * _EXTENSION, _KEY_USAGE.
 */
export function readAuthority(certificatePem: string, key: KeyObject): Authority {
  const [own, ...above] = readCertificatePem(certificatePem).map(readCertificate) as [Certificate, ...Certificate[]];
  if (publicKeyOf(own) === undefined)
    throw new IdentityError("ERR_IDENTITY_ALGORITHM", "the CA's key is neither Ed25519 nor P-256");
  if (!isKeyOf(key, own)) {
    throw new IdentityError("ERR_IDENTITY_KEY_MISMATCH", "the private key is not that of the CA certificate");
  }
  const isRoot = isSelfIssued(own);
  if (!own.isCa || (!isRoot && above.length === 0) || !hasKeyUsage(own, KeyUsageFlags.keyCertSign)) {
    throw new IdentityError(
      "ERR_IDENTITY_ISSUER_NOT_CA",
      "the certificate is not a CA that may sign certificates: self-signed, or with those that lead to its root behind it",
    );
  }
  const root = isRoot ? own : above.at(-1)!;
  const cluster = clusterOf(root.uris);
  // Nodes may refuse a CA that another tool made: this check tells so before it signs anything.
  const roots = readTrustBundle(writeCertificatePem(root.der));
  const path = verifyAuthority(own, isRoot ? [] : above.slice(0, -1), roots, cluster, own.notBefore);
  return authorityOf(path, key, cluster);
}

/** The cluster of a root with these URIs. Throws ERR_IDENTITY_CA_NO_CLUSTER or _PRINCIPAL_SYNTAX. */
export function clusterOf(uris: readonly string[]): string {
  if (uris.length === 1) return parseClusterUri(uris[0]!);
  throw new IdentityError("ERR_IDENTITY_CA_NO_CLUSTER", "the CA certificate names no cluster");
}

/**
 * Makes a certificate for a principal of the CA's cluster and its key, valid from a little before `at`. The serial number is
 * none of those that `isTaken` knows. Throws ERR_IDENTITY_PRINCIPAL_SYNTAX, _DAYS, _ALGORITHM for a key that is neither
 * Ed25519 nor P-256, _EXPIRED when the CA itself is not valid any more, or what is wrong with another root.
 */
export function certifyKey(
  authority: Authority,
  request: CertifyRequest,
  at: Date,
  isTaken: (serial: string) => boolean = () => false,
): IssuedCertificate {
  const principal: Principal = {
    cluster: authority.cluster,
    kind: request.kind,
    name: requireName(request.name, `the ${request.kind}`),
  };
  const days = checkDays(request.days ?? defaultDays[request.kind]);
  checkAuthorityValid(authority, at);
  const trustBundlePem = trustBundleOf(authority, request.otherRoots ?? []);
  const wanted = at.getTime() + (request.lifeMs ?? days * DAY_MS);
  const [issuer, ...above] = wayOf(authority);
  const { publicKeyInfo } = request;
  const der = writeCertificate({
    signingKey: readPrivateKey(authority.privateKeyPem),
    serial: drawSerial(isTaken),
    issuer: issuer.subject,
    // The URI alone holds the name: tools that still look at common names could take one for a host name.
    subject: writeName(),
    notBefore: new Date(at.getTime() - BACKDATING_MS),
    notAfter: new Date(Math.min(wanted, authority.notAfter.getTime())),
    publicKeyInfo,
    extensions: leafExtensions(principal, publicKeyInfo, issuer),
  });
  const leaf = readCertificate(der);
  if (publicKeyOf(leaf) === undefined) {
    throw new IdentityError("ERR_IDENTITY_ALGORITHM", "the key to be certified is neither Ed25519 nor P-256");
  }
  const path = [leaf, issuer, ...above];
  return {
    principal,
    certificateChainPem: writeCertificatePem(der) + authority.intermediatesPem,
    trustBundlePem,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    validUntil: firstEndOf(path),
    fingerprint: fingerprintOf(der),
    keyHash: keyHashOf(leaf),
    certificates: certificateIdsOf(path),
    inUse: certificatesInUse(path, readTrustBundle(trustBundlePem)),
    serial: leaf.serial,
    isShortened: wanted > authority.notAfter.getTime(),
  };
}

/** Makes a key and certifies it. Throws as `certifyKey` does. */
export function issueIdentity(authority: Authority, request: IssueRequest, at: Date): IssuedIdentity {
  const key = makeKey(request.algorithm);
  return { ...certifyKey(authority, { ...request, publicKeyInfo: key.publicKeyInfo }, at), privateKeyPem: key.pem };
}

/** Returns the trust bundle: the CA's own root first, and every root once. */
export function trustBundleOf(authority: Authority, otherRoots: readonly string[]): string {
  const uri = formatClusterUri(authority.cluster);
  const roots = otherRoots.flatMap((pem) => readTrustBundle(pem));
  for (const root of roots) {
    if (!root.isCa) throw new IdentityError("ERR_IDENTITY_TRUST_NOT_ROOT", "a root to be trusted is no CA");
    if (root.uris.length === 1 && root.uris[0] === uri) continue;
    const message = `a root to be trusted is not one of cluster "${authority.cluster}"`;
    throw new IdentityError("ERR_IDENTITY_TRUST_CLUSTER", message);
  }
  return [...new Set([authority.rootPem, ...roots.map(({ der }) => writeCertificatePem(der))])].join("");
}

/** A new private key in PEM, and the public one as SubjectPublicKeyInfo in DER. */
export function makeKey(algorithm: KeyAlgorithm = "p256"): {
  readonly pem: Uint8Array;
  readonly publicKeyInfo: Buffer;
} {
  const { privateKey, publicKey } = generateKey(algorithm);
  return { pem: holdPrivateKey(privateKey), publicKeyInfo: publicKey.export({ type: "spki", format: "der" }) };
}

/** The signature of the CA's key on octets: Ed25519, or ECDSA with SHA-256 in DER. */
export function signWithAuthority(authority: Authority, octets: Uint8Array): Buffer {
  return signOctets(readPrivateKey(authority.privateKeyPem), octets);
}

/** Throws ERR_IDENTITY_EXPIRED when the CA is not valid any more. */
export function checkAuthorityValid(authority: Authority, at: Date): void {
  if (at <= authority.notAfter) return;
  const message = `the CA was valid until ${authority.notAfter.toISOString()}, and here it is ${at.toISOString()}`;
  throw new IdentityError("ERR_IDENTITY_EXPIRED", message);
}

const defaultDays: Readonly<Record<PrincipalKind, number>> = {
  user: USER_DAYS,
  service: SERVICE_DAYS,
  vertex: VERTEX_DAYS,
};

/** Throws ERR_IDENTITY_DAYS. */
export function checkDays(days: number): number {
  if (Number.isInteger(days) && days >= 1 && days <= DAYS_MAX) return days;
  throw new IdentityError("ERR_IDENTITY_DAYS", `${days} is not a whole number of days from 1 to ${DAYS_MAX}`);
}

/** @param path the CA itself, and those that lead to the root, the root last */
function authorityOf(path: readonly Certificate[], key: KeyObject, cluster: string): Authority {
  const own = path[0]!;
  return {
    cluster,
    certificatePem: writeCertificatePem(own.der),
    intermediatesPem: writeCertificatePem(...path.slice(0, -1).map(({ der }) => der)),
    rootPem: writeCertificatePem(path.at(-1)!.der),
    privateKeyPem: writePrivateKey(key),
    notBefore: own.notBefore,
    notAfter: own.notAfter,
    fingerprint: fingerprintOf(own.der),
  };
}

/** The certificates from a CA to its root, both included: one for a root. */
function wayOf({ intermediatesPem, rootPem }: Authority): [Certificate, ...Certificate[]] {
  return readCertificatePem(intermediatesPem + rootPem).map(readCertificate) as [Certificate, ...Certificate[]];
}

function authorityKeyIdOf({ subjectKeyId, publicKeyInfo }: Certificate): Extension {
  const keyIdentifier = new KeyIdentifier(Buffer.from(subjectKeyId ?? keyIdOf(publicKeyInfo)));
  return makeExtension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier }));
}

/** X.509-SVID, 4: a critical URI (the subject is empty), digitalSignature, and both roles of TLS. */
function leafExtensions(principal: Principal, publicKeyInfo: Uint8Array, issuer: Certificate): Extension[] {
  return [
    makeExtension(id_ce_basicConstraints, true, new BasicConstraints()),
    makeExtension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    makeExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    makeExtension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdOf(publicKeyInfo))),
    authorityKeyIdOf(issuer),
    makeExtension(id_ce_subjectAltName, true, uriName(formatPrincipal(principal))),
  ];
}

function uriName(uri: string): SubjectAlternativeName {
  return new SubjectAlternativeName([new GeneralName({ uniformResourceIdentifier: uri })]);
}

function generateKey(algorithm: KeyAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (algorithm === "ed25519") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}
