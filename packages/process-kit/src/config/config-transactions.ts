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
  /** The queue in which transactions wait for their turn, and in which a program itself works on the config in force; default: a new one. */
  readonly turns?: SerialQueue;
  readonly time: Pick<ProcessTime, "now" | "wakeUps">;
}

/** How a config is posted. */
export interface ApplyOptions {
  readonly isDryRun?: boolean;
  /** Unless it is confirmed within so long, the one before is taken again; undefined: it needs no confirmation. */
  readonly confirmWithinMs?: number | undefined;
}

/**
 * Has a running process take other configs, one after the other: the file's at a signal or a request, and those that are posted, some of
 * which have to be confirmed. Whoever asks for a reload while a transaction is under way gets the next one, which sees all that is there
 * now; many who ask get the same one.
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
  /** The reload that has not begun. */
  #next: Promise<ReloadOutcome> | undefined;
  #waiting = 0;
  #isClosed = false;

  constructor(options: ConfigTransactionsOptions<Config, Plan>) {
    const { turns = new SerialQueue(), time, log } = options;
    this.#inForce = new ConfigInForce(options);
    this.#turns = turns;
    this.#time = time;
    this.#log = log;
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
  }

  /** The config in force, with the keys of the file. */
  get written(): unknown {
    return this.#inForce.written;
  }

  async status(): Promise<ConfigStatus> {
    const { file, source } = this.#inForce;
    const fileState = await this.#inForce.fileState();
    return { file, source, fileState, confirmMs: this.#confirmation.leftMs(this.#time.now()) ?? null };
  }

  /** Takes the config file as it is now, with all that it names. Resolves when what is in order is in use; rejects with mistakes of the program. */
  reload(isDryRun = false): Promise<ReloadOutcome> {
    if (isDryRun) return this.#inTurn(() => this.#inForce.takeFile(true));
    return (this.#next ??= this.#queue(async () => {
      this.#next = undefined;
      const outcome = await this.#inForce.takeFile(false);
      // A file that was refused has taken no config's place.
      if (this.#inForce.source === "file") this.#confirmation.end();
      return outcome;
    }));
  }

  /** Takes a whole config instead of the file's: YAML or JSON, with the same keys. Rejects with mistakes of the program. */
  apply(text: string, { isDryRun = false, confirmWithinMs }: ApplyOptions = {}): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      if (isDryRun) return this.#inForce.takeText(text, "posted", true);
      if (!this.#confirmation.isFree) {
        return refusal("ERR_CONFIG_UNCONFIRMED", "another config waits for its confirmation");
      }
      // A config that nobody has confirmed in time is nothing to return to.
      const former = this.#confirmation.former ?? this.#former();
      const outcome = await this.#inForce.takeText(text, "posted", false);
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
   * Confirms the config that waits: it stays.
   *
   * @param text The config that is confirmed, as it was posted; "": whichever waits
   */
  confirm(text: string): ReloadOutcome {
    const found = this.#confirmation.confirm(text, this.#time.now());
    if (found === "none") return refusal("ERR_CONFIG_NOT_WAITING", "no config waits for its confirmation");
    if (found === "other") return refusal("ERR_CONFIG_OTHER_WAITING", "another config than this one waits");
    this.#log.info({ code: "CONFIG_CONFIRMED" }, "the config is confirmed, and stays");
    return reloadOutcome({});
  }

  /** Returns to the config before the one that waits, at once. Rejects with mistakes of the program. */
  back(): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      if (this.#confirmation.handleBack(this.#time.now())) return this.#goBack();
      return refusal("ERR_CONFIG_NOT_WAITING", "no config waits for its confirmation");
    });
  }

  /** Takes no config by itself any more. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer.close();
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

  /** Takes the former config, if it is still due. */
  async #goBack(): Promise<ReloadOutcome> {
    const former = this.#confirmation.pollBack(this.#time.now());
    if (former === undefined || this.#isClosed) return reloadOutcome({});
    this.#confirmation.handleRefused(this.#time.now());
    this.#plan();
    const outcome = await this.#inForce.takeText(former.text, former.source, false);
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
    return this.#turns.run(() => {
      this.#waiting--;
      return act();
    });
  }
}

function refusal(code: ProcessKitErrorCode, text: string): ReloadOutcome {
  return reloadOutcome({ refused: [{ code, text }] });
}
