/** How often a connection in use is looked at within the time for which it is kept unused: the end of its use may be seen one look late. */
const LOOKS = 8;

/**
 * Tells when a connection has been unused for long enough to be closed. It hears of uses that begin, and asks now and then whether
 * a use lasts: so a connection is kept for the configured time, and at most an eighth of it longer.
 */
export class IdleWatch {
  /** How long an unused connection is kept; Infinity: for ever. */
  #keepMs = 0;
  #usedAt = Number.NEGATIVE_INFINITY;
  #lookAt = Number.POSITIVE_INFINITY;

  /** Keeps an unused connection for so long from now on. Call `start` afterwards if there is a connection. */
  keepFor(ms: number): void {
    this.#keepMs = ms;
  }

  get isForEver(): boolean {
    return this.#keepMs === Number.POSITIVE_INFINITY;
  }

  /** When the last use began, or the connection did. */
  get usedAt(): number {
    return this.#usedAt;
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

  /** Whether the connection has been unused for long enough. */
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
