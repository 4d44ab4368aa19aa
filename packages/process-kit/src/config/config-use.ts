import type { ConfigChange, DownPart, ReloadRefusal } from "./reload-outcome.ts";

/** A config as a program has read it. */
export interface ReadConfig {
  /** All of it with the keys of the file, defaults filled in: as JSON it is a text that can be read again. */
  readonly written: unknown;
}

/** How a program gets from one config to another. A program adds to it what only its `take` needs. */
export interface ConfigPlan {
  /** Keys whose change takes a restart: a config that changes them is refused. */
  readonly restartKeys: readonly string[];
  /** All that becomes another thing, for people. */
  readonly changes: readonly ConfigChange[];
}

/** The part of config transactions that only the program knows. It is called once at a time. */
export interface ConfigUse<Config extends ReadConfig, Plan extends ConfigPlan> {
  /** Parts of the config in force that do not work at present. */
  readonly down: readonly DownPart[];
  /** Whether two configs come to the same. */
  isSame(a: Config, b: Config): boolean;
  /** Compares a config with the one in force. Changes nothing that is in use. */
  plan(inForce: Config, next: Config): Plan;
  /**
   * At a reload whose file is in order: reads again what the config in force names, before the file's is planned. It stays read, also where the
   * file's config is refused. Resolves with what is not in order.
   */
  reread?(): Promise<readonly ReloadRefusal[]>;
  /**
   * Puts a config in use. Resolves with what it names, is not in order and is not used. Rejects with an operator's error when the config
   * is refused: then all is as it was.
   *
   * @param isReload The config is the file's, and somebody wants what it names to be read again, too.
   */
  take(plan: Plan, isReload: boolean): Promise<readonly ReloadRefusal[]>;
}
