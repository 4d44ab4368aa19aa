/** The origin of the config that runs. `posted`: over the control socket. */
export type ConfigSource = "file" | "posted";

/** A config that ran, to return to. */
export interface FormerConfig {
  readonly text: string;
  readonly source: ConfigSource;
}

/** When a return to the former config was refused, it is tried again after so long. */
const BACK_AGAIN_MS = 10_000;

interface Waiting {
  /** The text that was taken. */
  readonly text: string;
  readonly former: FormerConfig;
  /** The time at which the former config is due. */
  dueAt: number;
  /** Whether it is too late to confirm. */
  isOver: boolean;
}

/**
 * A config that runs until it is confirmed, and otherwise makes room for the one before. Pure: times are milliseconds of the caller's
 * clock.
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

  /** Whether another config may be taken for a time: none waits, or it is too late for the one that did. */
  get isFree(): boolean {
    return this.#waiting === undefined || this.#waiting.isOver;
  }

  /** The one before the config that waits. */
  get former(): FormerConfig | undefined {
    return this.#waiting?.former;
  }

  /** Milliseconds in which the config that runs can still be confirmed; undefined: none waits. */
  leftMs(now: number): number | undefined {
    if (this.#waiting === undefined) return undefined;
    return this.#waiting.isOver ? 0 : Math.max(0, this.#waiting.dueAt - now);
  }

  begin(text: string, former: FormerConfig, dueAt: number): void {
    this.#waiting = { text, former, dueAt, isOver: false };
  }

  /**
   * The config that runs is to stay.
   *
   * @param text The one that is meant; "": whichever waits
   * @returns `none`: nothing waits, or it is too late. `other`: another one waits.
   */
  confirm(text: string, now: number): "confirmed" | "none" | "other" {
    this.handleTimeout(now);
    if (this.#waiting === undefined || this.#waiting.isOver) return "none";
    if (text !== "" && text !== this.#waiting.text) return "other";
    this.end();
    return "confirmed";
  }

  /** The former config is wanted now. Returns whether one waited. */
  handleBack(now: number): boolean {
    if (this.#waiting === undefined || this.#waiting.isOver) return false;
    this.#waiting.dueAt = now;
    this.handleTimeout(now);
    return true;
  }

  handleTimeout(now: number): void {
    if (this.#waiting !== undefined && now >= this.#waiting.dueAt) this.#waiting.isOver = true;
  }

  /** The config to return to, once it is due. */
  pollBack(now: number): FormerConfig | undefined {
    const { isOver, dueAt, former } = this.#waiting ?? {};
    return isOver === true && now >= dueAt! ? former : undefined;
  }

  /** The former config was not taken: it is due again later. */
  handleRefused(now: number): void {
    if (this.#waiting !== undefined) this.#waiting.dueAt = now + BACK_AGAIN_MS;
  }

  /** The config that runs is another one now, or was confirmed. */
  end(): void {
    this.#waiting = undefined;
  }

  nextTimeout(): number {
    return this.#waiting?.dueAt ?? Infinity;
  }
}
