/** The identity of a process that goes on while its folder changes. */
import type { Credentials } from "../credentials.ts";
import { IdentityError } from "../errors.ts";
import type { PrincipalExpectation } from "../peer.ts";
import { formatShortPrincipal } from "../principal.ts";
import { loadCredentials } from "./identity-folder.ts";

/** What `status` shows of an identity. Times are ISO 8601. */
export interface IdentityStatus {
  /** The folder. */
  readonly file: string;
  /** As `<kind>/<name>`. */
  readonly principal: string;
  /** When the certificate in use ends. */
  readonly notAfter: string;
  /** Why the last reload was refused; null when it was not. */
  readonly refused: { readonly code: string; readonly text: string; readonly at: string } | null;
}

/** What became of a reload, in the form of a log line. */
export interface IdentityReload {
  readonly code: "IDENTITY_RELOADED" | "IDENTITY_UNCHANGED" | "IDENTITY_REFUSED";
  readonly folder: string;
  readonly principal: string;
  /** When the certificate in use ends, and the one that was in use before the reload. */
  readonly notAfter: string;
  readonly notAfterBefore: string;
  /** Of what is in use, and of what was. */
  readonly fingerprint: string;
  readonly fingerprintBefore: string;
  /** The code of the IdentityError, the file, and what is wrong; empty when nothing is. */
  readonly reason: string;
  readonly file: string;
  readonly text: string;
}

/**
 * An identity folder and what is in use of it. `reload` takes the folder's new content when all of it is in order and for
 * the same principal, else nothing of it.
 */
export class HeldIdentity {
  readonly folder: string;
  #credentials: Credentials;
  #refused: IdentityStatus["refused"] = null;

  /** @throws IdentityError as `loadCredentials` does */
  constructor(folder: string, expected: PrincipalExpectation, at: Date = new Date()) {
    this.folder = folder;
    this.#credentials = loadCredentials(folder, expected, at);
  }

  /** The same object as long as the content is the same. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  get status(): IdentityStatus {
    const { principal, notAfter } = this.#credentials;
    return {
      file: this.folder,
      principal: formatShortPrincipal(principal),
      notAfter: notAfter.toISOString(),
      refused: this.#refused,
    };
  }

  /** Reads the folder again. */
  reload(at: Date = new Date()): IdentityReload {
    const before = this.#credentials;
    try {
      const { cluster, kind, name } = before.principal;
      const found = loadCredentials(this.folder, { cluster, kinds: [kind], name }, at);
      this.#refused = null;
      if (isSame(found, before)) return this.#outcome("IDENTITY_UNCHANGED", before);
      this.#credentials = found;
      return this.#outcome("IDENTITY_RELOADED", before);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.#refused = { code: error.code, text: error.message, at: at.toISOString() };
      return { ...this.#outcome("IDENTITY_REFUSED", before), ...detailsOf(error) };
    }
  }

  #outcome(code: IdentityReload["code"], before: Credentials): IdentityReload {
    const { principal, notAfter, fingerprint } = this.#credentials;
    return {
      code,
      folder: this.folder,
      principal: formatShortPrincipal(principal),
      notAfter: notAfter.toISOString(),
      notAfterBefore: before.notAfter.toISOString(),
      fingerprint,
      fingerprintBefore: before.fingerprint,
      reason: "",
      file: "",
      text: "",
    };
  }
}

function detailsOf(error: IdentityError): Pick<IdentityReload, "reason" | "file" | "text"> {
  return { reason: error.code, file: error.where?.file ?? "", text: error.message };
}

function isSame(a: Credentials, b: Credentials): boolean {
  return (
    a.certificateChainPem === b.certificateChainPem &&
    a.privateKeyPem === b.privateKeyPem &&
    a.trustBundlePem === b.trustBundlePem
  );
}
