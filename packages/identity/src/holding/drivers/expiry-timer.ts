/** Looks at the wall clock again and again, so that nobody is surprised by the end of a certificate. */
import type { ExpiryNotice, WatchedCertificate } from "../../expiry/expiry-watch.ts";
import { ExpiryWatch } from "../../expiry/expiry-watch.ts";
import type { HeldIdentity } from "./held-identity.ts";

export interface ExpiryTimerOptions {
  /** Returns the identities in use at the moment. */
  readonly identities: () => readonly Pick<HeldIdentity, "watched">[];
  /** How long before the end of a certificate warnings begin, in milliseconds. */
  readonly warningMs: number;
  readonly wallClock: () => Date;
  readonly onNotice: (notice: ExpiryNotice) => void;
}

/** Owns one timer, which keeps no process alive. */
export class ExpiryTimer implements Disposable {
  readonly #options: ExpiryTimerOptions;
  readonly #watch: ExpiryWatch;
  #timer: NodeJS.Timeout | undefined;

  /** Begins at once. */
  constructor(options: ExpiryTimerOptions) {
    this.#options = options;
    this.#watch = new ExpiryWatch(options.warningMs);
    this.look();
  }

  /** Other identities are held, and warnings begin so long before their end from now on. */
  handleWarning(warningMs: number): void {
    this.#watch.handleWarning(warningMs);
    this.look();
  }

  /** Says what there is to say now; to be called when other certificates are in use, too. */
  look(): void {
    const at = this.#options.wallClock();
    const certificates: WatchedCertificate[] = [];
    for (const identity of this.#options.identities()) certificates.push(...identity.watched);
    for (const notice of this.#watch.handleTime(certificates, at)) this.#options.onNotice(notice);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), this.#watch.nextLook(certificates, at)).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
