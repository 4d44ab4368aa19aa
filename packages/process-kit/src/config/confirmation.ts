/** The origin of the running config. `posted`: over the control socket. */
export type ConfigSource = "file" | "posted";

/** A config that ran before, to return to. */
export interface FormerConfig {
  readonly text: string;
  readonly source: ConfigSource;
}

/** How long after a refused return to the former config the next attempt follows. */
const BACK_AGAIN_MS = 10_000;

interface Waiting {
  /** The text of the config that waits. */
  readonly text: string;
  readonly former: FormerConfig;
  /** The time at which the former config is due. */
  dueAt: number;
  /** Whether it is too late to confirm. */
  isOver: boolean;
}

/**
 * A config on trial: it stays if it is confirmed in time; else the former config returns. Pure: times are milliseconds of the
 * caller's clock.
 *
 *     nothing waits ── begin ──▶ waiting ── confirm, end ──▶ nothing waits
 *                                   │ handleTimeout, handleBack
 *                                   ▼
 *                                 over: the former config is taken ── end ──▶ nothing waits
 *                                   ▲                 │ refused: again after a while
 *                                   └─────────────────┘
 */
export class Confirmation {
  #waiting: Waiting | undefined;

  /** Whether another config may be applied for a time: none waits, or the time of the one that waited is over. */
  get isFree(): boolean {
    return this.#waiting === undefined || this.#waiting.isOver;
  }

  /** The former config, to which an unconfirmed one returns. */
  get former(): FormerConfig | undefined {
    return this.#waiting?.former;
  }

  /** Milliseconds in which the running config can still be confirmed; undefined when none waits. */
  leftMs(now: number): number | undefined {
    if (this.#waiting === undefined) return undefined;
    return this.#waiting.isOver ? 0 : Math.max(0, this.#waiting.dueAt - now);
  }

  begin(text: string, former: FormerConfig, dueAt: number): void {
    this.#waiting = { text, former, dueAt, isOver: false };
  }

  /**
   * Confirms the running config, so that it stays.
   *
   * @param text The confirmed config; "": whichever waits
   * @returns `none`: nothing waits, or it is too late. `other`: another config waits.
   */
  confirm(text: string, now: number): "confirmed" | "none" | "other" {
    this.handleTimeout(now);
    if (this.#waiting === undefined || this.#waiting.isOver) return "none";
    if (text !== "" && text !== this.#waiting.text) return "other";
    this.end();
    return "confirmed";
  }

  /** Makes the former config due now. Returns whether a config waited. */
  handleBack(now: number): boolean {
    if (this.#waiting === undefined || this.#waiting.isOver) return false;
    this.#waiting.dueAt = now;
    this.handleTimeout(now);
    return true;
  }

  handleTimeout(now: number): void {
    if (this.#waiting !== undefined && now >= this.#waiting.dueAt) this.#waiting.isOver = true;
  }

  /** The former config, once it is due. */
  pollBack(now: number): FormerConfig | undefined {
    const { isOver, dueAt, former } = this.#waiting ?? {};
    return isOver === true && now >= dueAt! ? former : undefined;
  }

  /** The return to the former config was refused: makes it due again later. */
  handleRefused(now: number): void {
    if (this.#waiting !== undefined) this.#waiting.dueAt = now + BACK_AGAIN_MS;
  }

  /** Ends the wait: the running config is another one now, or was confirmed. */
  end(): void {
    this.#waiting = undefined;
  }

  nextTimeout(): number {
    return this.#waiting?.dueAt ?? Infinity;
  }
}
