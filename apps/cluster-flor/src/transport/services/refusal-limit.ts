import type { TransportLimits } from "../limits.ts";

type RefusalLimits = Pick<TransportLimits, "refusedHandshakesBurst" | "refusedHandshakesPerSecond">;

export interface HandshakeOrigin {
  readonly inLink: number;
  /** Whether a principal of an allow list had come by this reverse path (`HalfOpenLimiter.isKnown`) when the handshake began. */
  readonly isKnown: boolean;
}

interface Account {
  left: number;
  at: number;
}

/**
 * Limits the refused handshakes of each link: a refusal costs a signature, and the refused sender can come again at once. A link
 * with more refusals than a number per second starts no connections until these are worked off. Only the link counts, since a
 * sender may make up everything else about a packet's origin. Known reverse paths have an account of their own at each link, so
 * that strangers behind the link do not keep them out. Successful handshakes are free, so that originators that come back after a
 * restart do not wait for each other. `ServiceEnd` knows the reasons of refusals. No I/O.
 */
export class RefusalLimit {
  readonly #limits: RefusalLimits;
  /** The strangers' account of each link. */
  readonly #ofStrangers = new Map<number, Account>();
  readonly #ofKnown = new Map<number, Account>();

  constructor(limits: RefusalLimits) {
    this.#limits = limits;
  }

  /** Whether a handshake may begin. */
  isOpen(origin: HandshakeOrigin, now: number): boolean {
    return this.#accountOf(origin, now).left >= 1;
  }

  /**
   * Counts a refusal. Handshakes that began earlier may bring a debt, at most half a second's worth: the link is not
   * closed for longer.
   */
  handleRefused(origin: HandshakeOrigin, now: number): void {
    const account = this.#accountOf(origin, now);
    account.left = Math.max(account.left - 1, -this.#limits.refusedHandshakesPerSecond / 2);
  }

  #accountOf({ inLink, isKnown }: HandshakeOrigin, now: number): Account {
    const { refusedHandshakesBurst: burst, refusedHandshakesPerSecond: perSecond } = this.#limits;
    const accounts = isKnown ? this.#ofKnown : this.#ofStrangers;
    let account = accounts.get(inLink);
    if (account === undefined) accounts.set(inLink, (account = { left: burst, at: now }));
    account.left = Math.min(burst, account.left + ((now - account.at) * perSecond) / 1_000);
    account.at = now;
    return account;
  }
}
