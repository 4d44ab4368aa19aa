import type { RateLimitedLog } from "@florenetes/process-kit";
import { NOT_IN_HEAP } from "@florenetes/scheduling";
import { RETURN_MS_MAX } from "./limits.ts";
import { Detour } from "./tunnels/detour.ts";
import type { Trunk } from "./tunnels/trunk.ts";
import type { Sleeper } from "./turns.ts";

export interface StandbysOptions {
  readonly log: RateLimitedLog;
  /** Monotonic. */
  readonly now: () => number;
  /** The number of the path to the standby host of a trunk's service; undefined: there is none. */
  readonly standbyOf: (trunk: Trunk) => number | undefined;
  /** Whether the config has the path of that number. */
  readonly hasPath: (path: number) => boolean;
  /** Joins the trunk to that host for the principal, service and class of the one that is given. */
  readonly join: (trunk: Trunk, path: number) => Standby;
  /** Whether any use of the trunk wants it to have a connection, however long nothing has used that. */
  readonly isWanted: (trunk: Trunk) => boolean;
  /** Whether the trunk is to have a connection, however long nothing has used it. */
  readonly keep: (trunk: Trunk, isKept: boolean) => void;
  /** Calls the `handleTimeout` of the sleeper then. */
  readonly setDeadline: (sleeper: Sleeper, deadline: number) => void;
  /** A trunk to a standby host was joined, or left. */
  readonly onChange: () => void;
  /** The new streams of the trunk go over another one, its `standby`, or over itself again. They went over `former` until then. */
  readonly onTurned: (trunk: Trunk, former: Trunk) => void;
}

/** The trunk to the standby host of one that is silent, or was so lately. */
export interface Standby {
  readonly trunk: Trunk;
  /** The number of its path. */
  readonly path: number;
  readonly leave: () => void;
}

/** A trunk that has been silent. */
class Watched implements Sleeper {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly detour: Detour = new Detour();
  standby: Standby | undefined;
  /** The standby host that is named now, while new streams go to another one. */
  successor: Standby | undefined;
  /** When the trunk's host fell silent last, or workloads began to wait for it since. */
  askedAt: number = Number.NEGATIVE_INFINITY;
  /** When the standby is let go, if it has no streams then; Infinity: new streams have not returned yet. */
  releaseAt: number = Number.POSITIVE_INFINITY;
  readonly handleTimeout: (now: number) => void;

  constructor(handleTimeout: (now: number) => void) {
    this.handleTimeout = handleTimeout;
  }
}

/**
 * Leads new streams to the standby host of a service while the host in use is silent. The overlay names the standby; a connection to it is made
 * when it is needed, and its handshake proves the host. A standby that is silent or gone itself is left at once; one that is taken when another one is
 * named stays until that is proven. Open streams stay where they are.
 */
export class Standbys {
  readonly #options: StandbysOptions;
  /** Whether a trunk to a standby host was joined or left, of which the owner has not heard. */
  #hasChanged = false;
  /** Trunks that have been silent. They stay until nothing uses them, as their next return depends on the last one. */
  readonly #watched = new Map<Trunk, Watched>();
  /** By the trunks to standby hosts, present and coming ones: the trunks that have these for theirs. */
  readonly #users = new Map<Trunk, Set<Trunk>>();
  /** The trunks to standby hosts by the numbers of their paths. */
  readonly #byPath = new Map<number, Set<Trunk>>();

  constructor(options: StandbysOptions) {
    this.#options = options;
  }

  /** The trunks to standby hosts over the path of that number. */
  over(path: number): Iterable<Trunk> {
    return this.#byPath.get(path) ?? [];
  }

  /** The far end of the trunk's connection, or of its first attempt, owes an answer and says nothing at all. */
  handleSilent(trunk: Trunk, now: number): void {
    if (trunk.isStopped) return;
    const watched = this.#watched.get(trunk) ?? this.#watch(trunk);
    watched.askedAt = now;
    watched.detour.handleSilent(now);
    this.#settle(trunk, watched, now);
    this.#handleStandby(trunk, now);
    this.#tell();
    if (trunk.hasStreams || trunk.clients.areWaiting) this.handleWaiting(trunk, now);
  }

  /** Workloads wait at the trunk, or have got streams there while its host is silent: earlier attempts at the standby slow none down that is needed now. */
  handleWaiting(trunk: Trunk, now: number): void {
    const watched = this.#watched.get(trunk);
    if (watched?.detour.isOn !== true) return;
    const { detour, standby, successor } = watched;
    watched.askedAt = now;
    if (detour.isTaken) return;
    for (const each of [standby, successor]) if (each?.trunk.isReady === false) each.trunk.hasten(now);
  }

  /** The far end of the trunk has answered after a silence, or has greeted. */
  handleHeard(trunk: Trunk, now: number): void {
    const watched = this.#watched.get(trunk);
    if (watched !== undefined) {
      watched.detour.handleAnswered(now);
      this.#settle(trunk, watched, now);
    }
    this.#handleStandby(trunk, now);
    this.#tell();
  }

  /** The host of the trunk is there, and refuses its attempt. A silence that nothing has used for long ends with that: it would ask again for ever. */
  handleRefused(trunk: Trunk, now: number): void {
    const watched = this.#watched.get(trunk);
    if (watched?.detour.isOn !== true || this.#options.isWanted(trunk) || trunk.hasStreams) return;
    const { standby, askedAt } = watched;
    if (standby?.trunk.hasStreams === true) return;
    if (now < Math.max(askedAt, standby?.trunk.usedAt ?? askedAt) + RETURN_MS_MAX) return;
    watched.detour.handleUnneeded(now);
    this.#settle(trunk, watched, now);
    this.#tell();
  }

  /** The last connection of the trunk that takes streams has ended. */
  handleDown(trunk: Trunk, now: number): void {
    const watched = this.#watched.get(trunk);
    if (watched !== undefined) {
      watched.detour.handleDown();
      this.#settle(trunk, watched, now);
    }
    this.#handleStandby(trunk, now);
    this.#tell();
  }

  /** Another config is in force, and all uses of trunks follow it. */
  handleConfig(): void {
    const now = this.#options.now();
    for (const [trunk, watched] of this.#watched) this.#settle(trunk, watched, now);
    this.#tell();
  }

  /** Nothing uses the trunk any more. */
  handleStopped(trunk: Trunk): void {
    const watched = this.#watched.get(trunk);
    if (watched === undefined) return;
    this.#watched.delete(trunk);
    this.#options.setDeadline(watched, Number.POSITIVE_INFINITY);
    if (trunk.standby !== undefined) this.#logLeft(trunk, trunk.standby, "is used no more over");
    trunk.standby = undefined;
    for (const each of [watched.standby, watched.successor]) this.#leave(trunk, each);
    this.#tell();
  }

  /** The trunk may be the standby of others, or is to become it, and is another one for them now. */
  #handleStandby(trunk: Trunk, now: number): void {
    for (const other of this.#users.get(trunk) ?? []) {
      const watched = this.#watched.get(other)!;
      this.#judgeStandby(other, watched, now);
      this.#arm(watched);
    }
  }

  #watch(trunk: Trunk): Watched {
    const watched = new Watched((now) => {
      watched.detour.handleTimeout(now);
      this.#settle(trunk, watched, now);
      this.#tell();
    });
    this.#watched.set(trunk, watched);
    return watched;
  }

  /** Makes what is there be what the detour and the config want. */
  #settle(trunk: Trunk, watched: Watched, now: number): void {
    const path = this.#options.standbyOf(trunk);
    this.#follow(trunk, watched, path, now);
    this.#judgeStandby(trunk, watched, now);
    // Nothing else would ask whether the trunk's own host answers again, as new streams go elsewhere.
    this.#options.keep(trunk, watched.detour.isOn && path !== undefined);
    this.#release(trunk, watched, now);
    this.#arm(watched);
  }

  /** Joins the trunk over that path, which the config names as that of the standby, and leaves those over others unless new streams go there. */
  #follow(trunk: Trunk, watched: Watched, path: number | undefined, now: number): void {
    const { detour, standby, successor } = watched;
    if (successor !== undefined && successor.path !== path) {
      watched.successor = undefined;
      this.#leave(trunk, successor);
    }
    if (standby !== undefined && standby.path !== path) {
      const stays = path !== undefined && detour.isTaken && this.#options.hasPath(standby.path);
      if (stays) watched.successor ??= this.#join(trunk, path, now);
      else if (watched.successor === undefined) this.#drop(trunk, watched);
      else this.#succeed(trunk, watched, now);
    }
    if (watched.standby === undefined && path !== undefined && detour.isOn)
      watched.standby = this.#join(trunk, path, now);
  }

  #join(trunk: Trunk, path: number, now: number): Standby {
    const standby = this.#options.join(trunk, path);
    standby.trunk.start(now);
    this.#users.set(standby.trunk, (this.#users.get(standby.trunk) ?? new Set()).add(trunk));
    this.#byPath.set(path, (this.#byPath.get(path) ?? new Set()).add(standby.trunk));
    this.#hasChanged = true;
    return standby;
  }

  /** The trunk leaves one to a standby host. */
  #leave(trunk: Trunk, standby: Standby | undefined): void {
    if (standby === undefined) return;
    this.#hasChanged = true;
    const { trunk: left, path } = standby;
    const users = this.#users.get(left);
    users?.delete(trunk);
    if (users?.size === 0) {
      this.#users.delete(left);
      const others = this.#byPath.get(path);
      others?.delete(left);
      if (others?.size === 0) this.#byPath.delete(path);
    }
    standby.leave();
  }

  #judgeStandby(trunk: Trunk, watched: Watched, now: number): void {
    const { detour, standby, successor } = watched;
    if (standby?.trunk.isReady === true) detour.handleReady(now);
    else detour.handleUnfit(now);
    if (successor !== undefined && (!detour.isTaken || successor.trunk.isReady)) this.#succeed(trunk, watched, now);
    else this.#turn(trunk, detour.isTaken ? standby?.trunk : undefined);
  }

  /** The standby that is named takes the place of the former one, which no new streams need any more. */
  #succeed(trunk: Trunk, watched: Watched, now: number): void {
    const { detour, standby, successor } = watched;
    watched.standby = successor;
    watched.successor = undefined;
    if (detour.isTaken && successor?.trunk.isReady === true) detour.handleReplaced(now);
    else detour.handleLost();
    this.#judgeStandby(trunk, watched, now);
    this.#leave(trunk, standby);
  }

  /** The standby stays for a while beyond the return, and for as long as it has streams: a connection made anew for each silence would come beside those whose streams are long. */
  #release(trunk: Trunk, watched: Watched, now: number): void {
    const { detour, standby, releaseAt } = watched;
    if (standby === undefined || detour.isOn) watched.releaseAt = Number.POSITIVE_INFINITY;
    else if (now >= releaseAt && !standby.trunk.hasStreams) this.#drop(trunk, watched);
    else if (now >= releaseAt || releaseAt === Number.POSITIVE_INFINITY) watched.releaseAt = now + RETURN_MS_MAX;
  }

  /** New streams leave the standby host before its connection does. */
  #drop(trunk: Trunk, watched: Watched): void {
    const { standby } = watched;
    watched.standby = undefined;
    watched.releaseAt = Number.POSITIVE_INFINITY;
    watched.detour.handleLost();
    this.#turn(trunk, undefined);
    this.#leave(trunk, standby);
  }

  #turn(trunk: Trunk, standby: Trunk | undefined): void {
    const former = trunk.standby;
    if (standby === former) return;
    trunk.standby = standby;
    if (standby !== undefined) this.#logTaken(trunk, standby);
    else this.#logLeft(trunk, former!, "gets its new streams again over");
    this.#options.onTurned(trunk, former ?? trunk);
  }

  #logTaken({ options: { as, service, path } }: Trunk, { options: { path: standby } }: Trunk): void {
    const text = `nothing is heard of service ${service} over path ${path}: new streams go over path ${standby} until it answers again`;
    this.#options.log.info({ code: "STANDBY_TAKEN", as, service, path, standby }, text, `${as} ${path}`);
  }

  /** @param what What becomes of the service and its path */
  #logLeft({ options: { as, service, path } }: Trunk, { options: { path: standby } }: Trunk, what: string): void {
    const text = `service ${service} ${what} path ${path}: no new streams go over ${standby} for it`;
    this.#options.log.info({ code: "STANDBY_LEFT", as, service, path, standby }, text, `${as} ${path}`);
  }

  #arm(watched: Watched): void {
    this.#options.setDeadline(watched, Math.min(watched.detour.nextTimeout, watched.releaseAt));
  }

  #tell(): void {
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    this.#options.onChange();
  }
}
