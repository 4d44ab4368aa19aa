import type { ServiceTarget, StreamAddress } from "@florenetes/config-file";
import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import type { ServiceConfig } from "../../config/cluster-config.ts";
import { Code } from "../codes.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { LocalNetwork, LocalSocket } from "../streams/local-network.ts";
import { type TargetHealth, TargetWatch } from "./target-health.ts";

interface WatchedService {
  readonly config: ServiceConfig;
  readonly account: Pick<StreamAccount, "counts" | "onTargetFailed">;
}

export interface TargetWatchesOptions {
  readonly services: () => Iterable<WatchedService>;
  /** Updates the services' counts. */
  readonly refresh: () => void;
  readonly local: Pick<LocalNetwork, "dial" | "hasRoom">;
  readonly time: ProcessTime;
  /** Called when the state of a target is another one than before. */
  readonly onNews: () => void;
}

/** The interval at which due checks are looked for, in milliseconds. */
const ROUND_MS = 1_000;
/** The time within which a target has to accept the connection of a check, in milliseconds. */
const LOOK_MS = 3_000;

interface Watched extends WatchedService {
  readonly target: StreamAddress;
  readonly watch: TargetWatch;
  /** Cancels a running check. */
  giveUp: (() => void) | undefined;
  told: TargetHealth["state"];
}

/**
 * Checks the targets of services without streams, by a connection that is closed at once: so failures are known before
 * a peer needs the target. Targets for datagrams cannot be checked, and own services need not be.
 */
export class TargetWatches {
  readonly #options: TargetWatchesOptions;
  readonly #timer: WakeUpTimer;
  /** By the services' names. */
  readonly #watched = new Map<string, Watched>();
  /** Connections of checks that the target has not ended yet. */
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

  /** The target of a service has ended its session, or has taken no stream: the next round looks at it. */
  handleDoubt(service: string): void {
    this.#watched.get(service)?.watch.handleDoubt();
  }

  /** The health of each checked target, by the services' names; the counts are up to date. */
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
      // This wakes a data thread.
      refresh();
      this.#count(now);
      for (const watched of this.#watched.values()) {
        if (watched.giveUp === undefined && watched.watch.isDue(now) && local.hasRoom) this.#look(watched);
      }
      this.#tell();
    }
    this.#timer.set(nextRound(now, ROUND_MS));
  }

  /** Adopts the services of the running config. */
  #adopt(): void {
    const names = new Set<string>();
    for (const { config, account } of this.#options.services()) {
      const { name, healthCheckMs } = config;
      const target = streamAddressOf(config.target);
      if (healthCheckMs === undefined || target === undefined) continue;
      names.add(name);
      const known = this.#watched.get(name);
      if (known?.config === config) continue;
      known?.giveUp?.();
      const watch = new TargetWatch(healthCheckMs, account.counts);
      account.onTargetFailed = () => watch.handleDoubt();
      this.#watched.set(name, { config, account, target, watch, giveUp: undefined, told: "unknown" });
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

  #tell(): void {
    const now = this.#options.time.now();
    let isNews = false;
    for (const watched of this.#watched.values()) {
      const { state } = watched.watch.health(now);
      isNews ||= state !== watched.told;
      watched.told = state;
    }
    if (isNews) this.#options.onNews();
  }

  #look(watched: Watched): void {
    const { local, time } = this.#options;
    let isOver = false;
    watched.watch.handleLookBegins();
    const finish = (text: string): void => {
      isOver = true;
      watched.giveUp = undefined;
      watched.watch.handleLook(text, time.now());
      this.#tell();
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

  /**
   * Ends the connection cleanly, which hardly any server takes for a fault. A target that does not end its half has
   * until the next round.
   */
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

/** The address at which a target takes streams; undefined: it takes none, or is no other process. */
function streamAddressOf(target: ServiceTarget): StreamAddress | undefined {
  if (target.kind === "session") return { kind: "unix", path: target.path };
  return target.kind === "tcp" || target.kind === "unix" ? target : undefined;
}
