import { connectionHighOf, connectionLowOf } from "@florenetes/labels";
import type { PathConfig } from "../../config/cluster-config.ts";
import { ConnectionTable } from "../packets/connection-table.ts";
import { PACKET_SIZE_MAX } from "../limits.ts";
import type { PathSize, PathUser, ProbedPathOptions } from "./path-size.ts";
import { ProbedPath, fixedSize } from "./path-size.ts";

export type PathSizesOptions = Omit<ProbedPathOptions, "link" | "labels" | "out">;

/** The sizes of this vertex's paths. Only those that have a user are looked for. */
export class PathSizes {
  readonly #sizes: readonly PathSize[];
  readonly #probed = new ConnectionTable<ProbedPath>();

  constructor(paths: readonly PathConfig[], options: PathSizesOptions) {
    const out = new Uint8Array(PACKET_SIZE_MAX);
    this.#sizes = paths.map(({ link, labels, mtu }) => {
      if (link === undefined || mtu !== undefined) return fixedSize(labels, mtu);
      return new ProbedPath({ ...options, link, labels, out });
    });
  }

  /** The size of the path with that index in the config. */
  of(path: number): PathSize {
    return this.#sizes[path]!;
  }

  /** The user is told of changes from now on. */
  join(path: number, user: PathUser): void {
    const size = this.#sizes[path];
    if (!(size instanceof ProbedPath)) return;
    if (size.users.push(user) === 1) this.#probed.add(size.idHigh, size.idLow, size);
  }

  /** A link's state, size or preferred size may have changed. */
  handleLink(link: number, now: number): void {
    for (const path of this.#probed.values()) if (path.link === link) path.handleLink(now);
  }

  /** A packet for a connection of this vertex whose payload is none of QUIC's. False: it is nobody's. */
  handlePacket(packet: Uint8Array, start: number, end: number, now: number): boolean {
    const path = this.#probed.get(connectionHighOf(packet, start), connectionLowOf(packet, start));
    return path?.handlePacket(packet, start, end, now) ?? false;
  }
}
