import type { StreamAddress } from "@florenetes/config-file";
import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import type { ServiceConfig } from "../../config/cluster-config.ts";
import { Code } from "../codes.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { LocalNetwork, LocalSocket } from "../streams/local-network.ts";
import { type TargetHealth, TargetWatch } from "./target-health.ts";

interface WatchedService {
  readonly config: ServiceConfig;
  readonly account: Pick<StreamAccount, "counts">;
}

export interface TargetWatchesOptions {
  readonly services: () => Iterable<WatchedService>;
  /** Makes the services' counts as new as can be. */
  readonly refresh: () => void;
  readonly local: Pick<LocalNetwork, "dial" | "hasRoom">;
  readonly time: ProcessTime;
}

/** Whether a look is due is asked so often, in milliseconds. */
const ROUND_MS = 1_000;
/** A target that has not taken the connection of a look by then is down, in milliseconds. */
const LOOK_MS = 3_000;

interface Watched extends WatchedService {
  readonly target: StreamAddress;
  readonly watch: TargetWatch;
  /** Gives up the look that is under way. */
  giveUp: (() => void) | undefined;
}

/**
 * Looks at the targets of services that nobody uses, by a connection that is closed at once: whether they are there is known before somebody
 * needs them. Those of datagrams and of this process itself cannot be looked at.
 */
export class TargetWatches {
  readonly #options: TargetWatchesOptions;
  readonly #timer: WakeUpTimer;
  /** By the services' names. */
  readonly #watched = new Map<string, Watched>();
  /** Connections of looks that the target has not ended yet. */
  readonly #left = new Set<LocalSocket>();

  constructor(options: TargetWatchesOptions) {
    this.#options = options;
    this.#timer = options.time.wakeUps.timer(() => this.#round());
  }

  start(): void {
    this.#round();
  }

  close(): void {
    this.#timer.close();
    for (const { giveUp } of this.#watched.values()) giveUp?.();
    this.#resetLeft();
  }

  /** How the target of each service is that is looked at, by the services' names; their counts are as new as can be. */
  healths(): ReadonlyMap<string, TargetHealth> {
    const now = this.#options.time.now();
    this.#adopt();
    this.#count(now);
    return new Map([...this.#watched].map(([name, { watch }]) => [name, watch.health(now)]));
  }

  #round(): void {
    const { time, local, refresh } = this.#options;
    const now = time.now();
    this.#resetLeft();
    this.#adopt();
    const isAnyDue = [...this.#watched.values()].some(({ watch }) => watch.isDue(now));
    if (isAnyDue) {
      // A data thread is woken up by it.
      refresh();
      this.#count(now);
      for (const watched of this.#watched.values()) {
        if (watched.giveUp === undefined && watched.watch.isDue(now) && local.hasRoom) this.#look(watched);
      }
    }
    this.#timer.set(nextRound(now, ROUND_MS));
  }

  /** Takes the services of the config that runs. */
  #adopt(): void {
    const names = new Set<string>();
    for (const { config, account } of this.#options.services()) {
      const { name, target, healthCheckMs } = config;
      if (healthCheckMs === undefined || (target.kind !== "tcp" && target.kind !== "unix")) continue;
      names.add(name);
      const known = this.#watched.get(name);
      if (known?.config === config) continue;
      known?.giveUp?.();
      const watch = new TargetWatch(healthCheckMs, account.counts);
      this.#watched.set(name, { config, account, target, watch, giveUp: undefined });
    }
    for (const [name, { giveUp }] of this.#watched) {
      if (names.has(name)) continue;
      giveUp?.();
      this.#watched.delete(name);
    }
  }

  #count(now: number): void {
    for (const { account, watch } of this.#watched.values()) watch.handleCounts(account.counts, now);
  }

  #look(watched: Watched): void {
    const { local, time } = this.#options;
    let isOver = false;
    const finish = (text: string): void => {
      isOver = true;
      watched.giveUp = undefined;
      watched.watch.handleLook(text, time.now());
    };
    const giveUp = local.dial(watched.target, LOOK_MS, {
      handleConnected: (socket) => {
        finish("");
        this.#leave(socket);
      },
      handleFailed: (_, reason) => finish(reason),
    });
    if (!isOver) watched.giveUp = giveUp;
  }

  /** Says a clean end, which hardly any server takes for a fault. One that does not end as well has until the next round. */
  #leave(socket: LocalSocket): void {
    const nothing = (): void => {};
    const handleLocalClose = (): void => void this.#left.delete(socket);
    socket.owner = { handleLocalData: nothing, handleLocalEnd: nothing, handleLocalDrain: nothing, handleLocalClose };
    this.#left.add(socket);
    socket.end();
    socket.resume();
  }

  #resetLeft(): void {
    for (const socket of this.#left) socket.reset(Code.done, "");
    this.#left.clear();
  }
}
