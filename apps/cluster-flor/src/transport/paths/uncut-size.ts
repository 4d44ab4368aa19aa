import { type PathSize, ProbedPath } from "./path-size.ts";
import { UNCUT_PACKET_MAX } from "../limits.ts";
import type { Carriage } from "../messages.ts";

/** The size of a path for connections of a carriage. A size from the config, or of a path without links, is used as it is. */
export function sizeFor(size: PathSize, { isUncut }: Pick<Carriage, "isUncut">): PathSize {
  return isUncut && size instanceof ProbedPath ? new UncutSize(size) : size;
}

/**
 * A path's size, limited to what links over Ethernet carry in one piece, however large the path's packets are at
 * present: then a lost UDP payload loses only one datagram, and the largest datagram stays the same while the path's
 * size follows the losses of its links.
 */
class UncutSize implements PathSize {
  readonly #path: ProbedPath;

  constructor(path: ProbedPath) {
    this.#path = path;
  }

  get mtu(): number {
    return Math.min(this.#path.mtu, UNCUT_PACKET_MAX);
  }

  get origin(): PathSize["origin"] {
    return this.#path.origin;
  }

  get payloadMax(): number {
    return Math.min(this.#path.payloadMax, UNCUT_PACKET_MAX - this.#path.headerSize);
  }

  get isUnknown(): boolean {
    return this.#path.isUnknown;
  }

  /** Originators that send uncut datagrams find out how large these may be: that size should not change a moment later. */
  get isWaitedFor(): boolean {
    return this.isUnknown;
  }

  isCarried(payloadMax: number): boolean {
    return this.#path.isCarried(payloadMax);
  }

  handleUse(now: number): void {
    this.#path.handleUse(now);
  }

  /** Doubts are about the whole path: a search up to a smaller size than the path's would set the smaller one for all its users. */
  handleDoubt(payloadMax: number, now: number): void {
    this.#path.handleDoubt(Math.max(payloadMax, this.#path.payloadMax), now);
  }
}
