import type { ConfigChange, DownPart, ReloadRefusal } from "./reload-outcome.ts";

/** A config as a program has read it. */
export interface ReadConfig {
  /** The whole config with the keys of the file, defaults filled in: its JSON can be read again as a config. */
  readonly written: unknown;
}

/** How a program gets from one config to another. A program adds to it what only its `take` needs. */
export interface ConfigPlan {
  /** Keys whose change takes a restart: a config that changes them is refused. */
  readonly restartKeys: readonly string[];
  /** All changes, for people. */
  readonly changes: readonly ConfigChange[];
}

/** The part of config transactions that only the program knows. Calls never overlap. */
export interface ConfigUse<Config extends ReadConfig, Plan extends ConfigPlan> {
  /** Parts of the config in force that do not work at present. */
  readonly down: readonly DownPart[];
  /** Whether two configs are equal in effect. */
  isSame(a: Config, b: Config): boolean;
  /** Compares a config with the one in force. Changes nothing that is in use. */
  plan(inForce: Config, next: Config): Plan;
  /**
   * Called at a reload whose file is in order: reads again the files that the config in force names, before the new
   * config is planned. They stay in use even if the new config is refused. Resolves with the refusals.
   */
  reread?(): Promise<readonly ReloadRefusal[]>;
  /** Reads identities and revocation lists again, without a reload of the config. Resolves with the refusals. */
  readIdentities?(): Promise<readonly ReloadRefusal[]>;
  /**
   * Puts a config in use. Resolves with refusals of things that it names, which stay unused. Rejects with an operator's
   * error when the config is refused as a whole: then nothing has changed.
   *
   * @param isReload True: the config is the file's, and the files that it names are to be read again, too.
   */
  take(plan: Plan, isReload: boolean): Promise<readonly ReloadRefusal[]>;
}
