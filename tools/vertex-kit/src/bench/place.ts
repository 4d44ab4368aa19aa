import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Credentials, IDENTITY_FILES } from "@florenetes/identity";
import { type CertificateAuthority, createCa } from "@florenetes/identity/authority";

const SECOND_MS = 1_000;
const DAY_MS = 86_400 * SECOND_MS;
/** Age of a bench's CA: it can have issued certificates that have ended. */
const CA_AGE_MS = 400 * DAY_MS;
export const CLUSTER = "kit";

/** A temporary folder with all that the vertices of a bench need. Disposing of it removes all of it. */
export class Place implements Disposable {
  readonly folder: string;
  readonly cluster: string;
  readonly ca: CertificateAuthority;
  #folders = 0;

  constructor(cluster: string = CLUSTER) {
    this.cluster = cluster;
    this.folder = mkdtempSync(join(tmpdir(), "vertex-kit-"));
    this.ca = createCa(join(this.folder, "ca"), { cluster }, new Date(Date.now() - CA_AGE_MS));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Another CA, for a cluster of that name. */
  otherCa(cluster: string = this.cluster): CertificateAuthority {
    return createCa(this.newFolder("ca"), { cluster });
  }

  emptyFolder(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o750 });
  }

  newFolder(name: string): string {
    return join(this.folder, `${name}-${++this.#folders}`);
  }
}

/** Replaces the identity in a folder, one file after the other. */
export function giveIdentity(folder: string, identity: Credentials): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  putFile(join(folder, IDENTITY_FILES.key), identity.privateKeyPem, true);
  putFile(join(folder, IDENTITY_FILES.chain), identity.certificateChainPem);
  putFile(join(folder, IDENTITY_FILES.trust), identity.trustBundlePem);
}

/** Writes a file beside its place, and moves it there. */
export function putFile(path: string, text: string | Uint8Array, isSecret = false): void {
  writeFileSync(`${path}.new`, text, { mode: isSecret ? 0o600 : 0o644 });
  renameSync(`${path}.new`, path);
}
