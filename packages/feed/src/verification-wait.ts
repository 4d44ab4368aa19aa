import type { Conduct } from "./conduct.ts";

/** Signatures of one neighbour that wait for its budget, and then for their turn of the process. Pure. */
export class VerificationWait {
  readonly #conduct: Conduct;
  readonly #signatures: number;
  /** The time of the turn, once it was asked for. */
  #turnAt: number | undefined;

  constructor(conduct: Conduct, signatures: number) {
    this.#conduct = conduct;
    this.#signatures = signatures;
  }

  /** Until when they wait, in monotonic milliseconds; undefined: they may be verified. */
  until(now: number): number | undefined {
    if (this.#turnAt === undefined) {
      const { verifications, turns } = this.#conduct;
      if (!verifications.isOpen(now)) return verifications.opensAt(now);
      verifications.charge(this.#signatures, now);
      this.#turnAt = turns.take(this.#signatures, now);
    }
    return this.#turnAt > now ? this.#turnAt : undefined;
  }
}
