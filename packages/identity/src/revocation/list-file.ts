/** A file of revocation lists: PEM blocks of lists, and of the CA certificates that lists of intermediate CAs need. */
import { readCertificate } from "../certificates/certificate.ts";
import { readPem, writeCertificatePem, writePem } from "../certificates/pem.ts";
import type { Credentials } from "../credentials.ts";
import { IdentityError, type IdentityErrorCode } from "../errors.ts";
import { LISTS_MAX } from "../limits.ts";
import { verifyRevocationList, type VerifiedList } from "./list-issuer.ts";
import { type ListTrust, listTrustOf, type Trusting } from "./list-trust.ts";
import { brokenList, readRevocationList } from "./revocation-list.ts";
import type { RevocationList } from "./revocations.ts";
import { SerialSet } from "./serial-set.ts";

/** A file to read and the trust to judge it by, in plain values that can be sent to a thread. */
export interface ListFileTask {
  readonly text: Uint8Array;
  readonly cluster: string;
  /** Certificates in DER. */
  readonly roots: readonly Uint8Array[];
  readonly intermediates: readonly Uint8Array[];
  readonly at: Date;
  /** True: the list was in force before, and counts as begun, whatever the clock says now. */
  readonly isKept: boolean;
}

/** A list that was verified, in plain values. */
export interface FoundList extends Omit<VerifiedList, "serials"> {
  /** The numbers, as `SerialSet` has them in one buffer. */
  readonly serialOctets: Uint8Array;
  readonly entries: number;
  /** A file with this list alone, and all that is needed to verify it except the root. */
  readonly text: Uint8Array<ArrayBuffer>;
}

/** The refusal of a list, or of the whole file. */
export interface RefusedList {
  readonly code: IdentityErrorCode;
  readonly message: string;
  /** When the list begins, if it is refused only because it is early. */
  readonly retryAt: Date | undefined;
}

export interface ListFileResult {
  readonly lists: readonly FoundList[];
  readonly refused: readonly RefusedList[];
}

/** Reads a file and verifies each of its lists separately. Returns the problems of the file, and does not throw them. */
export function readListFile(task: ListFileTask): ListFileResult {
  const lists: FoundList[] = [];
  const refused: RefusedList[] = [];
  try {
    const { ders, trust } = readBlocks(task);
    for (const der of ders) {
      const outcome = readList(der, trust, task);
      if ("code" in outcome) refused.push(outcome);
      else lists.push(outcome);
    }
  } catch (error) {
    refused.push(refusalOf(error));
  }
  return { lists, refused };
}

/** Makes a list in which serial numbers can be looked up. */
export function toVerifiedList({ serialOctets, entries, text: _text, ...list }: FoundList): VerifiedList {
  return { ...list, serials: new SerialSet(serialOctets, entries) };
}

/** The parts of an identity by which the lists of its cluster are judged. */
type Judging = Trusting & { readonly principal: Pick<Credentials["principal"], "cluster"> };

/**
 * Checks the text of a `crl.pem` as a process does at its start: every list must be in order at `at`, by the roots of
 * the identity beside it or of others of the process. Throws ERR_IDENTITY_PEM_BROKEN, _CERTIFICATE_BROKEN,
 * _CHAIN_LIMIT, _LIST_BROKEN, _LIST_UNTRUSTED or _LIST_NOT_YET_VALID.
 */
export function checkRevocationLists(
  text: string,
  credentials: Judging,
  at: Date,
  others: readonly Judging[] = [],
): readonly RevocationList[] {
  const trust = listTrustOf(credentials.principal.cluster, [credentials, ...others]);
  const { lists, refused } = readListFile(taskOf(Buffer.from(text), trust, at));
  if (refused[0] !== undefined) throw new IdentityError(refused[0].code, refused[0].message);
  return lists.map(toVerifiedList);
}

export function taskOf(text: Uint8Array, trust: ListTrust, at: Date, isKept = false): ListFileTask {
  const roots = trust.roots.map(({ der }) => der);
  const intermediates = trust.intermediates.map(({ der }) => der);
  return { text, cluster: trust.cluster, roots, intermediates, at, isKept };
}

function readBlocks(task: ListFileTask): { readonly ders: readonly Uint8Array[]; readonly trust: ListTrust } {
  const blocks = readPem(Buffer.from(task.text).toString("latin1"), ["X509 CRL", "CERTIFICATE"]);
  if (blocks.length > LISTS_MAX) {
    const message = `${blocks.length} lists and certificates in one file are more than ${LISTS_MAX}`;
    throw new IdentityError("ERR_IDENTITY_CHAIN_LIMIT", message);
  }
  const ders = blocks.filter(({ label }) => label === "X509 CRL").map(({ der }) => der);
  if (ders.length === 0) throw new IdentityError("ERR_IDENTITY_PEM_BROKEN", "broken PEM: no X509 CRL in it");
  const beside = blocks.filter(({ label }) => label === "CERTIFICATE").map(({ der }) => der);
  const intermediates = [...task.intermediates, ...beside].map(readCertificate);
  return { ders, trust: { cluster: task.cluster, roots: task.roots.map(readCertificate), intermediates } };
}

function readList(der: Uint8Array, trust: ListTrust, { at, isKept }: ListFileTask): FoundList | RefusedList {
  let begin: Date | undefined;
  try {
    const read = readRevocationList(der);
    begin = read.thisUpdate;
    const { serials, ...list } = verifyRevocationList(read, trust, at, isKept);
    const text = new Uint8Array(Buffer.from(listText(list)));
    return { ...list, serialOctets: serials.octets, entries: serials.size, text };
  } catch (error) {
    return refusalOf(error, begin);
  }
}

/** A list in the form of list files: the CAs between the root and its signer follow the list. */
export function listText({ der, authorities }: Pick<VerifiedList, "der" | "authorities">): string {
  return writePem("X509 CRL", der) + writeCertificatePem(...authorities);
}

/** Any error of the reading is blamed on the file: it must neither let everybody in nor end the process. */
function refusalOf(error: unknown, begin?: Date): RefusedList {
  const { code, message } = error instanceof IdentityError ? error : brokenList(String(error));
  return { code, message, retryAt: code === "ERR_IDENTITY_LIST_NOT_YET_VALID" ? begin : undefined };
}
