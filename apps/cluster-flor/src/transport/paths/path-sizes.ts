import assert from "node:assert";
import { connectionHighOf, connectionLowOf } from "@florenetes/forwarding";
import type { PathConfig } from "../../config/cluster-config.ts";
import { isSame } from "../../config/config-changes.ts";
import { SlotMap, type Slots } from "../../config/slot-map.ts";
import { ConnectionTable } from "../packets/connection-table.ts";
import { PACKET_SIZE_MAX } from "../limits.ts";
import type { PathPlace, PathSize, PathUser, ProbedPathOptions } from "./path-size.ts";
import { ProbedPath, fixedSize } from "./path-size.ts";

export type PathSizesOptions = Omit<ProbedPathOptions, "link" | "labels" | "users" | "out">;

interface UsedPath {
  config: PathConfig;
  size: PathSize;
  readonly users: PathUser[];
}

/** The sizes of this vertex's paths. Only paths with a user are probed. */
export class PathSizes {
  readonly #options: PathSizesOptions;
  readonly #out = new Uint8Array(PACKET_SIZE_MAX);
  #paths: Slots<UsedPath> = new SlotMap();
  readonly #probed = new ConnectionTable<ProbedPath>();
  #hasStarted = false;

  constructor(paths: Slots<PathConfig>, options: PathSizesOptions) {
    this.#options = options;
    this.reconfigure(paths, 0);
  }

  /** Starts probing. */
  start(now: number): void {
    this.#hasStarted = true;
    for (const path of this.#probed.values()) path.handleLink(now);
  }

  /**
   * Another config is in force. The size of a changed path is probed from the beginning, and its users are told; users
   * of a removed path keep its size until they leave it.
   */
  reconfigure(paths: Slots<PathConfig>, now: number): void {
    const former = this.#paths;
    const used = new SlotMap<UsedPath>();
    for (const [number, config] of paths) {
      const path = former.get(number);
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

  /** Tells the user of changes from now on. Returns a function that ends this. */
  join(number: number, user: PathUser, now: number): () => void {
    const path = this.#used(number);
    path.users.push(user);
    if (path.users.length === 1) this.#probe(path.size, now);
    return () => {
      path.users.splice(path.users.indexOf(user), 1);
      if (path.users.length === 0) this.#forget(path.size);
    };
  }

  /** A link's state, size or preferred size may have changed. */
  handleLink(link: number, now: number): void {
    for (const path of this.#probed.values()) if (path.link === link) path.handleLink(now);
  }

  /** Takes a packet for a connection of this vertex whose payload is not QUIC's. False: the packet belongs to no path. */
  handlePacket(packet: Uint8Array, start: number, end: number, now: number): boolean {
    const path = this.#probed.get(connectionHighOf(packet, start), connectionLowOf(packet, start));
    return path?.handlePacket(packet, start, end, now) ?? false;
  }

  #used(number: number): UsedPath {
    const path = this.#paths.get(number);
    assert(path !== undefined, `there is no path ${number}`);
    return path;
  }

  #open(config: PathConfig): UsedPath {
    const users: PathUser[] = [];
    return { config, size: this.#sizeOf(config, users), users };
  }

  #sizeOf({ link, labels, mtu }: PathConfig, users: readonly PathUser[]): PathSize {
    if (link === undefined || mtu !== undefined) return fixedSize(labels, mtu);
    return new ProbedPath({ ...this.#options, link, labels, users, out: this.#out });
  }

  #change(path: UsedPath, config: PathConfig, now: number): void {
    this.#forget(path.size);
    path.config = config;
    path.size = this.#sizeOf(config, path.users);
    for (const user of path.users) user.handlePath(placeOf(path), now);
    if (path.users.length > 0) this.#probe(path.size, now);
  }

  #probe(size: PathSize, now: number): void {
    if (!(size instanceof ProbedPath)) return;
    this.#probed.add(size.idHigh, size.idLow, size);
    if (this.#hasStarted) size.handleLink(now);
  }

  #forget(size: PathSize): void {
    if (!(size instanceof ProbedPath)) return;
    this.#probed.delete(size.idHigh, size.idLow);
    this.#options.setDeadline(size, Number.POSITIVE_INFINITY);
  }
}

function placeOf({ config: { link, labels, isOverlay }, size }: UsedPath): PathPlace {
  return { link, labels, size, isOverlay };
}
