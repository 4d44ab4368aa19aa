import { readTrustBundle } from "../../../certificates/chain.ts";
import { inFile } from "../../../credentials.ts";
import { readTextFile } from "../../../drivers/files.ts";

/**
 * Reads a PEM file of roots that identities are to trust besides their CA's own (`otherRoots` of a request). Throws
 * ERR_IDENTITY_FILE_MISSING, _FILE_UNREADABLE, _PEM_BROKEN, _CERTIFICATE_BROKEN, _CHAIN_LIMIT or _TRUST_NOT_ROOT.
 */
export function readRootsFile(path: string): string {
  const { text } = readTextFile(path);
  inFile(path, () => readTrustBundle(text));
  return text;
}
