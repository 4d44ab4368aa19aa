import { isDeepStrictEqual } from "node:util";
import type { Holdings } from "@florenetes/identity";
import {
  type ConfigPlan,
  type ConfigUse,
  type DownPart,
  downPart,
  type Logger,
  type ReloadRefusal,
  refusalsOf,
  type SerialQueue,
} from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { ClusterVertex } from "../cluster-vertex.ts";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { namedChanges } from "../config/config-changes.ts";
import { type BrokenUse, type HeldFolders, loadIdentities, withoutParts } from "../config/identities.ts";
import { layOver, type LeftOut } from "../config/lay-over.ts";
import type { Overlay } from "../config/overlay.ts";
import { type ConfigNumbers, keysForRestart, type RunningConfig } from "../config/running-config.ts";
import type { OverlayState } from "../overlay/overlay-state.ts";
import type { BrokenTunnel } from "../trace/trace-target.ts";
import { type HoldingRules, reconfigureHoldings } from "./vertex-holdings.ts";

/** The first pause before broken parts are tried again; each pause is twice the one before. */
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 30_000;

/** A config with the numbers of its parts. */
type Placed = RunningConfig & HoldingRules & Pick<ClusterConfig, "fabric">;

export interface VertexConfigPlan extends ConfigPlan {
  readonly next: ClusterConfig;
  readonly placed: Placed;
  readonly leftOut: readonly LeftOut[];
}

export interface VertexConfigUseOptions {
  readonly config: ClusterConfig;
  /** Holds the overlay that is laid over configs. */
  readonly overlay: Pick<OverlayState, "overlay">;
  /** Parts of the overlay that `config` does not let in. */
  readonly leftOut: readonly LeftOut[];
  /** The config and its overlay with the numbers that `numbers` has given. */
  readonly placed: RunningConfig;
  readonly numbers: ConfigNumbers;
  readonly vertex: Pick<ClusterVertex, "reconfigure" | "down">;
  readonly holdings: Holdings;
  readonly held: HeldFolders;
  readonly broken: readonly BrokenUse[];
  /** Called when another config is in use. Resolves with refusals of what it names beside the vertex. */
  readonly onTaken?: (config: ClusterConfig) => Promise<readonly ReloadRefusal[]>;
  /** The queue of config transactions, in which retries of broken parts also take their turns. */
  readonly turns: SerialQueue;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/**
 * Applies configs to a running vertex. Parts whose identity cannot be used are left out of the vertex's config, and tried
 * again: a part that works again is put back between two transactions.
 *
 *     config, overlay ─▶ numbers ─▶ identities, lists ─▶ without broken parts ─▶ vertex
 *                               │ refused                └─ again after a while
 */
export class VertexConfigUse implements ConfigUse<ClusterConfig, VertexConfigPlan> {
  readonly #options: VertexConfigUseOptions;
  readonly #timer: WakeUpTimer;
  #config: ClusterConfig;
  #leftOutByFile: readonly LeftOut[];
  /** The whole config with the overlay, including broken parts. */
  #placed: Placed;
  #held: HeldFolders;
  #broken: readonly BrokenUse[];
  #pauseMs = RETRY_MS;
  #retryAt = Infinity;
  #isClosed = false;

  constructor(options: VertexConfigUseOptions) {
    const { config, leftOut, placed, held, broken, turns, time } = options;
    this.#options = options;
    this.#config = config;
    this.#leftOutByFile = leftOut;
    this.#placed = { ...placed, ...rulesOf(config) };
    this.#held = held;
    this.#broken = [];
    this.#timer = time.wakeUps.timer(() => void turns.run(() => this.#handleTimeout()));
    this.#tell(broken);
  }

  /** The config in force, without the overlay. */
  get config(): ClusterConfig {
    return this.#config;
  }

  /** Parts of the overlay that the config in force does not let in. */
  get leftOut(): readonly LeftOut[] {
    return this.#leftOutByFile;
  }

  /** Parts that do not work at present, and are tried again. */
  get down(): DownPart[] {
    return [...this.#leftOut, ...this.#options.vertex.down()];
  }

  /** Broken tunnels, which the vertex does not have because their identities cannot be used. */
  get brokenTunnels(): BrokenTunnel[] {
    return this.#broken.flatMap(({ list, number, what, error }) => {
      const tunnel = list === "tunnels" ? this.#placed.tunnels.get(number) : undefined;
      const { code, text } = downPart(what, error);
      return tunnel === undefined ? [] : [{ tunnel, problem: `${what} is down (${code}: ${text})` }];
    });
  }

  get #leftOut(): DownPart[] {
    return this.#broken.map(({ what, error }) => downPart(what, error));
  }

  isSame(a: ClusterConfig, b: ClusterConfig): boolean {
    return isDeepStrictEqual({ ...a, written: undefined }, { ...b, written: undefined });
  }

  plan(inForce: ClusterConfig, next: ClusterConfig): VertexConfigPlan {
    const { placed, leftOut } = this.#place(next, this.#options.overlay.overlay);
    const changes = namedChanges(this.#placed, placed);
    return { restartKeys: keysForRestart(inForce, next), changes, next, placed, leftOut };
  }

  reread(): Promise<readonly ReloadRefusal[]> {
    return this.readIdentities();
  }

  readIdentities(): Promise<readonly ReloadRefusal[]> {
    return this.#options.holdings.reload();
  }

  async take({ next, placed, leftOut }: VertexConfigPlan): Promise<readonly ReloadRefusal[]> {
    await this.#put(placed);
    this.#config = next;
    this.#leftOutByFile = leftOut;
    return (await this.#options.onTaken?.(next)) ?? [];
  }

  /** Lays an overlay over the config in force. Rejects with an IdentityError; nothing has changed then. */
  async lay(overlay: Overlay): Promise<void> {
    const { placed, leftOut } = this.#place(this.#config, overlay);
    await this.#put(placed);
    this.#leftOutByFile = leftOut;
  }

  /** Stops changes of the vertex's config. */
  close(): void {
    this.#isClosed = true;
    this.#timer.close();
  }

  #place(config: ClusterConfig, overlay: Overlay): { readonly placed: Placed; readonly leftOut: readonly LeftOut[] } {
    const { numbers, time } = this.#options;
    // Numbers that an earlier plan has given, and that no config in use has, are free again.
    numbers.retain(this.#placed);
    const laid = layOver(config, overlay, time.wallClock().getTime());
    return { placed: { ...numbers.place(laid.config), ...rulesOf(config) }, leftOut: laid.leftOut };
  }

  /** Gives the vertex all usable parts of a config. Rejects with an IdentityError; nothing has changed then. */
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
      // A list of an identity in use is not in order: the next try may succeed.
      refusalsOf(error);
    }
    this.#planRetry();
  }

  /** Logs which parts are down, and which work again. */
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
    this.#planRetry();
  }

  #planRetry(): void {
    if (this.#isClosed || this.#broken.length === 0) return;
    this.#retryAt = this.#options.time.now() + this.#pauseMs;
    this.#timer.set(this.#retryAt);
    this.#pauseMs = Math.min(2 * this.#pauseMs, RETRY_MS_MAX);
  }
}

function rulesOf({ revocation, expiryWarningMs, fabric }: ClusterConfig): Omit<Placed, keyof RunningConfig> {
  return { revocation, expiryWarningMs, fabric };
}
