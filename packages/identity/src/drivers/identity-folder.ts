/** An identity on disk: a folder with `key.pem`, `chain.pem` and `trust.pem`. */
import { checkCredentials, type Credentials, IDENTITY_FILES } from "../credentials.ts";
import { IdentityError } from "../errors.ts";
import type { PrincipalExpectation } from "../principal.ts";
import { type NewFile, writeFolder } from "./files.ts";
import { readIdentityFiles } from "./identity-files.ts";

/**
 * Reads an identity folder and checks everything that can be checked without a peer: file modes, that key, chain and
 * trust bundle belong together, validity at `at` (default: now), and the expected cluster, kind and name. Every problem
 * is an IdentityError that names the file.
 *
 * @param afterEndMs For how long after its end the certificate is taken all the same, in milliseconds
 */
export function loadCredentials(
  folder: string,
  expected: PrincipalExpectation = {},
  at: Date = new Date(),
  afterEndMs = 0,
): Credentials {
  const files = readIdentityFiles(folder);
  try {
    return checkCredentials(files, expected, at, files.fileOf, afterEndMs);
  } finally {
    files.key.fill(0);
  }
}

/**
 * Writes an identity into a new folder, whole or not at all. Throws ERR_IDENTITY_FOLDER_IN_USE or
 * ERR_IDENTITY_WRITE_FAILED.
 *
 * @param more Files besides.
 */
export function writeIdentity(folder: string, credentials: Credentials, more: readonly NewFile[] = []): void {
  if (folder === "") throw new IdentityError("ERR_IDENTITY_WRITE_FAILED", "no folder is named");
  writeFolder(folder, [...identityFiles(credentials), ...more]);
}

/** The files of an identity. */
export function identityFiles({ privateKeyPem, certificateChainPem, trustBundlePem }: Credentials): NewFile[] {
  return [
    { name: IDENTITY_FILES.key, text: privateKeyPem, isSecret: true },
    { name: IDENTITY_FILES.chain, text: certificateChainPem, isSecret: false },
    { name: IDENTITY_FILES.trust, text: trustBundlePem, isSecret: false },
  ];
}
