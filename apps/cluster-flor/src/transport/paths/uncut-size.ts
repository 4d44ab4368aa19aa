import { type PathSize, ProbedPath } from "./path-size.ts";
import { UNCUT_PACKET_MAX } from "../limits.ts";
import type { Carriage } from "../messages.ts";

/** The size of a path for connections of a carriage. What the config says, or no link is in the way of, is taken as it is. */
export function sizeFor(size: PathSize, { isUncut }: Carriage): PathSize {
  return isUncut && size instanceof ProbedPath ? new UncutSize(size) : size;
}

/**
 * No more of a path than links over Ethernet carry in one piece, however large its packets are at present: the loss of one UDP payload
 * loses one datagram then, and the largest datagram stays what it is while the path's size follows the losses of its links.
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

  /** Datagrams that are not cut find out how large they may be: that had better not be another size in a moment. */
  get isWaitedFor(): boolean {
    return this.isUnknown;
  }

  isCarried(payloadMax: number): boolean {
    return this.#path.isCarried(payloadMax);
  }

  handleUse(now: number): void {
    this.#path.handleUse(now);
  }

  /** Doubts are about the path: a search up to a smaller size than it has would find that one, for all of its users. */
  handleDoubt(payloadMax: number, now: number): void {
    this.#path.handleDoubt(Math.max(payloadMax, this.#path.payloadMax), now);
  }
}
