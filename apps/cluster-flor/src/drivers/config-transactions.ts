import { isDeepStrictEqual } from "node:util";
import type { Holdings } from "@florenetes/identity";
import {
  type ConfigSource,
  type ConfigTaker,
  type DownPart,
  downPart,
  type Logger,
  type ReloadOutcome,
  type ReloadRefusal,
  refusalsOf,
  reloadOutcome,
  restartNeeded,
} from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/timing";
import type { ClusterVertex } from "../cluster-vertex.ts";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { namedChanges } from "../config/config-changes.ts";
import { type BrokenUse, type HeldFolders, loadIdentities, withoutParts } from "../config/identities.ts";
import { alignConfig, fullLists, keysForRestart, type RunningConfig } from "../config/running-config.ts";
import type { BrokenTunnel } from "../trace/trace-target.ts";
import { type HoldingRules, reconfigureHoldings } from "./vertex-holdings.ts";

/** Parts that are broken are tried again after so long, then after twice as long each time. */
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 30_000;

/** A config whose things have the places of the running one. */
type Placed = RunningConfig & HoldingRules;

export interface ConfigTransactionsOptions {
  readonly config: ClusterConfig;
  /** Reads the config file again. Rejects with its problems. */
  readonly load: () => Promise<ClusterConfig>;
  /** Reads a config from a text. @throws its problems */
  readonly parse: (text: string) => ClusterConfig;
  readonly vertex: Pick<ClusterVertex, "reconfigure" | "down">;
  readonly holdings: Holdings;
  readonly held: HeldFolders;
  readonly broken: readonly BrokenUse[];
  /** Another config is in use. */
  readonly onTaken?: (config: ClusterConfig) => void;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/**
 * Has a running vertex take other configs: each whole, or not at all. Parts whose identity cannot be used are left out of what the vertex
 * gets, and tried again: putting them back is a transaction as any other.
 *
 *     text ─▶ problems? ─▶ places ─▶ identities, lists ─▶ without broken parts ─▶ vertex
 *                │ refused              │ refused                      └─ again after a while
 */
export class ConfigTransactions implements ConfigTaker {
  readonly #options: ConfigTransactionsOptions;
  readonly #timer: WakeUpTimer;
  #config: ClusterConfig;
  #source: ConfigSource = "file";
  /** All of it, broken parts included. */
  #placed: Placed;
  #held: HeldFolders;
  #broken: readonly BrokenUse[];
  #pauseMs = RETRY_MS;
  #retryAt = Infinity;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: ConfigTransactionsOptions) {
    const { config, held, broken, time } = options;
    this.#options = options;
    this.#config = config;
    this.#placed = config;
    this.#held = held;
    this.#broken = [];
    this.#timer = time.wakeUps.timer(() => void this.#inTurn(() => this.#handleTimeout()));
    this.#tell(broken);
  }

  get source(): ConfigSource {
    return this.#source;
  }

  /** The config that runs, with the keys of the file, defaults filled in. */
  get written(): unknown {
    return this.#config.written;
  }

  /** Whether a config comes to the same as the one that runs. */
  isRunning(config: ClusterConfig): boolean {
    return isDeepStrictEqual({ ...config, written: undefined }, { ...this.#config, written: undefined });
  }

  /** Parts that do not work at present, and are tried again. */
  get down(): DownPart[] {
    return [...this.#leftOut, ...this.#options.vertex.down()];
  }

  /** Tunnels among them that the vertex has not, as their identities cannot be used. */
  get brokenTunnels(): BrokenTunnel[] {
    return this.#broken.flatMap(({ list, index, what, error }) => {
      const tunnel = list === "tunnels" ? this.#placed.tunnels[index] : undefined;
      const { code, text } = downPart(what, error);
      return tunnel === undefined ? [] : [{ tunnel, problem: `${what} is down (${code}: ${text})` }];
    });
  }

  get #leftOut(): DownPart[] {
    return this.#broken.map(({ what, error }) => downPart(what, error));
  }

  /** Takes the config file as it is now, and reads identities and lists again. */
  reload(isDryRun: boolean): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      const next = await this.#options.load().catch(refusalsOf);
      if (!("cluster" in next)) return this.#refuse(next, "file", isDryRun);
      if (isDryRun) return this.#take(next, "file", true);
      // Identities and lists that are in order are in use, also when the config is refused.
      const refused = await this.#options.holdings.reload();
      const outcome = await this.#take(next, "file", false);
      return reloadOutcome({ ...outcome, refused: [...refused, ...(outcome.refused ?? [])] });
    });
  }

  /** Takes a whole config instead of the file's. */
  apply(text: string, isDryRun: boolean, source: ConfigSource = "posted"): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      let next: ClusterConfig;
      try {
        next = this.#options.parse(text);
      } catch (error) {
        // The lines are those of a text that is in no file.
        const refused = refusalsOf(error).map(withoutFile);
        return this.#refuse(refused, source, isDryRun);
      }
      return this.#take(next, source, isDryRun);
    });
  }

  /** Nothing is taken any more. */
  close(): void {
    this.#isClosed = true;
    this.#timer.close();
  }

  async #take(next: ClusterConfig, source: ConfigSource, isDryRun: boolean): Promise<ReloadOutcome> {
    const placed: Placed = { ...alignConfig(this.#placed, next), ...rulesOf(next) };
    const keys = [...keysForRestart(this.#config, next), ...fullLists(placed)];
    if (keys.length > 0) return this.#refuse(restartNeeded(keys), source, isDryRun);
    const changes = namedChanges(this.#placed, placed);
    if (isDryRun) return reloadOutcome({ changes });
    try {
      await this.#put(placed);
    } catch (error) {
      return this.#refuse(refusalsOf(error), source, isDryRun);
    }
    this.#config = next;
    this.#source = source;
    this.#options.onTaken?.(next);
    const { log } = this.#options;
    for (const { kind, name, change } of changes.slice(0, CHANGES_LOGGED))
      log.info({ code: "CONFIG_CHANGED", kind, name, change }, "the config has changed");
    log.info({ code: "CONFIG_TAKEN", source, changes: changes.length }, "the config is in use");
    return reloadOutcome({ changes, down: this.down });
  }

  #refuse(refused: readonly ReloadRefusal[], source: ConfigSource, isDryRun: boolean): ReloadOutcome {
    if (!isDryRun) {
      for (const { code: reason, ...place } of refused) {
        const text = "the config is refused, the former one stays";
        this.#options.log.error({ code: "CONFIG_REFUSED", source, reason, ...place }, text);
      }
    }
    return reloadOutcome({ refused, down: isDryRun ? [] : this.down });
  }

  /** Gives the vertex all of a config that can be had. Rejects with an IdentityError; then all is as it was. */
  async #put(placed: Placed): Promise<void> {
    const { holdings, vertex } = this.#options;
    const { held, broken } = await reconfigureHoldings(holdings, this.#held, placed, this.#placed);
    if (this.#isClosed) return;
    this.#held = held;
    this.#placed = placed;
    this.#tell(broken);
    await vertex.reconfigure(withoutParts(placed, broken), holdings.credentials);
  }

  async #handleTimeout(): Promise<void> {
    if (this.#isClosed || this.#broken.length === 0) return;
    if (this.#options.time.now() < this.#retryAt) return this.#timer.set(this.#retryAt);
    try {
      const { broken } = loadIdentities(this.#placed, this.#held);
      if (broken.length < this.#broken.length) await this.#put(this.#placed);
    } catch (error) {
      // A list of an identity that is in use is not in order: the next look may find it so.
      refusalsOf(error);
    }
    this.#plan();
  }

  /** Says which parts are down, and which are not any more. */
  #tell(broken: readonly BrokenUse[]): void {
    const { log } = this.#options;
    const before = this.#leftOut;
    this.#broken = broken;
    const now = this.#leftOut;
    for (const part of now) {
      const known = before.find(({ what }) => what === part.what);
      if (known?.text === part.text && known.code === part.code) continue;
      const text = `${part.what} is down, and is tried again: ${part.text}`;
      log.error({ code: "PART_DOWN", part: part.what, reason: part.code }, text);
    }
    for (const { what } of before) {
      if (now.some((part) => part.what === what)) continue;
      log.info({ code: "PART_DOWN_NO_MORE", part: what }, `${what} is not down any more`);
    }
    if (now.length < before.length || before.length === 0) this.#pauseMs = RETRY_MS;
    this.#plan();
  }

  #plan(): void {
    if (this.#isClosed || this.#broken.length === 0) return;
    this.#retryAt = this.#options.time.now() + this.#pauseMs;
    this.#timer.set(this.#retryAt);
    this.#pauseMs = Math.min(2 * this.#pauseMs, RETRY_MS_MAX);
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** Changes of one config that the log names. */
const CHANGES_LOGGED = 50;

function withoutFile({ code, text, line, column, key }: ReloadRefusal): ReloadRefusal {
  return {
    code,
    text,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(key !== undefined && { key }),
  };
}

function rulesOf({ revocation, expiryWarningMs }: ClusterConfig): HoldingRules {
  return { revocation, expiryWarningMs };
}
