/** The node's side of enrollment: installs a bundle in an identity folder, as a whole or not at all. */
import { existsSync } from "node:fs";
import type { CertificateId } from "../../../certificates/certificate-id.ts";
import { fingerprintOf, readCertificate } from "../../../certificates/certificate.ts";
import { principalOf, readTrustBundle } from "../../../certificates/chain.ts";
import { readCertificatePem } from "../../../certificates/pem.ts";
import { type Credentials, IDENTITY_FILES, inFile } from "../../../credentials.ts";
import { readKeyOctets, readTextFile } from "../../../drivers/files.ts";
import { currentFile } from "../../../drivers/identity-files.ts";
import { identityFiles, loadCredentials } from "../../../drivers/identity-folder.ts";
import { asOwnerOf } from "../../../drivers/folder-owner.ts";
import { finishReplacement, makeFolder, replaceFiles } from "../../../drivers/replace-files.ts";
import { IdentityError } from "../../../errors.ts";
import type { PrincipalExpectation } from "../../../principal.ts";
import type { Principal } from "../../../principal.ts";
import type { Bundle } from "../bundle.ts";
import { listNumbersFile, readListNumbers } from "../../../revocation/drivers/list-numbers-file.ts";
import { anyListOf, mergeListNumbers, numbersOf } from "../../../revocation/list-numbers.ts";
import { checkBundle } from "../bundle-check.ts";
import { mergeLists } from "./merge-lists.ts";
import { readPending, removeAnswered } from "./request-folder.ts";

export interface InstallOptions {
  /**
   * Fingerprint of the root that signed the bundle, lower-case hex, which the operator got by another way. Not needed
   * when an identity is replaced: then the signer must be one of the roots that it trusts.
   */
  readonly caFingerprint?: string;
  /** The principal that the operator expects. */
  readonly expected?: PrincipalExpectation;
}

export interface Installation {
  readonly credentials: Credentials;
  readonly isFirst: boolean;
  /** A list in the folder names the former certificate: processes that use it end what they have opened with it. */
  readonly isFormerRevoked: boolean;
  /** Fingerprints of roots that are trusted from now on and were not before; empty on a first install. */
  readonly addedRoots: readonly string[];
  /** Fingerprints of roots that were trusted before and are not any more. */
  readonly droppedRoots: readonly string[];
  /** The revocation lists of the folder: issuer and number, for people. */
  readonly lists: readonly { readonly issuerName: string; readonly number: bigint }[];
}

/** Fingerprints of the roots that the identity in a folder trusts; undefined when there is none. */
export function trustedRoots(folder: string): readonly string[] | undefined {
  const file = currentFile(folder, IDENTITY_FILES.trust);
  if (!existsSync(file)) return undefined;
  return inFile(file, () => readTrustBundle(readTextFile(file).text)).map(({ der }) => fingerprintOf(der));
}

/**
 * Installs a bundle in a folder, in place of the former identity, all at once. Everything is checked before anything is
 * written. Throws ERR_IDENTITY_FINGERPRINT, _BUNDLE_OLDER, _FOLDER_OWNER, _WRITE_FAILED, as `checkBundle` does, or for
 * broken files in the folder: then the folder is unchanged.
 */
export function installBundle(
  bundle: Bundle,
  folder: string,
  options: InstallOptions = {},
  at: Date = new Date(),
): Installation {
  return asOwnerOf(folder, (owned) => install(bundle, owned, options, at));
}

function install(bundle: Bundle, folder: string, options: InstallOptions, at: Date): Installation {
  // An earlier install that had committed counts already; the request that it answered may be half removed.
  finishReplacement(folder, removeAnswered);
  const { caFingerprint, expected } = options;
  const trusted = caFingerprint === undefined ? trustedRoots(folder) : undefined;
  const signers = caFingerprint === undefined ? trusted : [caFingerprint];
  if (signers === undefined) {
    const message = "a first install needs the fingerprint of the CA: the bundle cannot vouch for its own";
    throw new IdentityError("ERR_IDENTITY_FINGERPRINT", message);
  }
  const before = lookAt(folder, at);
  const principals = [expected ?? {}, ...before.principals.map(onlyThis)];
  const { credentials, lists } = checkBundle(bundle, { principals, signers, keys: before.keys }, at);
  checkNotOlder(credentials, before.notBefore);
  const merged = mergeLists(folder, credentials, lists, at);
  const newRoots = bundle.roots.filter((root) => !before.roots.includes(fingerprintOf(root))).map(readCertificate);
  const numbers = mergeListNumbers(readListNumbers(folder), anyListOf(newRoots), numbersOf(lists));
  makeFolder(folder);
  replaceFiles(folder, {
    files: [...identityFiles(credentials), ...merged.files, listNumbersFile(numbers)],
    removed: merged.removed,
    afterwards: removeAnswered,
  });
  const roots = bundle.roots.map(fingerprintOf);
  return {
    credentials,
    isFirst: before.notBefore === undefined,
    isFormerRevoked: before.certificates.some(({ issuer, serial }) =>
      merged.lists.some((list) => list.issuer === issuer && list.serials.has(serial)),
    ),
    addedRoots: before.roots.length === 0 ? [] : roots.filter((root) => !before.roots.includes(root)),
    droppedRoots: before.roots.filter((root) => !roots.includes(root)),
    lists: merged.lists,
  };
}

interface FolderBefore {
  /** The principals of the identity and of the request that is pending; `keys` are those of the same two. */
  readonly principals: readonly Principal[];
  readonly keys: readonly Uint8Array[];
  readonly roots: readonly string[];
  /** When the identity's certificate begins; undefined when there is none. */
  readonly notBefore: Date | undefined;
  /** The identity's certificates that a revocation list can name; none when no process could use it. */
  readonly certificates: readonly CertificateId[];
}

/** Reads the parts of a folder that a bundle has to fit. The identity need not be valid: it is about to be replaced. */
function lookAt(folder: string, at: Date): FolderBefore {
  const pending = readPending(folder);
  const chainFile = currentFile(folder, IDENTITY_FILES.chain);
  const keyFile = currentFile(folder, IDENTITY_FILES.key);
  const keys = existsSync(keyFile) ? [readKeyOctets(keyFile)] : [];
  const leaf = existsSync(chainFile)
    ? inFile(chainFile, () => readCertificate(readCertificatePem(readTextFile(chainFile).text)[0]!))
    : undefined;
  const present = leaf === undefined ? [] : [inFile(chainFile, () => principalOf(leaf))];
  return {
    principals: pending === undefined ? present : [...present, pending.principal],
    keys: pending === undefined ? keys : [pending.keyPem, ...keys],
    roots: trustedRoots(folder) ?? [],
    notBefore: leaf?.notBefore,
    certificates: leaf === undefined ? [] : usableCertificates(folder, at),
  };
}

function usableCertificates(folder: string, at: Date): readonly CertificateId[] {
  try {
    return loadCredentials(folder, {}, at).certificates;
  } catch (error) {
    if (error instanceof IdentityError) return [];
    throw error;
  }
}

function onlyThis({ cluster, kind, name }: Principal): PrincipalExpectation {
  return { cluster, kinds: [kind], name };
}

/** An old bundle would undo a later renewal, which perhaps replaced a key in the wrong hands. */
function checkNotOlder({ notBefore }: Credentials, before: Date | undefined): void {
  if (before === undefined || notBefore >= before) return;
  const message = `the bundle's certificate is valid from ${notBefore.toISOString()}, and the one that is there from ${before.toISOString()}`;
  throw new IdentityError("ERR_IDENTITY_BUNDLE_OLDER", message);
}
