import type { TransportLimits } from "../limits.ts";

type RefusalLimits = Pick<TransportLimits, "refusedHandshakesBurst" | "refusedHandshakesPerSecond">;

/** The origin of a handshake. */
export interface HandshakeOrigin {
  readonly inLink: number;
  /** A principal of an allow list had come by this way (`HalfOpenLimiter.isKnown`) when the handshake began. */
  readonly isKnown: boolean;
}

interface Account {
  left: number;
  at: number;
}

/**
 * Limits how many handshakes are refused, by the link that they came over: each costs a signature, and who is refused can come again at
 * once. So a link that brings more of them than so many in a second starts no connections until they are worked off. It is
 * the link that counts, as whatever else a packet says of where it comes from may be made up. Known ways back have an account of
 * their own at each link, so that strangers behind it do not keep them from coming. Handshakes that come to something are
 * free, so that those who come back after a restart do not wait for each other. Why one was refused is not known here: that is
 * `ServiceEnd`'s to say. It performs no I/O.
 */
export class RefusalLimit {
  readonly #limits: RefusalLimits;
  /** An account for each link. */
  readonly #ofStrangers = new Map<number, Account>();
  readonly #ofKnown = new Map<number, Account>();

  constructor(limits: RefusalLimits) {
    this.#limits = limits;
  }

  /** Whether a handshake may begin. */
  isOpen(origin: HandshakeOrigin, now: number): boolean {
    return this.#accountOf(origin, now).left >= 1;
  }

  /** Handshakes that began before may bring a debt, which is half a second's worth at most: the link is not closed for longer. */
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
