import type { HeldIdentity, Revocations } from "@florenetes/identity";
import { formatShortPrincipal } from "@florenetes/identity";
import type { Logger } from "@florenetes/process-kit";

export interface OwnRevocationsOptions {
  /** By folder. */
  readonly identities: ReadonlyMap<string, HeldIdentity>;
  readonly revocations: Pick<Revocations, "findRevoked">;
  readonly log: Pick<Logger, "error">;
}

/** Tells when a certificate of our own comes to be revoked. What must end then is the transport's to know. */
export class OwnRevocations {
  readonly #options: OwnRevocationsOptions;
  /** Serial numbers that were told of, by folder. */
  readonly #told = new Map<string, string>();

  constructor(options: OwnRevocationsOptions) {
    this.#options = options;
  }

  /** Looks at all identities, after they or the lists have changed. */
  look(): void {
    const { identities, revocations, log } = this.#options;
    for (const [folder, { credentials }] of identities) {
      const serial = revocations.findRevoked(credentials.certificates)?.serial;
      if (serial === this.#told.get(folder)) continue;
      if (serial === undefined) {
        this.#told.delete(folder);
        continue;
      }
      this.#told.set(folder, serial);
      const principal = formatShortPrincipal(credentials.principal);
      const text = `the certificate of ${principal} is revoked: it is not used until another one is installed and reloaded`;
      log.error({ code: "OWN_CERTIFICATE_REVOKED", principal, serial, folder }, text);
    }
  }

  /** What is still so is told once more at the next look: to an operator who has reloaded in vain. */
  forget(): void {
    this.#told.clear();
  }
}
