/** The identity of a process that goes on while its folder changes. */
import type { Credentials } from "../../credentials.ts";
import { IdentityError } from "../../errors.ts";
import type { PrincipalExpectation } from "../../principal.ts";
import type { WatchedCertificate } from "../../expiry/expiry-watch.ts";
import {
  certificateStatuses,
  type CertificateView,
  type IdentityStatus,
  watchedCertificates,
  worstState,
} from "../../expiry/identity-status.ts";
import { formatShortPrincipal } from "../../principal.ts";
import { loadCredentials } from "../../drivers/identity-folder.ts";

/** The outcome of a reload, in the form of a log line. */
export interface IdentityReload {
  readonly code: "IDENTITY_RELOADED" | "IDENTITY_UNCHANGED" | "IDENTITY_REFUSED";
  readonly folder: string;
  readonly principal: string;
  /** When the certificate in use ends, and the one that was in use before the reload. */
  readonly notAfter: string;
  readonly notAfterBefore: string;
  /** The fingerprint of the leaf in use, and of the one before the reload. */
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

  /** The credentials in use: the same object as long as their content is the same. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  /** Its certificates in the form in which `ExpiryWatch` takes them. */
  get watched(): readonly WatchedCertificate[] {
    return watchedCertificates(this.#credentials, this.folder);
  }

  /** Returns what `status` shows of it and of each of its certificates. */
  statusAt(view: CertificateView): IdentityStatus {
    const { principal, notAfter } = this.#credentials;
    const certificates = certificateStatuses(this.#credentials, this.folder, view);
    return {
      file: this.folder,
      principal: formatShortPrincipal(principal),
      notAfter: notAfter.toISOString(),
      state: worstState(certificates),
      certificates,
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
      if (isSame(found, before)) {
        found.privateKeyPem.fill(0);
        return this.#outcome("IDENTITY_UNCHANGED", before);
      }
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
    Buffer.compare(a.privateKeyPem, b.privateKeyPem) === 0 &&
    a.trustBundlePem === b.trustBundlePem
  );
}
