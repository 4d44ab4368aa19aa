import { FairTurns } from "@florenetes/fair-share";
import { QUEUE_FLOWS, QUEUE_GROUPS } from "../limits.ts";
import { Codel } from "./codel.ts";
import { Load } from "./load.ts";
import { NO_SLOT, type PacketStore } from "./packet-store.ts";
import { flowOf, groupOf, type QueuePlace } from "./queue-place.ts";

/** Packets in the order in which they came. */
class Flow {
  head: number = NO_SLOT;
  tail: number = NO_SLOT;
  readonly load: Load = new Load();
  readonly codel: Codel = new Codel();
}

class Group {
  readonly turns: FairTurns = new FairTurns(QUEUE_FLOWS);
  readonly flows: readonly Flow[] = Array.from({ length: QUEUE_FLOWS }, () => new Flow());
  readonly load: Load = new Load();
}

/**
 * The packets of one class that wait: shares are fair among links first, then among the connections that came by one of them. The state of a
 * link is made when the first packet of it has to wait.
 */
export class ClassQueue {
  readonly turns: FairTurns = new FairTurns(QUEUE_GROUPS);
  readonly load: Load = new Load();
  readonly #groups: (Group | undefined)[] = Array.from({ length: QUEUE_GROUPS });

  /** The place within the class whose turn it is (its group and flow); -1: there is none. */
  next(): number {
    const group = this.turns.next();
    return group === -1 ? -1 : group * QUEUE_FLOWS + this.#groups[group]!.turns.next();
  }

  head(place: QueuePlace): number {
    return this.flow(place).head;
  }

  flow(place: QueuePlace): Flow {
    return this.#group(place).flows[flowOf(place)]!;
  }

  push(place: QueuePlace, slot: number, store: PacketStore): void {
    const length = store.lengths[slot]!;
    const group = this.#group(place);
    const flow = group.flows[flowOf(place)]!;
    this.load.add(length);
    group.load.add(length);
    flow.load.add(length);
    this.turns.wake(groupOf(place));
    group.turns.wake(flowOf(place));
    if (flow.head === NO_SLOT) flow.head = slot;
    else store.next[flow.tail] = slot;
    flow.tail = slot;
  }

  /** Takes the packet out that has waited in a flow for longest; NO_SLOT: there is none. */
  pop(place: QueuePlace, store: PacketStore): number {
    const group = this.#group(place);
    const flow = group.flows[flowOf(place)]!;
    const slot = flow.head;
    if (slot === NO_SLOT) return NO_SLOT;
    const length = store.lengths[slot]!;
    store.isOut[slot] = 1;
    flow.head = store.next[slot]!;
    this.load.remove(length);
    group.load.remove(length);
    flow.load.remove(length);
    if (flow.head === NO_SLOT) {
      flow.codel.handleEmpty();
      group.turns.sleep(flowOf(place));
    }
    if (group.load.packets === 0) this.turns.sleep(groupOf(place));
    return slot;
  }

  /** A packet of it was sent when it was its turn. */
  handleSent(place: QueuePlace, length: number): void {
    this.turns.handleSent(groupOf(place), length);
    this.#group(place).turns.handleSent(flowOf(place), length);
  }

  /** The place within the class (its group and flow) that takes most, after so much was added to what a place takes. */
  largest(more: number, at: QueuePlace): number {
    let group = 0;
    let most = 0;
    for (let index = 0; index < QUEUE_GROUPS; index++) {
      const size = (this.#groups[index]?.load.size ?? 0) + (index === groupOf(at) ? more : 0);
      if (size <= most) continue;
      group = index;
      most = size;
    }
    let flow = 0;
    most = 0;
    for (let index = 0; index < QUEUE_FLOWS; index++) {
      const size = this.#groups[group]?.flows[index]!.load.size ?? 0;
      const added = group === groupOf(at) && index === flowOf(at) ? more : 0;
      if (size + added <= most) continue;
      flow = index;
      most = size + added;
    }
    return group * QUEUE_FLOWS + flow;
  }

  #group(place: QueuePlace): Group {
    return (this.#groups[groupOf(place)] ??= new Group());
  }
}
