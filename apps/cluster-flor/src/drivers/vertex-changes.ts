import { resolve } from "node:path";
import type { Holdings } from "@florenetes/identity";
import {
  ConfigTransactions,
  type DownPart,
  type Logger,
  type MeasuredPlan,
  type MetricsEndpoint,
  type ReloadRefusal,
  type RoomLevels,
  SerialQueue,
  withMetrics,
} from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ClusterVertex } from "../cluster-vertex.ts";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { loadClusterConfig, parseClusterConfig } from "../config/cluster-config-file.ts";
import type { BrokenUse, HeldFolders } from "../config/identities.ts";
import { layOver, type LeftOut } from "../config/lay-over.ts";
import { ConfigNumbers, type RunningConfig } from "../config/running-config.ts";
import { OverlayFile } from "../overlay/drivers/overlay-file.ts";
import { keptOverlay, OverlayKeeper } from "../overlay/drivers/overlay-keeper.ts";
import type { OverlayState } from "../overlay/overlay-state.ts";
import type { OverlayStatus } from "../overlay/overlay-status.ts";
import { CHANGES_LOGGED_MAX } from "./limits.ts";
import { type VertexConfigPlan, VertexConfigUse } from "./vertex-config-use.ts";

/** The first config of a process, with the overlay that an earlier life has kept. */
export interface FirstConfig {
  readonly config: ClusterConfig;
  readonly numbers: ConfigNumbers;
  readonly placed: RunningConfig;
  readonly overlay: OverlayState;
  readonly overlayFile: OverlayFile;
  readonly leftOut: readonly LeftOut[];
}

/** Lays the kept overlay over the config of the file, and numbers the parts of both. */
export function firstConfig(
  config: ClusterConfig,
  { wallClock }: Pick<ProcessTime, "wallClock">,
  log: Logger,
): FirstConfig {
  const numbers = new ConfigNumbers();
  const overlayFile = new OverlayFile(config.state, log);
  const overlay = keptOverlay(config, overlayFile);
  const { config: laid, leftOut } = layOver(config, overlay.overlay, wallClock().getTime());
  return { config, numbers, placed: numbers.place(laid), overlay, overlayFile, leftOut };
}

export interface VertexChangesOptions extends FirstConfig {
  /** Path of the config file. */
  readonly file: string;
  readonly vertex: ClusterVertex;
  readonly holdings: Holdings;
  readonly held: HeldFolders;
  readonly broken: readonly BrokenUse[];
  readonly levels: RoomLevels;
  /** Follows the config; the caller starts it. */
  readonly metrics: MetricsEndpoint;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** All that changes a running vertex: config transactions, and orders of the control agent. They take turns in one queue. */
export class VertexChanges implements AsyncDisposable {
  readonly transactions: ConfigTransactions<ClusterConfig, MeasuredPlan<VertexConfigPlan>>;
  readonly use: VertexConfigUse;
  readonly #keeper: OverlayKeeper;
  readonly #turns = new SerialQueue();

  constructor(options: VertexChangesOptions) {
    const { file, config, vertex, levels, metrics, overlay: state, overlayFile, time, log } = options;
    const turns = this.#turns;
    const onTaken = (next: ClusterConfig): Promise<readonly ReloadRefusal[]> => {
      const { level, ...others } = next.log;
      levels.setAll(level, others);
      return this.#keeper.follow(next);
    };
    this.use = new VertexConfigUse({ ...options, onTaken, turns });
    const { use } = this;
    const sight = (): ReturnType<ClusterVertex["overlaySight"]> => vertex.overlaySight();
    const { fabric: side, transport } = vertex;
    const { grants } = transport;
    this.#keeper = new OverlayKeeper({ state, file: overlayFile, side, use, sight, grants, turns, time, log });
    const [load, parse] = [loadClusterConfig, parseClusterConfig];
    const changesLoggedMax = CHANGES_LOGGED_MAX;
    const onSettled = (): void => this.#keeper.settle();
    const given = { file: resolve(file), config, load, parse, changesLoggedMax, turns, time, onSettled, log };
    this.transactions = new ConfigTransactions({ ...given, use: withMetrics(use, metrics) });
  }

  /** Parts that do not work at present. */
  get down(): DownPart[] {
    return [...this.use.down, ...this.#keeper.down];
  }

  /** The work of the control agent; null: the config has none. */
  overlayStatus(): OverlayStatus | null {
    return this.#keeper.status();
  }

  /** The vertex has started: opens the door for the control agent, if the config has one. */
  async start(): Promise<void> {
    // Another config may have been posted before the vertex was ready.
    await this.#turns.run(() => this.#keeper.follow(this.use.config));
    if (!this.transactions.isOnTrial) this.#keeper.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.transactions[Symbol.dispose]();
    await this.#keeper[Symbol.asyncDispose]();
    this.use.close();
  }
}
