import type { RateLimitedLog } from "@florenetes/process-kit";
import { NOT_IN_HEAP } from "@florenetes/scheduling";
import { Detour } from "./tunnels/detour.ts";
import type { Trunk } from "./tunnels/trunk.ts";
import type { Sleeper } from "./turns.ts";

export interface StandbysOptions {
  readonly log: RateLimitedLog;
  /** Monotonic. */
  readonly now: () => number;
  /** The number of the path to the standby host of a trunk's service; undefined: there is none. */
  readonly standbyOf: (trunk: Trunk) => number | undefined;
  /** Joins the trunk to that host for the principal, service and class of the one that is given. */
  readonly join: (trunk: Trunk, path: number) => Standby;
  /** Whether the far end of a trunk has a connection, and has greeted on it: before, it may still refuse this end. */
  readonly isProven: (trunk: Trunk) => boolean;
  /** Calls `handleTimeout` then. */
  readonly setDeadline: (sleeper: Sleeper, deadline: number) => void;
  /** The new streams of the trunk go over another one, its `standby`, or over itself again. */
  readonly onTurned: (trunk: Trunk) => void;
}

/** The trunk to the standby host of one that is silent, or was so lately. */
export interface Standby {
  readonly trunk: Trunk;
  /** The number of its path. */
  readonly path: number;
  readonly leave: () => void;
}

interface Watched {
  readonly detour: Detour;
  standby: Standby | undefined;
}

/**
 * Leads new streams to the standby host of a service while the host in use is silent. The overlay names the standby; a connection to it is made
 * when it is needed, and its handshake proves the host. Open streams stay where they are.
 */
export class Standbys implements Sleeper {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly #options: StandbysOptions;
  /** Trunks that have been silent. They stay until nothing uses them, as their next return depends on the last one. */
  readonly #watched = new Map<Trunk, Watched>();

  constructor(options: StandbysOptions) {
    this.#options = options;
  }

  /** The far end of the trunk's connection, or of its first attempt, owes an answer and says nothing at all. */
  handleSilent(trunk: Trunk, now: number): void {
    if (trunk.isStopped) return;
    const watched = this.#watched.get(trunk) ?? { detour: new Detour(), standby: undefined };
    this.#watched.set(trunk, watched);
    watched.detour.handleSilent(now);
    this.#settle(trunk, watched);
  }

  /** The far end of the trunk has answered after a silence, or has greeted. */
  handleHeard(trunk: Trunk, now: number): void {
    this.#watched.get(trunk)?.detour.handleAnswered(now);
    for (const [other, each] of this.#watched) if (each.standby?.trunk === trunk) this.#settle(other, each);
    this.#arm();
  }

  /** Another config is in force. */
  handleConfig(): void {
    for (const [trunk, watched] of this.#watched) this.#settle(trunk, watched);
  }

  /** Nothing uses the trunk any more. */
  handleStopped(trunk: Trunk): void {
    const watched = this.#watched.get(trunk);
    if (watched === undefined) return;
    this.#watched.delete(trunk);
    trunk.standby = undefined;
    watched.standby?.leave();
    this.#arm();
  }

  handleTimeout(now: number): void {
    for (const [trunk, watched] of this.#watched) {
      watched.detour.handleTimeout(now);
      this.#settle(trunk, watched);
    }
  }

  /** Makes what is there be what the detour and the config want. */
  #settle(trunk: Trunk, watched: Watched): void {
    const { now, standbyOf, join, isProven } = this.#options;
    const { detour } = watched;
    const path = detour.isWanted ? standbyOf(trunk) : undefined;
    if (watched.standby !== undefined && watched.standby.path !== path) this.#drop(trunk, watched);
    if (path !== undefined && watched.standby === undefined) {
      watched.standby = join(trunk, path);
      watched.standby.trunk.start(now());
    }
    const { standby } = watched;
    if (standby !== undefined && isProven(standby.trunk)) detour.handleReady();
    this.#turn(trunk, detour.isTaken ? standby?.trunk : undefined);
    this.#arm();
  }

  /** New streams leave the standby host before its connection does. */
  #drop(trunk: Trunk, watched: Watched): void {
    const { standby } = watched;
    watched.standby = undefined;
    watched.detour.handleLost();
    this.#turn(trunk, undefined);
    standby?.leave();
  }

  #turn(trunk: Trunk, standby: Trunk | undefined): void {
    const former = trunk.standby;
    if (standby === former) return;
    trunk.standby = standby;
    this.#log(trunk, standby ?? former!, standby !== undefined);
    this.#options.onTurned(trunk);
  }

  #log({ options: { as, service, path } }: Trunk, { options: { path: standby } }: Trunk, isTaken: boolean): void {
    const code = isTaken ? "STANDBY_TAKEN" : "STANDBY_LEFT";
    const text = isTaken
      ? `nothing is heard of service ${service} over path ${path}: new streams go over path ${standby} until it answers again`
      : `new streams to service ${service} go over path ${path} again, and no more over ${standby}`;
    this.#options.log.info({ code, as, service, path, standby }, text, `${as} ${path}`);
  }

  #arm(): void {
    const times = [...this.#watched.values()].map(({ detour }) => detour.nextTimeout);
    this.#options.setDeadline(this, Math.min(Number.POSITIVE_INFINITY, ...times));
  }
}
