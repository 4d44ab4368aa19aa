/** The operator's confirmation of the revocation lists in an identity folder. */
import { inFile } from "../../credentials.ts";
import { readTextFile } from "../../drivers/files.ts";
import { asOwnerOf } from "../../drivers/folder-owner.ts";
import { currentFile } from "../../drivers/identity-files.ts";
import { loadCredentials } from "../../drivers/identity-folder.ts";
import { LIST_FILE_SIZE_MAX } from "../../limits.ts";
import { checkRevocationLists } from "../list-file.ts";
import { checkFirstList, mergeListNumbers, numbersOf } from "../list-numbers.ts";
import type { RevocationList } from "../revocations.ts";
import { REVOCATION_FILE } from "./crl-file.ts";
import { noteListNumbers, readListNumbers } from "./list-numbers-file.ts";

/**
 * Reads the lists of a folder's `crl.pem`, verified by its own trust bundle, for the operator to compare. Throws
 * ERR_IDENTITY_LIST_OLDER when the folder knows a newer one, as `loadCredentials` does, or for a broken file.
 */
export function readListsToConfirm(folder: string, at: Date = new Date()): readonly RevocationList[] {
  const credentials = loadCredentials(folder, {}, at);
  const file = currentFile(folder, REVOCATION_FILE);
  const known = readListNumbers(folder);
  return inFile(file, () => {
    const lists = checkRevocationLists(readTextFile(file, LIST_FILE_SIZE_MAX).text, credentials, at);
    for (const list of lists) checkFirstList(list, mergeListNumbers(known, new Map([[list.issuer, 0n]])));
    return lists;
  });
}

/**
 * Notes in the folder that these are the newest lists of their CAs: a process that has lost its state folder accepts
 * these lists, and no older ones. Throws ERR_IDENTITY_FOLDER_OWNER or _WRITE_FAILED, or for a broken file of numbers.
 */
export function confirmLists(folder: string, lists: readonly RevocationList[]): void {
  asOwnerOf(folder, (owned) => noteListNumbers(owned, numbersOf(lists)));
}
