import type { Logger } from "../logs/logger.ts";
import { ConfigFileLook, type ConfigFileState } from "./config-file-look.ts";
import type { ConfigPlan, ConfigUse, ReadConfig } from "./config-use.ts";
import type { ConfigSource } from "./confirmation.ts";
import { type ReloadOutcome, type ReloadRefusal, refusalsOf, reloadOutcome, restartNeeded } from "./reload-outcome.ts";

export interface ConfigInForceOptions<Config extends ReadConfig, Plan extends ConfigPlan> {
  /** Absolute path of the config file. */
  readonly file: string;
  /** The config of the file with which the process has started. */
  readonly config: Config;
  /** Reads a config file. Rejects with an operator's error. */
  readonly load: (file: string) => Promise<Config>;
  /** Reads a text as if it stood in a config file. @throws an operator's error */
  readonly parse: (text: string, file: string) => Config;
  readonly use: ConfigUse<Config, Plan>;
  /** The number of changes that the log names for one config; default: all. */
  readonly changesLoggedMax?: number;
  readonly log: Logger;
}

/** How a config is applied. */
interface TakeOptions {
  readonly source: ConfigSource;
  readonly isDryRun: boolean;
  readonly isReload: boolean;
}

/**
 * The config that a process runs. Another config replaces it as a whole, or not at all. Calls that apply configs must not overlap.
 *
 *     text ─▶ problems? ─▶ plan ─▶ keys that take a restart? ─▶ use ─▶ in force
 *                │ refused              │ refused                │ refused
 */
export class ConfigInForce<Config extends ReadConfig, Plan extends ConfigPlan> {
  readonly #options: ConfigInForceOptions<Config, Plan>;
  readonly #fileLook: ConfigFileLook<Config>;
  #config: Config;
  #source: ConfigSource = "file";

  constructor(options: ConfigInForceOptions<Config, Plan>) {
    const { file, config, load, use } = options;
    this.#options = options;
    this.#config = config;
    const isRunning = (found: Config): boolean => use.isSame(this.#config, found);
    this.#fileLook = new ConfigFileLook({ file, load: () => load(file), isRunning });
  }

  get file(): string {
    return this.#options.file;
  }

  get source(): ConfigSource {
    return this.#source;
  }

  /** The config with the keys of the file, defaults filled in. */
  get written(): unknown {
    return this.#config.written;
  }

  /** Compares the config file, as it is now, with the config in force. */
  fileState(): Promise<ConfigFileState> {
    return this.#fileLook.look();
  }

  /** Applies the config file as it is now, and reads again the files that it names. */
  async takeFile(isDryRun: boolean): Promise<ReloadOutcome> {
    const { file, load, use } = this.#options;
    const options = { source: "file", isDryRun, isReload: true } as const;
    let next: Config;
    try {
      next = await load(file);
    } catch (error) {
      return this.#refuse(refusalsOf(error), options);
    }
    const refused = isDryRun ? [] : ((await use.reread?.()) ?? []);
    const outcome = await this.#take(next, options);
    return reloadOutcome({ ...outcome, refused: [...refused, ...(outcome.refused ?? [])] });
  }

  /** Reads identities and lists again, and leaves the config as it is. */
  async readIdentities(): Promise<ReloadOutcome> {
    const { use } = this.#options;
    const refused = (await use.readIdentities?.()) ?? [];
    return reloadOutcome({ refused, down: use.down });
  }

  /** Applies a whole config: YAML or JSON, with the keys of the file. */
  async takeText(text: string, source: ConfigSource, isDryRun: boolean): Promise<ReloadOutcome> {
    const { file, parse } = this.#options;
    const options = { source, isDryRun, isReload: false };
    let next: Config;
    try {
      next = parse(text, file);
    } catch (error) {
      return this.#refuse(refusalsOf(error).map(withoutFile), options);
    }
    return this.#take(next, options);
  }

  async #take(next: Config, options: TakeOptions): Promise<ReloadOutcome> {
    const { use, changesLoggedMax, log } = this.#options;
    const { source, isDryRun, isReload } = options;
    const plan = use.plan(this.#config, next);
    const { restartKeys, changes } = plan;
    if (restartKeys.length > 0) return this.#refuse(restartNeeded(restartKeys), options);
    if (isDryRun) return reloadOutcome({ changes });
    let refused: readonly ReloadRefusal[];
    try {
      refused = await use.take(plan, isReload);
    } catch (error) {
      return this.#refuse(refusalsOf(error), options);
    }
    this.#config = next;
    this.#source = source;
    for (const change of changes.slice(0, changesLoggedMax))
      log.info({ code: "CONFIG_CHANGED", ...change }, "the config has changed");
    log.info({ code: "CONFIG_TAKEN", source, changes: changes.length }, "the config is in use");
    return reloadOutcome({ changes, refused, down: use.down });
  }

  #refuse(refused: readonly ReloadRefusal[], { source, isDryRun }: TakeOptions): ReloadOutcome {
    if (isDryRun) return reloadOutcome({ refused });
    const { use, log } = this.#options;
    for (const { code: reason, ...place } of refused)
      log.error({ code: "CONFIG_REFUSED", source, reason, ...place }, "the config is refused, the former one stays");
    return reloadOutcome({ refused, down: use.down });
  }
}

/** Drops the place in a file from a refusal: a posted text has none. */
function withoutFile({ file: _file, code, text, ...place }: ReloadRefusal): ReloadRefusal {
  return { code, text, ...place };
}
