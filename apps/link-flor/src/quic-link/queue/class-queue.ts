import type { Load } from "./load.ts";
import type { PacketStore } from "./packet-store.ts";
import { NO_SLOT } from "./packet-store.ts";
import { UNSHARED } from "./queue-place.ts";
import { ShareQueue } from "./share-queue.ts";
import { ShareTurns } from "./share-turns.ts";

/** The waiting packets of one class that came by one in-link: their shares have equal parts. */
export class ClassQueue {
  /** Packets without a share. */
  readonly #unshared = new ShareQueue();
  /** Made when the first packet with a share has to wait: a class without shares has no turns of them. */
  #shares: ShareTurns | undefined;

  /** How much waits of all shares. */
  get load(): Readonly<Load> {
    return this.#shares === undefined ? this.#unshared.load : this.#shares.load;
  }

  /** The queue at the place of a share. */
  share(share: number): ShareQueue {
    return share === UNSHARED ? this.#unshared : this.#shares!.queue(share);
  }

  /** Finds the place of a share, 1 to 4,095. */
  findShare(share: number): number {
    this.#shares ??= new ShareTurns(this.#unshared.load);
    return this.#shares.find(share);
  }

  /** The place of the share that is next. To be asked while any packet waits. */
  nextShare(): number {
    return this.#shares === undefined ? UNSHARED : this.#shares.next();
  }

  push(share: number, flow: number, slot: number, store: PacketStore): void {
    this.share(share).push(flow, slot, store);
    this.#shares?.handlePushed(share, store.lengths[slot]!);
  }

  /** Takes the packet out that has waited in a flow for longest; NO_SLOT: there is none. */
  pop(share: number, flow: number, store: PacketStore): number {
    const queue = this.share(share);
    const slot = queue.pop(flow, store);
    if (slot !== NO_SLOT) this.#shares?.handlePopped(share, store.lengths[slot]!, queue.load.packets === 0);
    return slot;
  }

  /** A packet was sent in its turn. */
  handleSent(share: number, flow: number, length: number): void {
    this.share(share).turns.handleSent(flow, length);
    this.#shares?.handleSent(share, length);
  }

  /** The place of the share that holds most when `more` is added to what the share at `at` holds. */
  largestShare(more: number, at: number): number {
    if (this.#shares === undefined) return UNSHARED;
    const unshared = this.#unshared.load.size + (at === UNSHARED ? more : 0);
    return this.#shares.largest(unshared, more, at);
  }
}
