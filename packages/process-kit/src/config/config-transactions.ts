import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { RELOADS_WAITING_MAX } from "../limits.ts";
import type { Logger } from "../logs/logger.ts";
import { ConfigInForce, type ConfigInForceOptions } from "./config-in-force.ts";
import type { ConfigStatus } from "./config-status.ts";
import type { ConfigPlan, ReadConfig } from "./config-use.ts";
import { Confirmation, type FormerConfig } from "./confirmation.ts";
import { type ReloadOutcome, reloadOutcome } from "./reload-outcome.ts";
import { SerialQueue } from "./serial-queue.ts";

export interface ConfigTransactionsOptions<
  Config extends ReadConfig,
  Plan extends ConfigPlan,
> extends ConfigInForceOptions<Config, Plan> {
  /**
   * The queue in which transactions wait for their turn, together with the program's own work on the config in force;
   * default: a new one.
   */
  readonly turns?: SerialQueue;
  readonly time: Pick<ProcessTime, "now" | "wakeUps">;
  /** Told, in a turn, whenever the config in force is to stay: it has not to be confirmed, or was. May be told more than once. */
  readonly onSettled?: () => void;
}

/** How a config is posted. */
export interface ApplyOptions {
  readonly isDryRun?: boolean;
  /** The process returns to the config before, unless this one is confirmed within so long; undefined: no confirmation is needed. */
  readonly confirmWithinMs?: number | undefined;
}

/**
 * Applies configs to a running process, one after the other: the file's at a signal or a request, and posted ones, some
 * of which have to be confirmed. A reload that is requested while a transaction is under way comes next, and reads the
 * files as they are then; all who ask meanwhile share it.
 */
export class ConfigTransactions<
  Config extends ReadConfig = ReadConfig,
  Plan extends ConfigPlan = ConfigPlan,
> implements Disposable {
  readonly #inForce: ConfigInForce<Config, Plan>;
  readonly #turns: SerialQueue;
  readonly #time: Pick<ProcessTime, "now" | "wakeUps">;
  readonly #log: Logger;
  readonly #timer: WakeUpTimer;
  readonly #confirmation = new Confirmation();
  readonly #onSettled: (() => void) | undefined;
  /** The reload that waits to begin. */
  #next: Promise<ReloadOutcome> | undefined;
  #waiting = 0;
  #isClosed = false;

  constructor(options: ConfigTransactionsOptions<Config, Plan>) {
    const { turns = new SerialQueue(), time, log } = options;
    this.#inForce = new ConfigInForce(options);
    this.#turns = turns;
    this.#time = time;
    this.#log = log;
    this.#onSettled = options.onSettled;
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
  }

  /** The config in force, with the keys of the file. */
  get written(): unknown {
    return this.#inForce.written;
  }

  /** Whether another config comes back unless the one in force is confirmed. */
  get isOnTrial(): boolean {
    return this.#confirmation.former !== undefined;
  }

  async status(): Promise<ConfigStatus> {
    const { file, source } = this.#inForce;
    const fileState = await this.#inForce.fileState();
    return { file, source, fileState, confirmMs: this.#confirmation.leftMs(this.#time.now()) ?? null };
  }

  /**
   * Applies the config file as it is now, with all files that it names. Resolves when the accepted parts are in use;
   * rejects with mistakes of the program.
   */
  reload(isDryRun = false): Promise<ReloadOutcome> {
    if (isDryRun) return this.#inTurn(() => this.#inForce.takeFile(true));
    return (this.#next ??= this.#queue(async () => {
      this.#next = undefined;
      const outcome = await this.#inForce.takeFile(false);
      // A refused file has not replaced the config that waits for its confirmation.
      if (this.#inForce.source === "file") this.#confirmation.end();
      this.#settle();
      return outcome;
    }));
  }

  /**
   * Reads identities and lists again. The config stays as it is, also one that waits for its confirmation, and whatever the config
   * file says by now.
   */
  readIdentities(): Promise<ReloadOutcome> {
    return this.#inTurn(() => this.#inForce.readIdentities());
  }

  /** Applies a whole config instead of the file's: YAML or JSON, with the same keys. Rejects with mistakes of the program. */
  apply(text: string, { isDryRun = false, confirmWithinMs }: ApplyOptions = {}): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      if (isDryRun) return this.#inForce.takeText(text, "posted", true);
      if (!this.#confirmation.isFree) {
        return refusal("ERR_CONFIG_UNCONFIRMED", "another config waits for its confirmation");
      }
      // A config that was not confirmed in time is none to return to.
      const former = this.#confirmation.former ?? this.#former();
      const outcome = await this.#inForce.takeText(text, "posted", false);
      if (outcome.refused !== undefined) return outcome;
      this.#confirmation.end();
      if (confirmWithinMs === undefined) {
        this.#settle();
        return outcome;
      }
      this.#confirmation.begin(text, former, this.#time.now() + confirmWithinMs);
      this.#plan();
      const event = { code: "CONFIG_UNCONFIRMED", withinMs: confirmWithinMs };
      this.#log.warn(event, "the config is in use until it is confirmed, or the former one is taken again");
      return outcome;
    });
  }

  /**
   * Confirms the config that waits for it, so that it stays.
   *
   * @param text The confirmed config, as it was posted; "": whichever config waits
   */
  confirm(text: string): ReloadOutcome {
    const found = this.#confirmation.confirm(text, this.#time.now());
    if (found === "none") return refusal("ERR_CONFIG_NOT_WAITING", "no config waits for its confirmation");
    if (found === "other") return refusal("ERR_CONFIG_OTHER_WAITING", "another config than this one waits");
    this.#log.info({ code: "CONFIG_CONFIRMED" }, "the config is confirmed, and stays");
    void this.#turns.run(() => Promise.resolve(this.#settle()));
    return reloadOutcome({});
  }

  /** Returns at once to the config before the one that waits for confirmation. Rejects with mistakes of the program. */
  back(): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      if (this.#confirmation.handleBack(this.#time.now())) return this.#goBack();
      return refusal("ERR_CONFIG_NOT_WAITING", "no config waits for its confirmation");
    });
  }

  /** Stops the returns to a former config. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer.close();
  }

  #settle(): void {
    if (!this.isOnTrial && !this.#isClosed) this.#onSettled?.();
  }

  #former(): FormerConfig {
    const { written, source } = this.#inForce;
    return { text: JSON.stringify(written), source };
  }

  #handleTimeout(): void {
    this.#confirmation.handleTimeout(this.#time.now());
    if (this.#confirmation.pollBack(this.#time.now()) === undefined) this.#plan();
    else void this.#queue(() => this.#goBack()).catch((error: unknown) => this.#handleFailure(error));
  }

  /** Applies the former config, if it is still due. */
  async #goBack(): Promise<ReloadOutcome> {
    const former = this.#confirmation.pollBack(this.#time.now());
    if (former === undefined || this.#isClosed) return reloadOutcome({});
    this.#confirmation.handleRefused(this.#time.now());
    this.#plan();
    const outcome = await this.#inForce.takeText(former.text, former.source, false);
    if (outcome.refused === undefined) {
      this.#confirmation.end();
      this.#settle();
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

  /** Runs a transaction in its turn, or refuses it when too many wait. */
  #inTurn(act: () => Promise<ReloadOutcome>): Promise<ReloadOutcome> {
    if (this.#waiting < RELOADS_WAITING_MAX) return this.#queue(act);
    return Promise.resolve(refusal("ERR_RELOADS_MANY", `${RELOADS_WAITING_MAX} others wait already`));
  }

  #queue(act: () => Promise<ReloadOutcome>): Promise<ReloadOutcome> {
    this.#waiting++;
    return this.#turns.run(() => {
      this.#waiting--;
      return act();
    });
  }
}

function refusal(code: ProcessKitErrorCode, text: string): ReloadOutcome {
  return reloadOutcome({ refused: [{ code, text }] });
}
