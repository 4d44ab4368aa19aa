import type { Credentials } from "../credentials.ts";
import { formatShortPrincipal } from "../principal.ts";
import type { Revocations } from "../revocation/revocations.ts";

/** A certificate that this process shows others is revoked: fields and text of a log line. */
export interface OwnRevocation {
  readonly code: "OWN_CERTIFICATE_REVOKED";
  /** As `<kind>/<name>`. */
  readonly principal: string;
  readonly serial: string;
  /** Of the identity. */
  readonly folder: string;
  readonly text: string;
}

export interface OwnRevocationsOptions {
  readonly identities: readonly { readonly folder: string; readonly credentials: Credentials }[];
  readonly revocations: Pick<Revocations, "findRevoked">;
  readonly onRevoked: (revocation: OwnRevocation) => void;
}

/** Tells, once each, which certificates of our own are revoked. What must end then is for others to know. */
export class OwnRevocations {
  readonly #options: OwnRevocationsOptions;
  /** Serial numbers that were told of, by folder. */
  readonly #told = new Map<string, string>();

  constructor(options: OwnRevocationsOptions) {
    this.#options = options;
  }

  /** Looks at all identities, after they or the lists have changed. */
  look(): void {
    const { identities, revocations, onRevoked } = this.#options;
    for (const { folder, credentials } of identities) {
      const serial = revocations.findRevoked(credentials.certificates)?.serial;
      if (serial === this.#told.get(folder)) continue;
      if (serial === undefined) {
        this.#told.delete(folder);
        continue;
      }
      this.#told.set(folder, serial);
      const principal = formatShortPrincipal(credentials.principal);
      const text = `the certificate of ${principal} is revoked: it is not used until another one is installed and reloaded`;
      onRevoked({ code: "OWN_CERTIFICATE_REVOKED", principal, serial, folder, text });
    }
  }

  /** What is still so is told once more at the next look: to an operator who has reloaded in vain. */
  forget(): void {
    this.#told.clear();
  }
}
