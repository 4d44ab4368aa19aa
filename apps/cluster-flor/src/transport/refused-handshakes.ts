import type { TransportLimits } from "./limits.ts";

type RefusedHandshakeLimits = Pick<TransportLimits, "refusedHandshakesBurst" | "refusedHandshakesPerSecond">;

interface Account {
  left: number;
  at: number;
}

/**
 * Handshakes that were refused, by the link that they came over: each costs a signature, and who is refused can come again at
 * once. So a link that brings more of them than so many in a second starts no connections until they are worked off. It is
 * the link that counts, as whatever else a packet says of where it comes from may be made up. Handshakes that come to something are
 * free, so that those who come back after a restart do not wait for each other. It performs no I/O.
 */
export class RefusedHandshakes {
  readonly #limits: RefusedHandshakeLimits;
  readonly #accounts = new Map<number, Account>();

  constructor(limits: RefusedHandshakeLimits) {
    this.#limits = limits;
  }

  /** Whether a handshake may begin over the link. */
  isOpen(link: number, now: number): boolean {
    return this.#accountOf(link, now).left >= 1;
  }

  /** Those that began before may bring a debt, which is half a second's worth at most: the link is not closed for longer. */
  handleRefused(link: number, now: number): void {
    const account = this.#accountOf(link, now);
    account.left = Math.max(account.left - 1, -this.#limits.refusedHandshakesPerSecond / 2);
  }

  #accountOf(link: number, now: number): Account {
    const { refusedHandshakesBurst: burst, refusedHandshakesPerSecond: perSecond } = this.#limits;
    let account = this.#accounts.get(link);
    if (account === undefined) this.#accounts.set(link, (account = { left: burst, at: now }));
    account.left = Math.min(burst, account.left + ((now - account.at) * perSecond) / 1_000);
    account.at = now;
    return account;
  }
}
