import type { ProcessTime, WakeUpTimer } from "@florenetes/timing";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { RELOADS_WAITING_MAX } from "../limits.ts";
import type { Logger } from "../logs/logger.ts";
import { Confirmation, type ConfigSource, type FormerConfig } from "./confirmation.ts";
import { type ReloadOutcome, reloadOutcome } from "./reload-outcome.ts";

/** Takes configs while the process runs. A dry run says what would change, and changes nothing. */
export interface ConfigTaker {
  /** Where the config that runs is from. */
  readonly source: ConfigSource;
  /** The config that runs, with the keys of its file: as JSON it is taken by `apply`. */
  readonly written: unknown;
  /** Reads the config file again, with all that it names. Resolves when what is in order is in use. */
  reload(isDryRun: boolean): Promise<ReloadOutcome>;
  /**
   * Takes a whole config instead of the file's: YAML or JSON, with the same keys.
   *
   * @param source Where it is from; default: `posted`
   */
  apply(text: string, isDryRun: boolean, source?: ConfigSource): Promise<ReloadOutcome>;
}

export interface ReloadsOptions {
  readonly taker: ConfigTaker;
  readonly time: Pick<ProcessTime, "now" | "wakeUps">;
  readonly log: Logger;
}

/** How a config is posted. */
export interface ApplyOptions {
  readonly isDryRun?: boolean;
  /** Unless it is confirmed within so long, the one before is taken again; undefined: it needs no confirmation. */
  readonly confirmWithinMs?: number | undefined;
}

/**
 * Config transactions, one after the other. Whoever asks for a reload while a transaction is under way gets the next one, which sees all
 * that is there now; many who ask get the same one.
 */
export class Reloads implements Disposable {
  readonly #taker: ConfigTaker;
  readonly #time: ReloadsOptions["time"];
  readonly #log: Logger;
  readonly #timer: WakeUpTimer;
  readonly #confirmation = new Confirmation();
  #last: Promise<unknown> = Promise.resolve();
  /** The reload that has not begun. */
  #next: Promise<ReloadOutcome> | undefined;
  #waiting = 0;
  #isClosed = false;

  constructor({ taker, time, log }: ReloadsOptions) {
    this.#taker = taker;
    this.#time = time;
    this.#log = log;
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
  }

  /** The config that runs, with the keys of its file. */
  get written(): unknown {
    return this.#taker.written;
  }

  /** Milliseconds until the config before is taken again, unless this one is confirmed; null: it stays. */
  get confirmMs(): number | null {
    return this.#confirmation.leftMs(this.#time.now()) ?? null;
  }

  /** Rejects as the taker does. */
  reload(isDryRun = false): Promise<ReloadOutcome> {
    if (isDryRun) return this.#inTurn(() => this.#taker.reload(true));
    return (this.#next ??= this.#queue(async () => {
      this.#next = undefined;
      const outcome = await this.#taker.reload(false);
      // A file that was refused has taken no config's place.
      if (this.#taker.source === "file") this.#confirmation.end();
      return outcome;
    }));
  }

  /** Rejects as the taker does. */
  apply(text: string, { isDryRun = false, confirmWithinMs }: ApplyOptions = {}): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      if (isDryRun) return this.#taker.apply(text, true);
      if (!this.#confirmation.isFree) {
        return refusal("ERR_CONFIG_UNCONFIRMED", "another config waits for its confirmation");
      }
      // One that nobody has confirmed in time is nothing to return to.
      const former = this.#confirmation.former ?? this.#running();
      const outcome = await this.#taker.apply(text, false);
      if (outcome.refused !== undefined) return outcome;
      this.#confirmation.end();
      if (confirmWithinMs === undefined) return outcome;
      this.#confirmation.begin(text, former, this.#time.now() + confirmWithinMs);
      this.#plan();
      const event = { code: "CONFIG_UNCONFIRMED", withinMs: confirmWithinMs };
      this.#log.warn(event, "the config is in use until it is confirmed, or the former one is taken again");
      return outcome;
    });
  }

  /**
   * The config that waits for it is to stay.
   *
   * @param text The one that is meant, as it was posted; "": whichever waits
   */
  confirm(text: string): ReloadOutcome {
    const found = this.#confirmation.confirm(text, this.#time.now());
    if (found === "none") return refusal("ERR_CONFIG_NOT_WAITING", "no config waits for its confirmation");
    if (found === "other") return refusal("ERR_CONFIG_OTHER_WAITING", "another config than this one waits");
    this.#log.info({ code: "CONFIG_CONFIRMED" }, "the config is confirmed, and stays");
    return reloadOutcome({});
  }

  /** The config before the one that waits is wanted at once. Rejects as the taker does. */
  back(): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      if (this.#confirmation.handleBack(this.#time.now())) return this.#goBack();
      return refusal("ERR_CONFIG_NOT_WAITING", "no config waits for its confirmation");
    });
  }

  /** Nothing is taken by itself any more. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer.close();
  }

  #running(): FormerConfig {
    const { written, source } = this.#taker;
    return { text: JSON.stringify(written), source };
  }

  #handleTimeout(): void {
    this.#confirmation.handleTimeout(this.#time.now());
    if (this.#confirmation.pollBack(this.#time.now()) === undefined) this.#plan();
    else void this.#queue(() => this.#goBack()).catch((error: unknown) => this.#handleFailure(error));
  }

  /** Takes the former config, if it is still due. */
  async #goBack(): Promise<ReloadOutcome> {
    const former = this.#confirmation.pollBack(this.#time.now());
    if (former === undefined || this.#isClosed) return reloadOutcome({});
    this.#confirmation.handleRefused(this.#time.now());
    this.#plan();
    const outcome = await this.#taker.apply(former.text, false, former.source);
    if (outcome.refused === undefined) {
      this.#confirmation.end();
      this.#log.warn({ code: "CONFIG_BACK" }, "the config was not confirmed: the former one is in use again");
    }
    return outcome;
  }

  #handleFailure(error: unknown): void {
    this.#log.error({ code: "CONFIG_BACK_FAILED", err: error }, "the former config could not be taken again");
  }

  #plan(): void {
    const at = this.#confirmation.nextTimeout();
    if (at !== Infinity && !this.#isClosed) this.#timer.set(at);
  }

  /** Refuses when too many wait. */
  #inTurn(act: () => Promise<ReloadOutcome>): Promise<ReloadOutcome> {
    if (this.#waiting < RELOADS_WAITING_MAX) return this.#queue(act);
    return Promise.resolve(refusal("ERR_RELOADS_MANY", `${RELOADS_WAITING_MAX} others wait already`));
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

function refusal(code: ProcessKitErrorCode, text: string): ReloadOutcome {
  return reloadOutcome({ refused: [{ code, text }] });
}
