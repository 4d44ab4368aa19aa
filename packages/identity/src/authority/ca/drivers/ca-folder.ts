/** The CA on disk: a folder with its key, its certificate, the record of what it did, and its newest revocation list. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf, readCertificate } from "../../../certificates/certificate.ts";
import { keyFingerprintOf } from "../../../certificates/certificate-id.ts";
import { readTrustBundle } from "../../../certificates/chain.ts";
import { certificateFacts } from "../../../certificates/inspection.ts";
import { readCertificatePem, readPem } from "../../../certificates/pem.ts";
import { inFile } from "../../../credentials.ts";
import { readPrivateKey } from "../../../private-key.ts";
import { readKeyFile, readTextFile, replaceFile, requireFreeFolder, writeFolder } from "../../../drivers/files.ts";
import { writeIdentity } from "../../../drivers/identity-folder.ts";
import { isSealed, openSealed, seal } from "../../sealing/sealing.ts";
import { IdentityError } from "../../../errors.ts";
import { LIST_FILE_SIZE_MAX } from "../../../limits.ts";
import { formatClusterUri, formatPrincipal } from "../../../principal.ts";
import { REVOCATION_FILE } from "../../../revocation/drivers/crl-file.ts";
import { listNumbersFile } from "../../../revocation/drivers/list-numbers-file.ts";
import { type FoundList as ReadListOfFile, listText, readListFile, taskOf } from "../../../revocation/list-file.ts";
import { anyListOf, type ListNumbers, mergeListNumbers } from "../../../revocation/list-numbers.ts";
import { listTrustOf, type Trusting } from "../../../revocation/list-trust.ts";
import {
  type Authority,
  type AuthorityOptions,
  certifyKey,
  type CertifyRequest,
  type IssuedCertificate,
  type IssuedIdentity,
  type IssueRequest,
  makeAuthority,
  makeIntermediate,
  clusterOf,
  makeKey,
  readAuthority,
  signWithAuthority,
  trustBundleOf,
} from "../authority.ts";
import { findUnrecordedList, type FoundList, type MadeList, makeNextList } from "../listing.ts";
import type { AuthorityRecord, IssuingDecision, RecordedRevocation, RecordEntry, RevocationReason } from "../record.ts";
import { findCertificates, type RevocationTarget, type RevokedCertificate } from "../revoking.ts";
import { withFolderLock } from "./folder-lock.ts";
import { RecordFile } from "./record-file.ts";

/** File names of a CA folder. `issued.jsonl` is the record of an earlier version, which told only of issued certificates. */
export const CA_FILES = {
  key: "ca-key.pem",
  certificate: "ca.pem",
  record: "record.jsonl",
  olderRecord: "issued.jsonl",
  revocationList: "crl.pem",
  ignored: ".gitignore",
} as const;

/** Keeps the whole folder out of a repository that it happens to lie in. */
const IGNORE_ALL = "*\n";

export interface CaOptions extends AuthorityOptions {
  /** Seals the CA's key. */
  readonly passphrase?: string;
}

export interface RevokeOptions {
  /** Default `unspecified`. */
  readonly reason?: RevocationReason;
  /** For how long the list is made; default: as long as the one before, 30 days the first time. */
  readonly days?: number;
}

export type ListOptions = Omit<RevokeOptions, "reason">;

/** The revoked certificates, and the list that names them. */
export interface Revocation {
  readonly certificates: readonly RevokedCertificate[];
  readonly list: MadeList;
}

/**
 * An open CA, which issues any number of certificates. Other processes may use the folder at the same time: a lock lets
 * them in by turns. Every method that changes something throws ERR_IDENTITY_CA_BUSY, _RECORD_BROKEN or _WRITE_FAILED
 * when the change cannot be recorded; nothing has been handed out then.
 */
export class CertificateAuthority {
  readonly folder: string;
  readonly authority: Authority;
  readonly #recordFile: RecordFile;
  readonly #listPath: string;

  constructor(folder: string, authority: Authority) {
    this.folder = folder;
    this.authority = authority;
    this.#recordFile = recordFileOf(folder);
    this.#listPath = join(folder, CA_FILES.revocationList);
  }

  /** The newest revocation list, if there is one. */
  get revocationListPem(): string | undefined {
    return existsSync(this.#listPath) ? readTextFile(this.#listPath, LIST_FILE_SIZE_MAX).text : undefined;
  }

  /**
   * Certifies a key. The certificate is recorded in the CA folder before it is returned: nothing is handed out unrecorded.
   * Throws as `certifyKey` does.
   */
  certify(request: CertifyRequest, at: Date = new Date()): IssuedCertificate {
    return this.#inTurn((record) => this.#certify(record, { request, grounds: {} }, at));
  }

  /**
   * Decides by the record whether to issue, and certifies what the decision asks for; any other decision is returned. Nothing is
   * revoked, and no token used, between the two. Throws as `certify` does.
   */
  decide<Refusal extends object>(
    decide: (record: AuthorityRecord) => IssuingDecision | Refusal,
    at: Date,
  ): IssuedCertificate | Refusal {
    return this.#inTurn((record) => {
      const decision = decide(record);
      return "grounds" in decision ? this.#certify(record, decision, at) : decision;
    });
  }

  /** The record as it is on disk now. */
  get record(): AuthorityRecord {
    return this.#recordFile.read();
  }

  #certify(record: AuthorityRecord, { request, grounds }: IssuingDecision, at: Date): IssuedCertificate {
    const certificate = certifyKey(this.authority, request, at, (serial) => record.isTaken(serial));
    this.#recordFile.append([{ ...issuedEntry(certificate, at), ...grounds }]);
    return certificate;
  }

  /** The signature of the CA's key on octets: Ed25519, or ECDSA with SHA-256 in DER. */
  sign(octets: Uint8Array): Buffer {
    return signWithAuthority(this.authority, octets);
  }

  /** Makes a key, and certifies it. */
  issue(request: IssueRequest, at?: Date): IssuedIdentity {
    const key = makeKey(request.algorithm);
    return { ...this.certify({ ...request, publicKeyInfo: key.publicKeyInfo }, at), privateKeyPem: key.pem };
  }

  /**
   * Issues as `issue` does, and writes the identity into a new folder, with the revocation lists of the CA folder that
   * it trusts (`listsFor`). The new folder also notes the number of the CA's newest list.
   */
  issueInto(identityFolder: string, request: IssueRequest, at: Date = new Date()): IssuedIdentity {
    // Checked before the record tells of a certificate that could then not be written.
    requireFreeFolder(identityFolder);
    const lists = this.listsFor({ trustBundlePem: trustBundleOf(this.authority, request.otherRoots ?? []) }, at);
    const identity = this.issue(request, at);
    const text = lists.map(listText).join("");
    const listFiles = lists.length === 0 ? [] : [{ name: REVOCATION_FILE, text, isSecret: false }];
    writeIdentity(identityFolder, identity, [listNumbersFile(this.#listNumbersFor(identity)), ...listFiles]);
    return identity;
  }

  /**
   * Makes a CA below this one in a new folder, which issues in its stead: this one, the root, can stay offline. It is recorded
   * here before it is there. Throws as `makeIntermediate` and `createCa` do.
   */
  makeIntermediate(folder: string, options: Omit<CaOptions, "cluster">, at: Date = new Date()): CertificateAuthority {
    requireFreeFolder(folder);
    const authority = this.#inTurn((record) => {
      const made = makeIntermediate(this.authority, options, at, (serial) => record.isTaken(serial));
      const { serial, notBefore, notAfter } = readCertificate(readCertificatePem(made.certificatePem)[0]!);
      const principal = formatClusterUri(made.cluster);
      this.#recordFile.append([
        { kind: "issued", at, principal, serial, notBefore, notAfter, fingerprint: made.fingerprint },
      ]);
      return made;
    });
    return writeCa(folder, authority, options.passphrase);
  }

  /**
   * The lists of this folder that an identity can verify by its roots, with the CAs between a list and its root. A file that
   * came from a node may also hold lists of other CAs: those that a trusted root vouches for are included. Throws the first
   * refusal of `readListFile` when no list is in order.
   */
  listsFor(identity: Trusting, at: Date): Pick<ReadListOfFile, "der" | "authorities">[] {
    const pem = this.revocationListPem;
    if (pem === undefined) return [];
    const trust = listTrustOf(this.authority.cluster, [identity]);
    const { lists, refused } = readListFile(taskOf(Buffer.from(pem), trust, at));
    const [first] = refused;
    if (lists.length === 0 && first !== undefined)
      throw new IdentityError(first.code, first.message, { where: { file: this.#listPath } });
    return [...lists];
  }

  /**
   * Records that certificates are revoked, and makes the next list. A certificate that was revoked before keeps its
   * earlier revocation. Throws ERR_IDENTITY_NOT_ISSUED when a target matches no certificate, or as `makeRevocationList`
   * does: then nothing at all is revoked.
   */
  revoke(targets: readonly RevocationTarget[], options: RevokeOptions = {}, at: Date = new Date()): Revocation {
    return this.#inTurn((record) => {
      const certificates = findCertificates(record, targets, at);
      const reason = options.reason ?? "unspecified";
      const added = certificates.filter(({ earlier }) => earlier === undefined);
      const revoked = added.map(({ serial }) => ({ at, serial, reason }));
      return { certificates, list: this.#makeList(record, revoked, options, at) };
    });
  }

  /** Makes the next revocation list, and puts it into the folder. Throws as `makeNextList` does. */
  makeRevocationList(options: ListOptions = {}, at: Date = new Date()): MadeList {
    return this.#inTurn((record) => this.#makeList(record, [], options, at));
  }

  /**
   * Says which lists a new node may take first: of this CA none before the newest; of other CAs, which the node has
   * never met, any.
   */
  #listNumbersFor({ trustBundlePem }: IssuedIdentity): ListNumbers {
    const newest = readCaRecord(this.folder).lists.at(-1)?.number ?? 0;
    const own = readCertificate(readCertificatePem(this.authority.certificatePem)[0]!);
    return mergeListNumbers(
      anyListOf(readTrustBundle(trustBundlePem)),
      new Map([[keyFingerprintOf(own), BigInt(newest)]]),
    );
  }

  /**
   * Records the number before writing the list, so that no crash can lead to two lists with one number. Revocations
   * that only the present list names are recorded first.
   */
  #makeList(
    record: AuthorityRecord,
    revoked: readonly RecordedRevocation[],
    { days }: ListOptions,
    at: Date,
  ): MadeList {
    const present = this.revocationListPem;
    const found = present === undefined ? undefined : findUnrecordedList(this.authority, record, present, at);
    const added = [...revoked, ...takenOver(record, revoked, found, at)];
    const options = { after: found?.number ?? 0, ...(days === undefined ? {} : { days }) };
    const list = makeNextList(this.authority, record, added, options, at);
    const entries = added.map((revocation) => ({ kind: "revoked", ...revocation }) as const);
    this.#recordFile.append([...entries, listEntry(list)]);
    writeRevocationList(this.#listPath, list);
    return list;
  }

  #inTurn<Result>(action: (record: AuthorityRecord) => Result): Result {
    return withFolderLock(this.folder, () => action(this.#recordFile.read()));
  }
}

/**
 * Makes a cluster's CA in a new folder: an offline root whose key (0600) never leaves it. Throws IdentityError:
 * ERR_IDENTITY_PRINCIPAL_SYNTAX, _DAYS, _PASSPHRASE, _FOLDER_IN_USE, _WRITE_FAILED.
 */
export function createCa(folder: string, options: CaOptions, at: Date = new Date()): CertificateAuthority {
  return writeCa(folder, makeAuthority(options, at), options.passphrase);
}

function writeCa(folder: string, authority: Authority, passphrase: string | undefined): CertificateAuthority {
  const { certificatePem, intermediatesPem, rootPem } = authority;
  const way = intermediatesPem === "" ? certificatePem : intermediatesPem + rootPem;
  writeFolder(folder, [
    { name: CA_FILES.key, text: writeKey(authority, passphrase), isSecret: true },
    { name: CA_FILES.certificate, text: way, isSecret: false },
    { name: CA_FILES.record, text: "", isSecret: true },
    { name: CA_FILES.ignored, text: IGNORE_ALL, isSecret: false },
  ]);
  return new CertificateAuthority(folder, authority);
}

/**
 * Opens a CA folder; a sealed one with its passphrase. Throws IdentityError when a file is missing, exposed or broken,
 * when key and certificate do not fit, or ERR_IDENTITY_CA_SEALED, _PASSPHRASE_WRONG, _SEAL_BROKEN.
 */
export function openCa(folder: string, passphrase?: string): CertificateAuthority {
  const keyPath = join(folder, CA_FILES.key);
  const certificatePath = join(folder, CA_FILES.certificate);
  const keyText = readKeyFile(keyPath);
  const certificatePem = readTextFile(certificatePath).text;
  const key = inFile(keyPath, () => readPrivateKey(openKey(keyText, passphrase)));
  const authority = inFile(certificatePath, () => readAuthority(certificatePem, key));
  return new CertificateAuthority(folder, authority);
}

/** Says whether opening the CA takes a passphrase. Throws ERR_IDENTITY_FILE_MISSING, _FILE_UNREADABLE or _KEY_EXPOSED. */
export function isCaSealed(folder: string): boolean {
  return isSealed(readKeyFile(join(folder, CA_FILES.key)), "CA KEY");
}

/** Seals the key of a CA that was opened, in place of what was there. Throws ERR_IDENTITY_PASSPHRASE, _WRITE_FAILED. */
export function sealCa({ folder, authority }: CertificateAuthority, passphrase: string): void {
  const text = writeKey(authority, passphrase);
  withFolderLock(folder, () => replaceFile(join(folder, CA_FILES.key), text, 0o600));
}

/** Replaces the list in a file, whole or not at all, also after a crash. Throws ERR_IDENTITY_WRITE_FAILED. */
export function writeRevocationList(path: string, { pem }: Pick<MadeList, "pem">): void {
  replaceFile(path, pem, 0o644);
}

/** The state of a CA folder, which can be told without the CA's key. */
export interface CaStatus {
  readonly cluster: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the CA's certificate in DER, lower-case hex. */
  readonly fingerprint: string;
  /** SHA-256 of its root in DER, which is another certificate for an intermediate CA. */
  readonly rootFingerprint: string;
  /** A `missing` key may be kept elsewhere. */
  readonly key: "plain" | "sealed" | "missing";
  readonly record: AuthorityRecord;
  /** True: `crl.pem` is the newest list that was made. False also when there is none. */
  readonly isListThere: boolean;
}

/** Looks at a CA folder. Throws IdentityError when its certificate or its record is missing, unreadable or broken. */
export function readCaStatus(folder: string): CaStatus {
  const path = join(folder, CA_FILES.certificate);
  const text = readTextFile(path).text;
  const way = inFile(path, () => readCertificatePem(text));
  const { fingerprint, notBefore, notAfter, uris } = inFile(path, () => certificateFacts(way[0]!));
  const rootFingerprint = fingerprintOf(way.at(-1)!);
  const cluster = inFile(path, () => clusterOf(uris));
  const record = readCaRecord(folder);
  const key = !existsSync(join(folder, CA_FILES.key)) ? "missing" : isCaSealed(folder) ? "sealed" : "plain";
  const newest = record.lists.at(-1);
  const isListThere =
    newest !== undefined && newest.fingerprint === fingerprintOfList(join(folder, CA_FILES.revocationList));
  return { cluster, notBefore, notAfter, fingerprint, rootFingerprint, key, record, isListThere };
}

/** Undefined when there is no list, or it cannot be read. */
function fingerprintOfList(path: string): string | undefined {
  try {
    return fingerprintOf(readPem(readTextFile(path, LIST_FILE_SIZE_MAX).text, ["X509 CRL", "CERTIFICATE"])[0]!.der);
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}

function openKey(text: string, passphrase: string | undefined): string {
  if (!isSealed(text, "CA KEY")) return text;
  if (passphrase !== undefined) return openSealed(text, passphrase, "CA KEY").toString("utf8");
  throw new IdentityError("ERR_IDENTITY_CA_SEALED", "the CA's key is sealed with a passphrase");
}

function writeKey({ privateKeyPem }: Authority, passphrase: string | undefined): string {
  return passphrase === undefined ? privateKeyPem : seal(Buffer.from(privateKeyPem), passphrase, "CA KEY");
}

/** The record of a CA folder. Throws ERR_IDENTITY_RECORD_BROKEN or _FILE_UNREADABLE. */
export function readCaRecord(folder: string): AuthorityRecord {
  return recordFileOf(folder).read();
}

function recordFileOf(folder: string): RecordFile {
  return new RecordFile(join(folder, CA_FILES.record), join(folder, CA_FILES.olderRecord));
}

/** Returns revocations for the certificates that a list names and the record does not. Their reasons are lost. */
function takenOver(
  record: AuthorityRecord,
  revoked: readonly RecordedRevocation[],
  found: FoundList | undefined,
  at: Date,
): RecordedRevocation[] {
  const known = new Set(revoked.map(({ serial }) => serial));
  const serials = (found?.serials ?? []).filter((serial) => !known.has(serial) && !record.revocations.has(serial));
  return serials.map((serial) => ({ at, serial, reason: "unspecified" }));
}

function issuedEntry(certificate: IssuedCertificate, at: Date): RecordEntry & { readonly kind: "issued" } {
  const { serial, notBefore, notAfter, fingerprint, keyHash } = certificate;
  const principal = formatPrincipal(certificate.principal);
  return { kind: "issued", at, principal, serial, notBefore, notAfter, fingerprint, keyHash };
}

function listEntry({ at, number, nextUpdate, days, entries, fingerprint }: MadeList): RecordEntry {
  return { kind: "list", at, number, nextUpdate, days, entries, fingerprint };
}
