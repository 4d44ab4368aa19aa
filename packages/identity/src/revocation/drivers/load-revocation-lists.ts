import { existsSync } from "node:fs";
import { type Credentials, inFile } from "../../credentials.ts";
import { readTextFile } from "../../drivers/files.ts";
import { currentFile } from "../../drivers/identity-files.ts";
import { LIST_FILE_SIZE_MAX } from "../../limits.ts";
import { checkRevocationLists } from "../list-file.ts";
import type { RevocationList } from "../revocations.ts";
import { REVOCATION_FILE } from "./crl-file.ts";

/**
 * Reads the `crl.pem` of an identity folder once, and checks it as `HeldRevocations.open` does: by the roots of the folder's
 * credentials, and by those of the process's other identities of the cluster. Empty when there is none. Throws IdentityError
 * with the file, as `checkRevocationLists` does, or ERR_IDENTITY_FILE_UNREADABLE.
 */
export function loadRevocationLists(
  folder: string,
  credentials: Credentials,
  others: readonly Credentials[] = [],
): readonly RevocationList[] {
  const file = currentFile(folder, REVOCATION_FILE);
  if (!existsSync(file)) return [];
  const { text } = readTextFile(file, LIST_FILE_SIZE_MAX);
  return inFile(file, () => checkRevocationLists(text, credentials, new Date(), others));
}
