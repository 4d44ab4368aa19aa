/**
 * Merges the revocation lists of a folder and of a bundle: the newest of each issuer stays, so that no issuer's number
 * ever falls.
 */
import { existsSync } from "node:fs";
import type { Credentials } from "../../../credentials.ts";
import { type NewFile, readTextFile } from "../../../drivers/files.ts";
import { currentFile } from "../../../drivers/identity-files.ts";
import { IdentityError } from "../../../errors.ts";
import { LIST_FILE_SIZE_MAX } from "../../../limits.ts";
import { REVOCATION_FILE } from "../../../revocation/drivers/crl-file.ts";
import { listText, readListFile, taskOf, toVerifiedList } from "../../../revocation/list-file.ts";
import type { VerifiedList } from "../../../revocation/list-issuer.ts";
import { listTrustOf } from "../../../revocation/list-trust.ts";

export interface MergedLists {
  readonly files: readonly NewFile[];
  readonly removed: readonly string[];
  readonly lists: readonly VerifiedList[];
}

/**
 * Merges a bundle's lists into the `crl.pem` beside a new identity. Lists of issuers that the new identity does not trust are
 * dropped: with them, no process would start. Throws ERR_IDENTITY_REVOKED when a list in the folder names the new identity.
 */
export function mergeLists(
  folder: string,
  credentials: Credentials,
  brought: readonly VerifiedList[],
  at: Date,
): MergedLists {
  const present = readPresent(folder, credentials, at);
  const lists = newestOf(present ?? [], brought);
  checkNotRevoked(credentials, lists);
  if (lists.length === 0) return { files: [], removed: present === undefined ? [] : [REVOCATION_FILE], lists };
  return { files: [listsFile(lists)], removed: [], lists };
}

/**
 * The file that `crl.pem` beside an identity becomes by lists that somebody has brought; undefined: none of them is newer than those
 * in the folder. Lists may name the identity itself.
 */
export function addLists(
  folder: string,
  credentials: Credentials,
  brought: readonly VerifiedList[],
  at: Date,
): NewFile | undefined {
  const present = readPresent(folder, credentials, at) ?? [];
  const lists = newestOf(present, brought);
  return lists.some((list) => !present.includes(list)) ? listsFile(lists) : undefined;
}

/** The newest list of each issuer. Of two with one number the present one stays. */
function newestOf(present: readonly VerifiedList[], brought: readonly VerifiedList[]): readonly VerifiedList[] {
  const newest = new Map<string, VerifiedList>();
  for (const list of [...present, ...brought]) {
    const known = newest.get(list.issuer);
    if (known === undefined || known.number < list.number) newest.set(list.issuer, list);
  }
  return [...newest.values()];
}

function listsFile(lists: readonly VerifiedList[]): NewFile {
  return { name: REVOCATION_FILE, text: lists.map(listText).join(""), isSecret: false };
}

/** The lists in the folder that the new identity trusts; undefined when there is no file. */
function readPresent(folder: string, credentials: Credentials, at: Date): VerifiedList[] | undefined {
  const file = currentFile(folder, REVOCATION_FILE);
  if (!existsSync(file)) return undefined;
  const { text } = readTextFile(file, LIST_FILE_SIZE_MAX);
  const trust = listTrustOf(credentials.principal.cluster, [credentials]);
  return readListFile(taskOf(Buffer.from(text), trust, at, true)).lists.map(toVerifiedList);
}

function checkNotRevoked({ certificates }: Credentials, lists: readonly VerifiedList[]): void {
  for (const { issuer, serials, number, issuerName } of lists) {
    const revoked = certificates.find((each) => each.issuer === issuer && serials.has(each.serial));
    if (revoked === undefined) continue;
    const message = `the bundle's certificate with serial ${revoked.serial} is revoked by list ${number} of ${issuerName}`;
    throw new IdentityError("ERR_IDENTITY_REVOKED", message);
  }
}
