/** The revocation lists of a CA: which certificates the next list has to name, and the list itself. */
import { fingerprintOf, hasKeyUsage, readCertificate } from "../../certificates/certificate.ts";
import { KeyUsageFlag } from "../../certificates/extensions.ts";
import { keyFingerprintOf } from "../../certificates/certificate-id.ts";
import { readCertificatePem, writePem } from "../../certificates/pem.ts";
import { readPrivateKey } from "../../private-key.ts";
import { IdentityError } from "../../errors.ts";
import { BACKDATING_MS, DAY_MS, LIST_DAYS, LISTED_AFTER_END_MS } from "../../limits.ts";
import { readListFile, taskOf, toVerifiedList } from "../../revocation/list-file.ts";
import type { VerifiedList } from "../../revocation/list-issuer.ts";
import { listTrustOf, type Trusting } from "../../revocation/list-trust.ts";
import { type Authority, checkAuthorityValid, checkDays } from "./authority.ts";
import { keyIdOf } from "./certificate-writer.ts";
import type { AuthorityRecord, RecordedList, RecordedRevocation } from "./record.ts";
import { writeRevocationList } from "./revocation-list-writer.ts";

/** A revocation list that was just made. */
export interface MadeList extends RecordedList {
  readonly thisUpdate: Date;
  readonly pem: string;
}

/** A list in a CA's folder that its record does not know. */
export interface FoundList {
  readonly number: number;
  readonly serials: readonly string[];
}

/**
 * Looks at the CA's list in its folder. A list that the CA signed and its record does not know shows that the record came from an
 * older copy of the folder, or that another program made the list with the same key. Returns undefined when the record knows the
 * list, or the file holds none of the CA's. Throws ERR_IDENTITY_LIST_BROKEN when the list's number leaves no higher one.
 */
export function findUnrecordedList(
  authority: Authority,
  record: AuthorityRecord,
  listPem: string,
  at: Date,
): FoundList | undefined {
  const list = readOwnList(authority, listPem, at);
  if (list === undefined) return undefined;
  const fingerprint = fingerprintOf(list.der);
  if (record.lists.some((known) => known.fingerprint === fingerprint)) return undefined;
  const number = Number(list.number);
  if (Number.isSafeInteger(number + 1)) return { number, serials: [...list.serials] };
  throw new IdentityError("ERR_IDENTITY_LIST_BROKEN", `number ${list.number} of crl.pem is too large to count on from`);
}

/**
 * Finds the CA's newest list in a file, which may hold lists of other CAs, too, when it came from a node. Returns undefined when
 * the file is damaged, or has no list of the CA. A list that begins later counts, too: its certificates were revoked.
 */
function readOwnList(authority: Authority, listPem: string, at: Date): VerifiedList | undefined {
  const own = readCertificate(readCertificatePem(authority.certificatePem)[0]!);
  const trust = listTrustOf(authority.cluster, [trustingOf(authority)]);
  const { lists } = readListFile(taskOf(Buffer.from(listPem), trust, at, true));
  const issuer = keyFingerprintOf(own);
  const found = lists.filter((list) => list.issuer === issuer).toSorted((a, b) => (a.number < b.number ? -1 : 1));
  return found.length === 0 ? undefined : toVerifiedList(found.at(-1)!);
}

/** The trust by which the lists of a CA itself are judged. */
function trustingOf({ certificatePem, intermediatesPem, rootPem }: Authority): Trusting {
  // The first certificate of a chain is a leaf, which no list is judged by.
  return { trustBundlePem: rootPem, certificateChainPem: certificatePem + intermediatesPem };
}

/**
 * Makes the next list from all recorded revocations and those of `added`, which are about to be recorded. Its number is
 * larger than those of all recorded lists, and than `after`. It is valid from a little before `at`, as certificates
 * are; without `days` for as long as the list before. Throws ERR_IDENTITY_DAYS, _EXPIRED when the CA is not valid any
 * more, or _KEY_USAGE when it may not sign lists.
 */
export function makeNextList(
  authority: Authority,
  record: AuthorityRecord,
  added: readonly RecordedRevocation[],
  options: { readonly days?: number; readonly after: number },
  at: Date,
): MadeList {
  const { days = record.lists.at(-1)?.days ?? LIST_DAYS, after } = options;
  checkDays(days);
  checkAuthorityValid(authority, at);
  const own = readCertificate(readCertificatePem(authority.certificatePem)[0]!);
  if (!hasKeyUsage(own, KeyUsageFlag.cRLSign)) {
    throw new IdentityError("ERR_IDENTITY_KEY_USAGE", "the key usage of the CA's certificate lacks cRLSign");
  }
  const number = record.lists.reduce((highest, list) => Math.max(highest, list.number), after) + 1;
  // Lists tell whole seconds (RFC 5280, 5.1.2.4).
  const second = Math.floor(at.getTime() / 1000) * 1000;
  const thisUpdate = new Date(second - BACKDATING_MS);
  const nextUpdate = new Date(second + days * DAY_MS);
  const revocations = [...revocationsToList(record, at), ...added];
  const der = writeRevocationList({
    signingKey: readPrivateKey(authority.privateKeyPem),
    issuer: own.subject,
    issuerKeyId: own.subjectKeyId ?? keyIdOf(own.publicKeyInfo),
    number,
    thisUpdate,
    nextUpdate,
    revocations,
  });
  // Nodes need the certificate of an intermediate CA to judge its list, and not all of them have it in a chain.
  const pem = writePem("X509 CRL", der) + authority.intermediatesPem;
  const entries = revocations.length;
  return { at, number, thisUpdate, nextUpdate, days, entries, fingerprint: fingerprintOf(der), pem };
}

/**
 * Returns the revocations that a list made now has to name. A certificate stays on the lists until a list that was made
 * a week after the certificate's end has named it: until then some node's clock may be behind, and RFC 5280, 3.3 asks
 * for one list after the end. A wrong clock at the last list drops nothing, as the present clock has to agree.
 */
function revocationsToList(record: AuthorityRecord, at: Date): RecordedRevocation[] {
  const last = record.lists.at(-1);
  if (last === undefined) return [...record.revocations.values()];
  const listed = Math.min(last.at.getTime(), at.getTime()) - LISTED_AFTER_END_MS;
  return [...record.revocations.values()].filter(({ serial }) => {
    const certificate = record.certificates.get(serial);
    return certificate === undefined || certificate.notAfter.getTime() >= listed;
  });
}
