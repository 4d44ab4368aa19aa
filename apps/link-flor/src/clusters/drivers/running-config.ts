import {
  type ConfigSource,
  type ConfigTaker,
  type Logger,
  type ReloadOutcome,
  type ReloadRefusal,
  refusalsOf,
  reloadOutcome,
  restartNeeded,
} from "@florenetes/process-kit";
import { isUnchanged, planChanges } from "../../config/config-changes.ts";
import type { LinkFlorConfig } from "../../config/link-config.ts";
import type { ServedClusters } from "./served-clusters.ts";

export interface RunningConfigOptions {
  /** The one that the process has started with. */
  readonly config: LinkFlorConfig;
  /** Reads the config file. */
  readonly load: () => Promise<LinkFlorConfig>;
  /** Reads a text as if it stood in the config file. */
  readonly parse: (text: string) => LinkFlorConfig;
  readonly clusters: ServedClusters;
  readonly log: Logger;
}

/** The config that runs, and how it becomes another one. One call is made after the other. */
export class RunningConfig implements ConfigTaker {
  readonly #options: RunningConfigOptions;
  #config: LinkFlorConfig;
  #source: ConfigSource = "file";

  constructor(options: RunningConfigOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get source(): ConfigSource {
    return this.#source;
  }

  /** With the keys of the file, defaults filled in. */
  get written(): unknown {
    return this.#config.written;
  }

  /** Whether this config comes to the same as the one that runs. */
  isRunning(config: LinkFlorConfig): boolean {
    return isUnchanged(planChanges(this.#config, config));
  }

  async reload(isDryRun: boolean): Promise<ReloadOutcome> {
    const { clusters, load } = this.#options;
    const next = await load().catch(refusalsOf);
    if (!("clusters" in next)) return this.#refuse(next, "file", isDryRun);
    return this.#take(next, "file", isDryRun, () => clusters.reload());
  }

  async apply(text: string, isDryRun: boolean, source: ConfigSource = "posted"): Promise<ReloadOutcome> {
    let next: LinkFlorConfig;
    try {
      next = this.#options.parse(text);
    } catch (error) {
      return this.#refuse(refusalsOf(error).map(withoutFile), source, isDryRun);
    }
    return this.#take(next, source, isDryRun, () => Promise.resolve([]));
  }

  async #take(
    next: LinkFlorConfig,
    source: ConfigSource,
    isDryRun: boolean,
    reload: () => Promise<readonly ReloadRefusal[]>,
  ): Promise<ReloadOutcome> {
    const { clusters, log } = this.#options;
    const plan = planChanges(this.#config, next);
    const { changes, restartKeys } = plan;
    if (restartKeys.length > 0) return this.#refuse(restartNeeded(restartKeys), source, isDryRun);
    if (isDryRun) return reloadOutcome({ changes });
    await clusters.take(plan);
    await clusters.open();
    const refused = await reload();
    this.#config = next;
    this.#source = source;
    for (const { kind, name, change, effect } of changes)
      log.info({ code: "CONFIG_CHANGED", kind, name, change, effect }, "the config has changed");
    log.info({ code: "CONFIG_TAKEN", source, changes: changes.length }, "the config is in use");
    return reloadOutcome({ changes, refused, down: clusters.down });
  }

  #refuse(refused: readonly ReloadRefusal[], source: ConfigSource, isDryRun: boolean): ReloadOutcome {
    const { clusters, log } = this.#options;
    if (!isDryRun) {
      for (const { code: reason, ...place } of refused)
        log.error({ code: "CONFIG_REFUSED", source, reason, ...place }, "the config is refused, the former one stays");
    }
    return reloadOutcome({ refused, down: isDryRun ? [] : clusters.down });
  }
}

/** The lines are those of a text that is in no file. */
function withoutFile({ code, text, line, column, key }: ReloadRefusal): ReloadRefusal {
  return {
    code,
    text,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(key !== undefined && { key }),
  };
}
