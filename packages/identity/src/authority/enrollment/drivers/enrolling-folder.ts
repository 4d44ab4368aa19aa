/** A new node's identity folder while an issuer gives it its first certificate: `request/` is there until the answer is in place. */
import { fingerprintOf } from "../../../certificates/certificate.ts";
import { readTrustBundle } from "../../../certificates/chain.ts";
import { writeCertificatePem } from "../../../certificates/pem.ts";
import { checkCredentials, type Credentials } from "../../../credentials.ts";
import { asOwnerOf } from "../../../drivers/folder-owner.ts";
import { readTextFile } from "../../../drivers/files.ts";
import { identityFiles } from "../../../drivers/identity-folder.ts";
import { makeFolder, replaceFiles } from "../../../drivers/replace-files.ts";
import { isSamePrincipal, type Principal } from "../../../principal.ts";
import { listNumbersFile } from "../../../revocation/drivers/list-numbers-file.ts";
import { anyListOf, anyListOfChain, mergeListNumbers } from "../../../revocation/list-numbers.ts";
import { readPending, removeAnswered, requestIdentity, requireAnswered } from "./request-folder.ts";

/**
 * The request for a principal's first certificate, in PEM. One that is there already, of a run whose answer was lost, is used again, as
 * the issuer answers its key once more. Throws as `requestIdentity` does.
 */
export function openRequest(folder: string, principal: Principal): string {
  makeFolder(folder);
  return asOwnerOf(folder, (owned) => {
    const pending = readPending(owned);
    const isSame = pending !== undefined && isSamePrincipal(pending.principal, principal);
    const file = isSame ? pending.file : requestIdentity(owned, principal).file;
    return readTextFile(file).text;
  });
}

/** The root with a fingerprint among some, in PEM; undefined: it is not there. Throws for what is no list of roots. */
export function findRoot(rootsPem: string, fingerprint: string): string | undefined {
  const root = readTrustBundle(rootsPem).find(({ der }) => fingerprintOf(der) === fingerprint);
  return root && writeCertificatePem(root.der);
}

/**
 * Checks the chain that answers the request in a folder, and makes it the folder's identity, whole or not at all. Throws
 * ERR_IDENTITY_BUNDLE_KEY, _WRONG_NAME or _WRITE_FAILED, or as `checkCredentials` does.
 */
export function installFirst(folder: string, chain: string, rootPem: string, at: Date): Credentials {
  return asOwnerOf(folder, (owned) => {
    const { principal, keyPem } = requireAnswered(owned, chain);
    const { cluster, kind, name } = principal;
    const files = { key: keyPem, chain, trust: rootPem };
    const credentials = checkCredentials(files, { cluster, kinds: [kind], name }, at);
    // The node has met none of these CAs yet: it takes any list.
    const numbers = listNumbersFile(mergeListNumbers(anyListOf(readTrustBundle(rootPem)), anyListOfChain(chain)));
    replaceFiles(owned, { files: [...identityFiles(credentials), numbers], removed: [], afterwards: removeAnswered });
    return credentials;
  });
}
