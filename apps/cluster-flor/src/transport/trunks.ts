import assert from "node:assert";
import { type Credentials, formatShortPrincipal } from "@florenetes/identity";
import type { TunnelConfig } from "../config/cluster-config.ts";
import type { RunningConfig } from "../config/running-config.ts";
import { DatagramDrops } from "./datagrams/flow-account.ts";
import { type Carriage, carriageOf } from "./messages.ts";
import type { PathSizes } from "./paths/path-sizes.ts";
import { type Standby, Standbys } from "./standbys.ts";
import { Trunk } from "./tunnels/trunk.ts";
import type { TrunkHost } from "./tunnels/trunk-host.ts";

/** The principal that opens streams, their service, and the path to it. */
export type TrunkUse = Pick<TunnelConfig, "as" | "service" | "path" | "keepMs" | keyof Carriage>;

export interface TrunksOptions {
  readonly sizes: PathSizes;
  /** The config in force. */
  readonly config: () => Pick<RunningConfig, "paths" | "leads">;
  /** Returns the credentials of an identity folder. */
  readonly credentialsOf: (folder: string) => Credentials;
}

/** The new streams of the trunk go over another one, its `standby`, or over itself again. They went over `former` until then. */
type OnTurned = (trunk: Trunk, former: Trunk) => void;

/** A trunk, and the uses that have joined it. */
interface Used {
  readonly trunk: Trunk;
  readonly key: string;
  /** The number of its path. */
  readonly path: number;
  readonly uses: Set<TrunkUse>;
  /** Whether the trunk stays connected, whatever its uses ask. */
  isKept: boolean;
  /** Ends the trunk's use of its path. Returns whether nothing uses that any more. */
  readonly leavePath: () => boolean;
}

/**
 * The trunks of a transport service: one for each identity, service, path, class and way with datagrams of its uses.
 * A trunk without uses stops, and goes with its last connection.
 */
export class Trunks {
  readonly #host: TrunkHost<Trunk>;
  readonly #options: TrunksOptions;
  readonly #byKey = new Map<string, Used>();
  readonly #used = new Map<Trunk, Used>();
  readonly #standbys: Standbys;
  readonly #turns: OnTurned[] = [];

  constructor(host: TrunkHost<Trunk>, options: TrunksOptions) {
    this.#host = host;
    this.#options = options;
    this.#standbys = new Standbys({
      log: host.log.limited,
      now: host.now,
      standbyOf: (trunk) => this.#standbyOf(trunk),
      hasPath: (path) => options.config().paths.has(path),
      join: (trunk, path) => this.#joinStandby(trunk, path),
      isWanted: (trunk) => [...(this.#used.get(trunk)?.uses ?? [])].some(({ keepMs }) => keepMs === undefined),
      keep: (trunk, isKept) => this.#setKept(trunk, isKept),
      setDeadline: (sleeper, deadline) => host.setDeadline(sleeper, deadline),
      onChange: () => host.news?.handleStandbys(),
      onTurned: (...turned) => {
        for (const onTurned of this.#turns) onTurned(...turned);
      },
    });
  }

  onTurned(onTurned: OnTurned): void {
    this.#turns.push(onTurned);
  }

  /** Yields the trunks to hosts that stand by for silent ones, over the path of that number. */
  standbysOver(path: number): Iterable<Trunk> {
    return this.#standbys.over(path);
  }

  /** Yields the trunks that have uses. */
  *[Symbol.iterator](): Generator<Trunk, void> {
    for (const { trunk } of this.#byKey.values()) yield trunk;
  }

  /**
   * Returns the trunk of a use, until that leaves it. The trunk keeps its connection for as long as any of its uses
   * asks.
   *
   * @param drops For a new trunk: counts datagrams without a flow.
   */
  join(use: TrunkUse, drops: DatagramDrops = new DatagramDrops()): Trunk {
    return this.#join(use, drops, () => this.#options.credentialsOf(use.as));
  }

  #join(use: TrunkUse, drops: DatagramDrops, credentialsOf: () => Credentials): Trunk {
    const key = keyOf(use);
    const used = this.#byKey.get(key) ?? this.#open(key, use, drops, credentialsOf());
    assert(!used.uses.has(use), "a use joins once, and leaves once");
    used.uses.add(use);
    this.#keep(used);
    return used.trunk;
  }

  /** A use leaves the trunk that it has joined. Streams that were opened on it go on. */
  leave(trunk: Trunk, use: TrunkUse): void {
    const used = this.#used.get(trunk);
    if (used?.uses.delete(use) !== true) return;
    if (used.uses.size > 0) return this.#keep(used);
    this.#byKey.delete(used.key);
    trunk.stop();
    this.#standbys.handleStopped(trunk);
    this.#settle(used);
  }

  /** Another config is in force, and all uses have joined the trunks that it gives them. */
  handleConfig(): void {
    this.#standbys.handleConfig();
  }

  handleGone(trunk: Trunk): void {
    const used = this.#used.get(trunk);
    if (used !== undefined) this.#settle(used);
  }

  #open(key: string, use: TrunkUse, datagramDrops: DatagramDrops, credentials: Credentials): Used {
    const { as: identity, service, path: index } = use;
    const { sizes, config } = this.#options;
    const as = formatShortPrincipal(credentials.principal);
    const { name: path, problem } = config().paths.get(index)!;
    const place = sizes.place(index);
    const options = { as, identity, credentials, service, path, problem, place, datagramDrops, ...carriageOf(use) };
    const trunk: Trunk = new Trunk(this.#host, {
      ...options,
      onSilent: (now) => this.#standbys.handleSilent(trunk, now),
      onHeard: (now) => this.#standbys.handleHeard(trunk, now),
      onWaiting: (now) => this.#standbys.handleWaiting(trunk, now),
      onRefused: (now) => this.#standbys.handleRefused(trunk, now),
      onDown: (now) => this.#standbys.handleDown(trunk, now),
    });
    const leavePath = sizes.join(index, trunk, this.#host.now());
    const used: Used = { trunk, key, path: index, uses: new Set(), isKept: false, leavePath };
    this.#byKey.set(key, used);
    this.#used.set(trunk, used);
    return used;
  }

  #standbyOf(trunk: Trunk): number | undefined {
    const path = this.#used.get(trunk)?.path;
    return this.#options.config().leads?.find((lead) => lead.path === path)?.standby;
  }

  #joinStandby(like: Trunk, path: number): Standby {
    const { identity: as, service } = like.options;
    const use = { as, service, path, keepMs: undefined, ...carriageOf(like.options) };
    // The folder may be out of the config already, as uses leave one after the other.
    const trunk = this.#join(use, new DatagramDrops(), () => like.credentials);
    return { trunk, path, leave: () => this.leave(trunk, use) };
  }

  #setKept(trunk: Trunk, isKept: boolean): void {
    const used = this.#used.get(trunk);
    if (used === undefined || trunk.isStopped || used.isKept === isKept) return;
    used.isKept = isKept;
    this.#keep(used);
  }

  #keep({ trunk, uses, isKept }: Used): void {
    const times = [...uses].map(({ keepMs = Number.POSITIVE_INFINITY }) => keepMs);
    trunk.keepFor(isKept ? Number.POSITIVE_INFINITY : Math.max(...times), this.#host.now());
  }

  #settle({ trunk, leavePath }: Used): void {
    if (!trunk.isOver || !this.#used.delete(trunk)) return;
    if (leavePath()) this.#host.news?.handleRoutes();
    trunk.clients.close();
  }
}

function keyOf(use: TrunkUse): string {
  const { as, service, path } = use;
  return JSON.stringify([as, service, path, carriageOf(use)]);
}
