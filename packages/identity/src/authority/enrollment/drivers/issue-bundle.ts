/** The CA's side of enrollment: bundles that answer requests, and bundles with a key that the CA made. */
import type { CertificateAuthority } from "../../ca/drivers/ca-folder.ts";
import { checkDays, type IssuedCertificate, type IssueRequest } from "../../ca/authority.ts";
import { readCertificatePem } from "../../../certificates/pem.ts";
import { IdentityError } from "../../../errors.ts";
import { ANSWER_DAYS, DAY_MS, INVITE_DAYS } from "../../../limits.ts";
import { checkExpectation } from "../../../principal.ts";
import { writeBundle } from "../bundle.ts";
import type { CertificateRequest } from "../request.ts";
import { readPrivateKey } from "../../../private-key.ts";

export interface BundleOptions {
  /** For how many days the certificate is valid; default as for `CertificateAuthority.certify`. */
  readonly days?: number;
  /** For how long the bundle may be installed; default 7 with a key in it, else 30. */
  readonly bundleDays?: number;
  /** More roots in PEM for the trust bundle, besides the CA's own: for the time in which the cluster changes its root. */
  readonly otherRoots?: readonly string[];
}

export interface IssuedBundle {
  readonly certificate: IssuedCertificate;
  readonly expiresAt: Date;
  /** The bundle as `writeBundleFile` takes it. */
  readonly octets: Uint8Array;
}

/**
 * Certifies the key of a request, and makes the bundle that answers it. Throws ERR_IDENTITY_WRONG_CLUSTER, _CA_INTERMEDIATE, _DAYS, or as
 * `CertificateAuthority.certify` does.
 */
export function answerRequest(
  ca: CertificateAuthority,
  { principal, publicKeyInfo }: CertificateRequest,
  options: BundleOptions = {},
  at: Date = new Date(),
): IssuedBundle {
  requireRoot(ca);
  checkExpectation(principal, { cluster: ca.authority.cluster });
  const expiresAt = endOf(options.bundleDays ?? ANSWER_DAYS, at);
  const { kind, name } = principal;
  const certificate = ca.certify({ kind, name, publicKeyInfo, ...wishesOf(options) }, at);
  return { certificate, expiresAt, octets: makeBundle(ca, certificate, undefined, expiresAt, at) };
}

/** Makes a key, certifies it, and makes a bundle that holds both. Throws ERR_IDENTITY_CA_INTERMEDIATE,
 * _DAYS, or as `certify` does. */
export function makeInvitation(
  ca: CertificateAuthority,
  { kind, name, algorithm }: Pick<IssueRequest, "kind" | "name" | "algorithm">,
  options: BundleOptions = {},
  at: Date = new Date(),
): IssuedBundle {
  requireRoot(ca);
  const expiresAt = endOf(options.bundleDays ?? INVITE_DAYS, at);
  const request = { kind, name, ...(algorithm === undefined ? {} : { algorithm }), ...wishesOf(options) };
  const { privateKeyPem, ...certificate } = ca.issue(request, at);
  return { certificate, expiresAt, octets: makeBundle(ca, certificate, privateKeyPem, expiresAt, at) };
}

/** Nodes take bundles by the word of a root that they trust. Checked before anything is issued. */
function requireRoot({ authority }: CertificateAuthority): void {
  if (authority.intermediatesPem === "") return;
  const message = "an intermediate CA makes no bundles: they are signed by a root";
  throw new IdentityError("ERR_IDENTITY_CA_INTERMEDIATE", message);
}

function makeBundle(
  ca: CertificateAuthority,
  { principal, certificateChainPem, trustBundlePem }: IssuedCertificate,
  keyPem: Uint8Array | undefined,
  expiresAt: Date,
  madeAt: Date,
): Uint8Array {
  const privateKey = keyPem === undefined ? undefined : readPrivateKey(keyPem).export({ type: "pkcs8", format: "der" });
  const bundle = {
    principal,
    madeAt,
    expiresAt,
    signer: ca.authority.fingerprint,
    chain: readCertificatePem(certificateChainPem),
    roots: readCertificatePem(trustBundlePem),
    // A list of an intermediate CA needs certificates beside it, for which a bundle has no room.
    revocationLists: ca
      .listsFor({ certificateChainPem, trustBundlePem }, madeAt)
      .filter(({ authorities }) => authorities.length === 0)
      .map(({ der }) => der),
    privateKey,
  };
  return writeBundle(bundle, (octets) => ca.sign(octets));
}

function wishesOf({ days, otherRoots }: BundleOptions): Pick<BundleOptions, "days" | "otherRoots"> {
  return { ...(days === undefined ? {} : { days }), ...(otherRoots === undefined ? {} : { otherRoots }) };
}

function endOf(days: number, at: Date): Date {
  return new Date(at.getTime() + checkDays(days) * DAY_MS);
}
