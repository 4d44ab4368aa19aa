import type { ProcessKitErrorCode } from "../error-codes.ts";
import { RELOADS_WAITING_MAX } from "../limits.ts";
import { type ReloadOutcome, reloadOutcome } from "./reload-outcome.ts";

/** Takes configs while the process runs. A dry run says what would change, and changes nothing. */
export interface ConfigTaker {
  /** Reads the config file again, with all that it names. Resolves when what is in order is in use. */
  reload(isDryRun: boolean): Promise<ReloadOutcome>;
  /** Takes a whole config instead of the file's: YAML or JSON, with the same keys. */
  apply?(text: string, isDryRun: boolean): Promise<ReloadOutcome>;
}

/**
 * Config transactions, one after the other. Whoever asks for a reload while a transaction is under way gets the next one, which sees all
 * that is there now; many who ask get the same one.
 */
export class Reloads {
  readonly #taker: ConfigTaker;
  #last: Promise<unknown> = Promise.resolve();
  /** The reload that has not begun. */
  #next: Promise<ReloadOutcome> | undefined;
  #waiting = 0;

  constructor(taker: ConfigTaker) {
    this.#taker = taker;
  }

  /** Rejects as the taker does. */
  reload(isDryRun = false): Promise<ReloadOutcome> {
    if (isDryRun) return this.#inTurn(() => this.#taker.reload(true));
    return (this.#next ??= this.#queue(() => {
      this.#next = undefined;
      return this.#taker.reload(false);
    }));
  }

  /** Rejects as the taker does. */
  apply(text: string, isDryRun: boolean): Promise<ReloadOutcome> {
    return this.#inTurn(() => this.#taker.apply!(text, isDryRun));
  }

  /** Refuses when too many wait. */
  #inTurn(act: () => Promise<ReloadOutcome>): Promise<ReloadOutcome> {
    if (this.#waiting < RELOADS_WAITING_MAX) return this.#queue(act);
    const code: ProcessKitErrorCode = "ERR_RELOADS_MANY";
    const text = `${RELOADS_WAITING_MAX} others wait already`;
    return Promise.resolve(reloadOutcome({ refused: [{ code, text }] }));
  }

  #queue(act: () => Promise<ReloadOutcome>): Promise<ReloadOutcome> {
    this.#waiting++;
    const turn = this.#last.then(() => {
      this.#waiting--;
      return act();
    });
    // Whoever comes next does not suffer from it.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
