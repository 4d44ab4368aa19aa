/**
 * A node's identity folder while an issuer renews it:
 *
 *     request/ is written ──▶ issuer answers ──▶ checked ──▶ in place ──▶ the process uses it ──▶ request/ is removed
 *     └───── the former identity is there, and in use ─────────────┘        └─ refuses it: the former one is put back
 *
 * A run that is cut short leaves `request/`, by which the next one sees where to go on.
 */
import { checkCredentials, type Credentials } from "../../../credentials.ts";
import { readTextFile } from "../../../drivers/files.ts";
import { asOwnerOf } from "../../../drivers/folder-owner.ts";
import { identityFiles, loadCredentials } from "../../../drivers/identity-folder.ts";
import { replaceFiles } from "../../../drivers/replace-files.ts";
import { IdentityError } from "../../../errors.ts";
import { ENDED_SHOWN_MS } from "../../../limits.ts";
import { anyListOfChain, mergeListNumbers } from "../../../revocation/list-numbers.ts";
import { readListFile, taskOf, toVerifiedList } from "../../../revocation/list-file.ts";
import { listTrustOf } from "../../../revocation/list-trust.ts";
import { listNumbersFile, readAllListNumbers } from "../../../revocation/drivers/list-numbers-file.ts";
import { addLists, mergeLists } from "../../enrollment/drivers/merge-lists.ts";
import {
  readPending,
  removeAnswered,
  renewIdentity,
  requireAnswered,
} from "../../enrollment/drivers/request-folder.ts";
import { readPrivateKey } from "../../../private-key.ts";
import { writeRequest } from "../../enrollment/request.ts";
import { renewalTimes } from "../renewal-times.ts";

export class RenewingFolder {
  readonly folder: string;
  /** The identity that was in the folder when it was opened. */
  readonly credentials: Credentials;

  /**
   * @param mayHaveEnded The certificate may have ended a while ago, as far as an issuer may be shown it
   * @throws IdentityError as `loadCredentials` does, or _FOLDER_OWNER
   */
  constructor(folder: string, cluster: string, at: Date, mayHaveEnded = false) {
    this.folder = folder;
    const afterEndMs = mayHaveEnded ? ENDED_SHOWN_MS : 0;
    this.credentials = asOwnerOf(folder, (owned) => loadCredentials(owned, { cluster }, at, afterEndMs));
  }

  /** True: the answer to a request is in place, and it is not known whether the process uses it. */
  get isUnsettled(): boolean {
    return asOwnerOf(this.folder, (owned) => {
      const pending = readPending(owned);
      return pending?.keyFingerprint === this.credentials.keyHash;
    });
  }

  /**
   * The request in the folder, or a new one with a new key. One that is there already is of an earlier run, or of an operator.
   * Throws IdentityError _WRITE_FAILED, or for broken files.
   */
  request(): string {
    return asOwnerOf(this.folder, (owned) => {
      const file = readPending(owned)?.file ?? renewIdentity(owned).file;
      return readTextFile(file).text;
    });
  }

  /** The key of the request in the folder is another one than that of the identity, which an issuer may have certified already. */
  get hasOtherKey(): boolean {
    return asOwnerOf(this.folder, (owned) => {
      const pending = readPending(owned);
      return pending !== undefined && pending.keyFingerprint !== this.credentials.keyHash;
    });
  }

  /** A request with the key of the identity. The folder keeps the one that it has, which an operator may wait for. */
  sameKeyRequest(): string {
    const { principal, privateKeyPem } = this.credentials;
    return writeRequest(principal, readPrivateKey(privateKeyPem));
  }

  /** An answer to `sameKeyRequest` is there: it takes the place of any other request. Throws as `request` does. */
  expectSameKey(): void {
    asOwnerOf(this.folder, (owned) => {
      if (readPending(owned)?.keyFingerprint === this.credentials.keyHash) return;
      renewIdentity(owned, { isKeepingKey: true, isReplacing: true });
    });
  }

  /**
   * Checks the chain that answers the request: by the key of the request, by the roots that the folder trusts, by its lists, and by
   * this machine's clock. Throws IdentityError: ERR_IDENTITY_BUNDLE_KEY, _WRONG_NAME, _REVOKED, _RENEWED_SHORT, or as `checkCredentials` does.
   */
  check(chain: string, at: Date): Credentials {
    return asOwnerOf(this.folder, (owned) => {
      const { keyPem: key } = requireAnswered(owned, chain);
      const { principal, trustBundlePem: trust } = this.credentials;
      const { cluster, kind, name } = principal;
      const next = checkCredentials({ key, chain, trust }, { cluster, kinds: [kind], name }, at);
      if (renewalTimes(next).dueAt <= at) {
        const message = `it ends at ${next.validUntil.toISOString()}, and here it is ${at.toISOString()}: it would have to be renewed at once`;
        throw new IdentityError("ERR_IDENTITY_RENEWED_SHORT", message);
      }
      mergeLists(owned, next, [], at);
      return next;
    });
  }

  /** Puts an identity into the place of the one that is there, whole or not at all. The request stays. Throws IdentityError _WRITE_FAILED. */
  install(credentials: Credentials): void {
    asOwnerOf(this.folder, (owned) => {
      const added = anyListOfChain(credentials.certificateChainPem, this.credentials.certificateChainPem);
      const { known, problems } = readAllListNumbers([owned]);
      // Numbers that cannot be read are told by the process that needs them: the identity does not wait for them.
      const numbers = added.size === 0 || problems.length > 0 ? [] : [listNumbersFile(mergeListNumbers(known, added))];
      replaceFiles(owned, {
        files: [...identityFiles(credentials), ...numbers],
        removed: [],
        afterwards: () => undefined,
      });
    });
  }

  /**
   * Takes revocation lists that somebody has brought, each by the trust of this folder and only if it is newer than the one that is
   * there: the process has it in force within a second. Returns whether there was such a list. Throws the first refusal of a list
   * where none is in order, or ERR_IDENTITY_WRITE_FAILED.
   */
  takeLists(pem: string, at: Date): boolean {
    return asOwnerOf(this.folder, (owned) => {
      const trust = listTrustOf(this.credentials.principal.cluster, [this.credentials]);
      const { lists, refused } = readListFile(taskOf(Buffer.from(pem), trust, at));
      const [first] = refused;
      if (lists.length === 0 && first !== undefined) throw new IdentityError(first.code, first.message);
      const file = addLists(owned, this.credentials, lists.map(toVerifiedList), at);
      if (file === undefined) return false;
      replaceFiles(owned, { files: [file], removed: [], afterwards: () => undefined });
      return true;
    });
  }

  /** Removes the request: what answered it is in use. */
  settle(): void {
    asOwnerOf(this.folder, (owned) => removeAnswered(owned));
  }
}
