import type { Credentials } from "../credentials.ts";
import { formatShortPrincipal } from "../principal.ts";
import type { Revocations } from "../revocation/revocations.ts";

/** Fields and text of a log line: a certificate that this process shows to others is revoked. */
export interface OwnRevocation {
  readonly code: "OWN_CERTIFICATE_REVOKED";
  /** The principal, written as `<kind>/<name>`. */
  readonly principal: string;
  readonly serial: string;
  /** The folder of the identity. */
  readonly folder: string;
  readonly text: string;
}

export interface OwnRevocationsOptions {
  /** Returns the identities in use at the moment. */
  readonly identities: () => readonly { readonly folder: string; readonly credentials: Credentials }[];
  readonly revocations: Pick<Revocations, "findRevoked">;
  readonly onRevoked: (revocation: OwnRevocation) => void;
}

/** Tells, once each, which certificates of our own are revoked. It ends nothing: whoever uses the identity does. */
export class OwnRevocations {
  readonly #options: OwnRevocationsOptions;
  /** The serial number that was told of last, by folder. */
  readonly #told = new Map<string, string>();

  constructor(options: OwnRevocationsOptions) {
    this.#options = options;
  }

  /** Looks at all identities, after they or the lists have changed. */
  look(): void {
    const { identities, revocations, onRevoked } = this.#options;
    for (const { folder, credentials } of identities()) {
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

  /** The next look tells once more which are revoked still: the operator has reloaded in vain. */
  forget(): void {
    this.#told.clear();
  }
}
