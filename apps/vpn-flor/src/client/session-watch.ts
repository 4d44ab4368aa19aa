import { ANSWER_MS, ASK_PAUSE_MS, MOVE_PAUSE_MS, QUIET_MS } from "./limits.ts";

/** The next step of a session whose egress is quiet: ask it for a sign of life, or try another session beside it. */
export type WatchStep = "ask" | "move";

/**
 * Watches whether the egress of a session is still there. While the machine sends and nothing comes back, the egress is asked; one that does not answer is
 * left, as soon as another session is up. A client that sends nothing wants nothing. Pure: times are milliseconds of a monotonic clock.
 */
export class SessionWatch {
  /** Since when packets are sent and nothing has come; undefined: something came behind the last one. */
  #quietSince: number | undefined;
  #askedAt: number | undefined;
  #asksAt = Number.NEGATIVE_INFINITY;
  #movesAt = Number.NEGATIVE_INFINITY;

  handleSent(now: number): void {
    this.#quietSince ??= now;
  }

  /** Something has come from the egress. */
  handleHeard(): void {
    this.#quietSince = undefined;
    this.#askedAt = undefined;
  }

  /** Whether there is anything to look at. */
  get isQuiet(): boolean {
    return this.#quietSince !== undefined;
  }

  /** The step that is due; undefined: none is. */
  poll(now: number): WatchStep | undefined {
    if (this.#quietSince === undefined) return undefined;
    if (this.#askedAt === undefined) {
      if (now < this.#quietSince + QUIET_MS || now < this.#asksAt) return undefined;
      this.#askedAt = now;
      this.#asksAt = now + ASK_PAUSE_MS;
      return "ask";
    }
    if (now < this.#askedAt + ANSWER_MS) return undefined;
    this.#askedAt = undefined;
    return this.mayMove(now) ? "move" : undefined;
  }

  /** Whether another session may be tried now, which then counts as tried: an egress that refuses all flows causes one try in a while. */
  mayMove(now: number): boolean {
    if (now < this.#movesAt) return false;
    this.#movesAt = now + MOVE_PAUSE_MS;
    return true;
  }
}
