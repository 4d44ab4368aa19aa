import { isOperatorError } from "@florenetes/operator-text";
import { type DownPart, downPart, type Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { ClusterPortalConfig } from "../../config/link-config.ts";
import type { ServedPortal } from "../../portal/served-portal.ts";
import type { DownCluster } from "../down-cluster.ts";
import { RETRY_MS_MAX, RETRY_MS_MIN } from "../limits.ts";

export interface ServedClusterOptions {
  readonly config: ClusterPortalConfig;
  /** Rejects with an OperatorError when the machine does not give what the config asks for. */
  readonly open: (config: ClusterPortalConfig) => Promise<ServedPortal>;
  readonly time: ProcessTime;
  readonly log: Logger;
}

interface Failure {
  readonly part: DownPart;
  readonly attempts: number;
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly retryAt: number;
}

/**
 * A cluster of the config, for as long as the config names it: served, or down. A cluster is down when the machine did not give something
 * that it needs; it is then tried again, after pauses that double. Calls are carried out one after the other.
 */
export class ServedCluster {
  readonly #options: ServedClusterOptions;
  readonly #timer: WakeUpTimer;
  #config: ClusterPortalConfig;
  #portal: ServedPortal | undefined;
  #failure: Failure | undefined;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ServedClusterOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#timer = options.time.wakeUps.timer(() => {
      if (this.#failure !== undefined && this.#options.time.now() >= this.#failure.retryAt) void this.open();
      else this.#wait();
    });
  }

  /** Undefined while the cluster is not served. */
  get portal(): ServedPortal | undefined {
    return this.#portal;
  }

  /** Undefined while the cluster is served, and before the first attempt. */
  get down(): DownPart | undefined {
    return this.#failure?.part;
  }

  status(): DownCluster | undefined {
    if (this.#failure === undefined) return undefined;
    const { part, since, attempts, retryAt } = this.#failure;
    const now = this.#options.time.now();
    return {
      cluster: this.#config.cluster,
      code: part.code,
      text: part.text,
      sinceMs: Math.round(now - since),
      attempts,
      retryInMs: Math.max(0, Math.round(retryAt - now)),
    };
  }

  /** Tries to serve the cluster, unless it is served. Fulfilled when it is served or down. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#portal === undefined && !this.#isClosed) await this.#attempt();
    });
  }

  /** Ends the portal of the former config, and so frees its address. `open` then serves the cluster by this config. */
  leave(config: ClusterPortalConfig): Promise<void> {
    return this.#inTurn(async () => {
      this.#config = config;
      await this.#end();
    });
  }

  /** Takes another config with the same address. */
  change(config: ClusterPortalConfig): Promise<void> {
    return this.#inTurn(async () => {
      this.#config = config;
      if (this.#portal === undefined) return await this.#attempt();
      try {
        if (await this.#portal.change(config)) return;
      } catch (error) {
        await this.#end();
        this.#fail(error);
        return;
      }
      await this.#end();
      await this.#attempt();
    });
  }

  /** Ends the cluster for good. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    return this.#inTurn(() => this.#end());
  }

  async #attempt(): Promise<void> {
    try {
      this.#portal = await this.#options.open(this.#config);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#failure !== undefined) this.#options.log.info({ code: "CLUSTER_UP" }, "the cluster is served now");
    this.#failure = undefined;
  }

  async #end(): Promise<void> {
    const portal = this.#portal;
    this.#portal = undefined;
    await portal?.close();
  }

  #fail(error: unknown): void {
    if (!isOperatorError(error)) throw error;
    const { time, log } = this.#options;
    const part = downPart(`cluster ${this.#config.cluster}`, error);
    const now = time.now();
    const { attempts = 0, since = now, part: former } = this.#failure ?? {};
    const retryAt = now + Math.min(RETRY_MS_MIN * 2 ** attempts, RETRY_MS_MAX);
    this.#failure = { part, attempts: attempts + 1, since, retryAt };
    const { code: reason, text } = part;
    // A reason that is unchanged is not logged again.
    if (former?.code !== reason || former.text !== text)
      log.error({ code: "CLUSTER_DOWN", reason, text }, "the cluster is not served; it is tried again");
    this.#wait();
  }

  #wait(): void {
    if (this.#failure !== undefined && !this.#isClosed) this.#timer.set(this.#failure.retryAt);
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    return (this.#last = this.#last.then(act));
  }
}
