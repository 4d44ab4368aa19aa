/** A connection in use is looked at so often within the time for which it is kept unused: its end may be seen late by one look. */
const LOOKS = 8;

/**
 * Tells when a connection has not been used for long enough to be let go. It hears of uses that begin, and asks now and then whether
 * one lasts: so a connection is kept for the time that was asked for, and for an eighth of it more at most.
 */
export class IdleWatch {
  /** Infinity: for ever. */
  #keepMs = 0;
  #usedAt = Number.NEGATIVE_INFINITY;
  #lookAt = Number.POSITIVE_INFINITY;

  /** The connection is kept for so long from now on. `start` has to follow where there is one. */
  keepFor(ms: number): void {
    this.#keepMs = ms;
  }

  get isForEver(): boolean {
    return this.#keepMs === Number.POSITIVE_INFINITY;
  }

  /** The trunk has a connection. */
  start(now: number): void {
    this.#usedAt = now;
    this.#lookAt = now + this.#keepMs / LOOKS;
  }

  /** The trunk has no connection any more. */
  stop(): void {
    this.#lookAt = Number.POSITIVE_INFINITY;
  }

  handleUse(now: number): void {
    this.#usedAt = now;
  }

  /** When `isOver` is to be asked. */
  get nextTimeout(): number {
    return this.#lookAt;
  }

  /** Whether nobody has used the connection for long enough. */
  isOver(isInUse: boolean, now: number): boolean {
    if (now < this.#lookAt) return false;
    if (isInUse) {
      this.start(now);
      return false;
    }
    this.#lookAt = this.#usedAt + this.#keepMs + this.#keepMs / LOOKS;
    return now >= this.#lookAt;
  }
}
