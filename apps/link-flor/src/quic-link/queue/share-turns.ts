import { FairTurns } from "@florenetes/scheduling";
import { QUEUE_SHARES } from "../limits.ts";
import { Load } from "./load.ts";
import { UNSHARED } from "./queue-place.ts";
import { ShareQueue } from "./share-queue.ts";

/**
 * The shares of one class of an in-link: their places, their queues, and whose turn it is.
 *
 * A share keeps its place while packets of it wait, and while it has had more than shares whose packets wait. Only when more shares have something
 * to send at a time than there are places, the last ones share the places of others; packets without a share never do. So whoever can invent shares
 * leaves each place one part in `QUEUE_SHARES` of the class, as whoever invents ConnectionIds leaves each place of connections.
 */
export class ShareTurns {
  /** How much waits of all shares, and without one. */
  readonly load: Load = new Load();
  readonly #turns = new FairTurns(QUEUE_SHARES);
  readonly #owners = new Uint16Array(QUEUE_SHARES);
  /** Places, by their bits, at which packets of other shares than the owner wait. Such a share stays until the place is empty, so that its packets
   *  keep their order. */
  #visited = 0;
  /** The queues, by place. Each is made when its first packet has to wait; that of packets without a share is elsewhere. */
  readonly #queues: (ShareQueue | undefined)[] = Array.from({ length: QUEUE_SHARES });

  /** @param unshared How much waits without a share already. */
  constructor(unshared: Readonly<Load>) {
    this.load.packets = unshared.packets;
    this.load.bytes = unshared.bytes;
    if (unshared.packets > 0) this.#turns.wake(UNSHARED);
  }

  /** Finds the place of a share, 1 to 4,095, of which a packet comes. */
  find(share: number): number {
    const home = 1 + ((share - 1) % (QUEUE_SHARES - 1));
    if (this.#owners[home] === share) return home;
    let free = this.#turns.isOver(home) ? home : UNSHARED;
    for (let place = 1; place < QUEUE_SHARES; place++) {
      if (this.#owners[place] === share) return place;
      if (free === UNSHARED && this.#turns.isOver(place)) free = place;
    }
    if (free === UNSHARED || (this.#visited & (1 << home)) !== 0) {
      this.#visited |= 1 << home;
      return home;
    }
    this.#owners[free] = share;
    return free;
  }

  queue(share: number): ShareQueue {
    return (this.#queues[share] ??= new ShareQueue());
  }

  /** The place that is next; -1: no packet waits. */
  next(): number {
    return this.#turns.next();
  }

  /** A packet has come to a place. */
  handlePushed(share: number, length: number): void {
    this.load.add(length);
    this.#turns.wake(share);
  }

  /** A packet has left a place. `isEmpty`: it was the last one there. */
  handlePopped(share: number, length: number, isEmpty: boolean): void {
    this.load.remove(length);
    if (!isEmpty) return;
    this.#visited &= ~(1 << share);
    this.#turns.sleep(share);
  }

  /** A packet was sent in its turn. */
  handleSent(share: number, length: number): void {
    this.#turns.handleSent(share, length);
  }

  /** The place that holds most when `more` is added to what the place `at` holds, where packets without a share hold `unshared`. */
  largest(unshared: number, more: number, at: number): number {
    let largest = UNSHARED;
    let most = unshared;
    for (let place = 1; place < QUEUE_SHARES; place++) {
      const size = (this.#queues[place]?.load.size ?? 0) + (place === at ? more : 0);
      if (size <= most) continue;
      largest = place;
      most = size;
    }
    return largest;
  }
}
