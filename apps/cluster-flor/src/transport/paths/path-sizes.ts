import assert from "node:assert";
import { connectionHighOf, connectionLowOf } from "@florenetes/forwarding";
import type { PathConfig } from "../../config/cluster-config.ts";
import { isSame } from "../../config/config-changes.ts";
import { SlotMap, type Slots } from "../../config/slot-map.ts";
import { ConnectionTable } from "../packets/connection-table.ts";
import { PACKET_SIZE_MAX } from "../limits.ts";
import { PathRoutes, type PathRoutesOptions } from "./path-routes.ts";
import type { PathPlace, PathSize, PathUser } from "./path-size.ts";
import { ProbedPath, fixedSize } from "./path-size.ts";
import type { RouteProbe } from "./route-probe.ts";
import { RoutesSize } from "./routes-size.ts";

export type PathSizesOptions = Omit<PathRoutesOptions, "users" | "out" | "listen">;

interface UsedPath {
  config: PathConfig;
  size: PathSize;
  routes: PathRoutes | undefined;
  readonly users: PathUser[];
}

/** The sizes and routes of this vertex's paths. Only paths with a user are probed. */
export class PathSizes {
  readonly #options: PathSizesOptions;
  readonly #out = new Uint8Array(PACKET_SIZE_MAX);
  #paths: Slots<UsedPath> = new SlotMap();
  /** Paths with users: also those that the config has no longer, whose users' streams go on. */
  readonly #inUse = new Set<UsedPath>();
  /** All that has sent probes, by the ConnectionIds of these. */
  readonly #probing = new ConnectionTable<ProbedPath | RouteProbe>();
  #hasStarted = false;

  constructor(paths: Slots<PathConfig>, options: PathSizesOptions) {
    this.#options = options;
    this.reconfigure(paths, 0);
  }

  /** Starts probing. */
  start(now: number): void {
    this.#hasStarted = true;
    for (const path of this.#inUse) this.#probe(path, now);
  }

  /**
   * Another config is in force. The size of a changed path is probed from the beginning, and its users are told; users
   * of a removed path keep its size and routes until they leave it.
   */
  reconfigure(paths: Slots<PathConfig>, now: number): void {
    const used = new SlotMap<UsedPath>();
    for (const [number, config] of paths) {
      const path = this.#paths.get(number);
      if (path !== undefined && !isSame(config, path.config)) this.#change(path, config, now);
      used.set(number, path ?? this.#open(config));
    }
    this.#paths = used;
  }

  /** The size of the path with that number in the config. */
  of(path: number): PathSize {
    return this.#used(path).size;
  }

  /** The present state of the path with that number. */
  place(path: number): PathPlace {
    return placeOf(this.#used(path));
  }

  /** The names of the paths that have users, also of those that the config has no longer. */
  get used(): ReadonlySet<string> {
    return new Set([...this.#inUse].map(({ config }) => config.name));
  }

  /** Tells the user of changes from now on. Returns a function that ends this, and says whether the path has no user any more. */
  join(number: number, user: PathUser, now: number): () => boolean {
    const path = this.#used(number);
    path.users.push(user);
    if (path.users.length === 1) {
      this.#inUse.add(path);
      this.#probe(path, now);
    }
    return () => {
      path.users.splice(path.users.indexOf(user), 1);
      if (path.users.length > 0) return false;
      this.#inUse.delete(path);
      this.#forget(path);
      return true;
    };
  }

  /** A link's state, size or preferred size may have changed. */
  handleLink(link: number, now: number): void {
    for (const { size, routes } of this.#inUse) {
      routes?.handleLink(link, now);
      if (size instanceof ProbedPath && size.link === link) size.handleLink(now);
    }
  }

  /** Takes a packet for a connection of this vertex whose payload is not QUIC's. False: the packet belongs to no path. */
  handlePacket(packet: Uint8Array, start: number, end: number, now: number): boolean {
    const owner = this.#probing.get(connectionHighOf(packet, start), connectionLowOf(packet, start));
    return owner?.handlePacket(packet, start, end, now) ?? false;
  }

  #used(number: number): UsedPath {
    const path = this.#paths.get(number);
    assert(path !== undefined, `there is no path ${number}`);
    return path;
  }

  #open(config: PathConfig): UsedPath {
    const users: PathUser[] = [];
    return { config, users, ...this.#sized(config, users) };
  }

  #sized(
    { link, labels, mtu, routes: several }: PathConfig,
    users: readonly PathUser[],
  ): Pick<UsedPath, "size" | "routes"> {
    const options = { ...this.#options, users, out: this.#out };
    if (several !== undefined) {
      const routes = new PathRoutes(several, { ...options, listen: (owner, is) => this.#listen(owner, is) });
      return { size: new RoutesSize(() => routes.sizes(routes.table.routes[0]!)), routes };
    }
    const isFixed = link === undefined || mtu !== undefined;
    return { size: isFixed ? fixedSize(labels, mtu) : new ProbedPath({ ...options, link, labels }), routes: undefined };
  }

  #change(path: UsedPath, config: PathConfig, now: number): void {
    path.config = config;
    if (path.routes !== undefined && config.routes !== undefined) path.routes.replace(config.routes, now);
    else {
      this.#forget(path);
      Object.assign(path, this.#sized(config, path.users));
    }
    for (const user of path.users) user.handlePath(placeOf(path), now);
    if (this.#inUse.has(path)) this.#probe(path, now);
  }

  #probe({ size, routes }: UsedPath, now: number): void {
    if (size instanceof ProbedPath) this.#listen(size, true);
    if (!this.#hasStarted) return;
    routes?.start(now);
    if (size instanceof ProbedPath) size.handleLink(now);
  }

  #forget({ size, routes }: UsedPath): void {
    routes?.stop();
    if (!(size instanceof ProbedPath)) return;
    this.#listen(size, false);
    this.#options.setDeadline(size, Number.POSITIVE_INFINITY);
  }

  #listen(owner: ProbedPath | RouteProbe, isListening: boolean): void {
    if (isListening) this.#probing.add(owner.idHigh, owner.idLow, owner);
    else this.#probing.delete(owner.idHigh, owner.idLow);
  }
}

function placeOf({ config: { link, labels, isOverlay }, size, routes }: UsedPath): PathPlace {
  return { link, labels, size, isOverlay, routes };
}
