import assert from "node:assert";
import type { LinkStatus } from "@florenetes/portal-api";

interface Use {
  readonly peer: string;
  readonly tag: string;
  endedAt: number;
}

/**
 * Knows what the handles of a portal have named, over all lives of its link vertex, from what its link protocol told. Each of the
 * two programs is held to that: a handle names one session of one link, and nothing afterwards.
 */
export class LinkHandles {
  readonly #now: () => number;
  readonly #agreedAt: () => number;
  readonly #uses = new Map<number, Use>();

  /** @param agreedAt When the sides of the portal last agreed: from then on neither may use a handle that had ended before. */
  constructor(now: () => number, agreedAt: () => number) {
    this.#now = now;
    this.#agreedAt = agreedAt;
  }

  /** Notes a state that the link protocol tells. */
  handleStatus({ peer, tag, state, handle }: LinkStatus): void {
    for (const [known, use] of this.#uses) {
      if (use.peer === peer && use.tag === tag && known !== handle) use.endedAt = Math.min(use.endedAt, this.#now());
    }
    if (state !== "up") return;
    const use = this.#uses.get(handle) ?? { peer, tag, endedAt: Infinity };
    const isSame = use.peer === peer && use.tag === tag && use.endedAt === Infinity;
    assert(isSame, `handle ${handle} names ${peer} after ${use.peer}`);
    this.#uses.set(handle, use);
  }

  /** Notes the end of the former life of the link vertex. */
  handleEndOfLife(): void {
    for (const use of this.#uses.values()) use.endedAt = Math.min(use.endedAt, this.#now());
  }

  /** Checks the handle of a packet from the link vertex to the cluster vertex. */
  checkPacket(handle: number): void {
    assert(this.#uses.get(handle)?.endedAt === Infinity, `a packet comes under handle ${handle}, which names no link`);
  }

  /** The name of the neighbour whose link a handle names. */
  peerOf(handle: number): string {
    return this.#uses.get(handle)!.peer;
  }

  /** Checks the handle of a packet that the cluster vertex has sent. */
  checkSent(handle: number): void {
    const use = this.#uses.get(handle);
    assert(use !== undefined, `a packet was sent under handle ${handle}, which never named a link`);
    assert(use.endedAt >= this.#agreedAt(), `a packet was sent to ${use.peer} under handle ${handle}, which has ended`);
  }

  /** Checks that a frame under this handle is from the neighbour that the cluster vertex takes it for. */
  checkTaken(handle: number, peer: string, tag: string): void {
    const use = this.#uses.get(handle);
    const isFromThere = use?.peer === peer && use.tag === tag && use.endedAt >= this.#agreedAt();
    assert(isFromThere, `a frame under handle ${handle}, of ${use?.peer}, is taken for one of ${peer}`);
  }
}
