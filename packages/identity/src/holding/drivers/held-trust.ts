/** Roots and revocation lists without an identity: whoever has no certificate of the kind that it judges holds them. */
import { readTrustBundle } from "../../certificates/chain.ts";
import { describeCertificate } from "../../certificates/description.ts";
import { writeCertificatePem } from "../../certificates/pem.ts";
import { IDENTITY_FILES, inFile } from "../../credentials.ts";
import { readTextFile, requireGuardedFolder } from "../../drivers/files.ts";
import { currentFile } from "../../drivers/identity-files.ts";
import { IdentityError } from "../../errors.ts";
import { formatClusterUri } from "../../principal.ts";

/** The outcome of a reload, in the form of a log line. */
export interface TrustReload {
  readonly code: "TRUST_RELOADED" | "TRUST_UNCHANGED" | "TRUST_REFUSED";
  readonly folder: string;
  /** The code of the IdentityError, and what is wrong; empty when nothing is. */
  readonly reason: string;
  readonly text: string;
}

/** `status` shows this. */
export interface TrustStatus {
  readonly folder: string;
  /** How many roots are trusted. */
  readonly roots: number;
  /** Why the folder's content is not what is in use. */
  readonly refused: { readonly code: string; readonly text: string } | null;
}

/** A folder with `trust.pem`, and `crl.pem` if there are lists. `reload` takes what is in it when it is in order, else nothing of it. */
export class HeldTrust {
  readonly folder: string;
  readonly #cluster: string;
  #trustBundlePem: string;
  #refused: TrustStatus["refused"] = null;

  /** @throws IdentityError as `readTrustFolder` does */
  constructor(folder: string, cluster: string) {
    this.folder = folder;
    this.#cluster = cluster;
    this.#trustBundlePem = readTrustFolder(folder, cluster);
  }

  /** The part of credentials that it has: the roots in use. */
  get credentials(): { readonly trustBundlePem: string } {
    return { trustBundlePem: this.#trustBundlePem };
  }

  /** Reads the folder again. */
  reload(): TrustReload {
    const before = this.#trustBundlePem;
    try {
      this.#trustBundlePem = readTrustFolder(this.folder, this.#cluster);
      this.#refused = null;
      const code = this.#trustBundlePem === before ? "TRUST_UNCHANGED" : "TRUST_RELOADED";
      return { code, folder: this.folder, reason: "", text: "" };
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.#refused = { code: error.code, text: error.message };
      return { code: "TRUST_REFUSED", folder: this.folder, reason: error.code, text: error.message };
    }
  }

  status(): TrustStatus {
    return { folder: this.folder, roots: readTrustBundle(this.#trustBundlePem).length, refused: this.#refused };
  }
}

/**
 * Reads the roots of a folder that need not be an identity's, in one plain form.
 *
 * @param cluster They must not be those of another one; undefined: they may be of any.
 * @throws IdentityError ERR_IDENTITY_FILE_MISSING, _FILE_UNREADABLE, _FOLDER_EXPOSED, _PEM_BROKEN, _CERTIFICATE_BROKEN, _CHAIN_LIMIT,
 * _TRUST_NOT_ROOT or _TRUST_CLUSTER
 */
export function readTrustFolder(folder: string, cluster: string | undefined): string {
  const file = currentFile(folder, IDENTITY_FILES.trust);
  const { text } = readTextFile(file);
  requireGuardedFolder(folder);
  const roots = inFile(file, () => readTrustBundle(text));
  const uri = cluster === undefined ? undefined : formatClusterUri(cluster);
  const foreign = uri === undefined ? undefined : roots.find(({ uris }) => uris.some((named) => named !== uri));
  if (foreign !== undefined) {
    const message = `${describeCertificate(foreign)} is not the CA of cluster "${cluster}"`;
    throw new IdentityError("ERR_IDENTITY_TRUST_CLUSTER", message, { where: { file } });
  }
  return writeCertificatePem(...roots.map(({ der }) => der));
}

/** The roots of several bundles, each once. */
export function joinTrustBundles(bundles: readonly string[]): string {
  const roots = bundles.flatMap(readTrustBundle).map(({ der }) => der);
  const unique = new Map(roots.map((der) => [Buffer.from(der).toString("latin1"), der]));
  return writeCertificatePem(...unique.values());
}
