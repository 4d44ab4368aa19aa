import { FairTurns } from "@florenetes/scheduling";
import { QUEUE_FLOWS } from "../limits.ts";
import { Codel } from "./codel.ts";
import { Load } from "./load.ts";
import { NO_SLOT, type PacketStore } from "./packet-store.ts";

/** The waiting packets of a share whose connections share a place, in the order in which they came. */
export class Flow {
  head: number = NO_SLOT;
  tail: number = NO_SLOT;
  readonly load: Load = new Load();
  readonly codel: Codel = new Codel();
}

/** The waiting packets of one share, in one class of an in-link: their connections have equal parts. */
export class ShareQueue {
  readonly turns: FairTurns = new FairTurns(QUEUE_FLOWS);
  readonly flows: readonly Flow[] = Array.from({ length: QUEUE_FLOWS }, () => new Flow());
  readonly load: Load = new Load();

  push(number: number, slot: number, store: PacketStore): void {
    const length = store.lengths[slot]!;
    const flow = this.flows[number]!;
    this.load.add(length);
    flow.load.add(length);
    this.turns.wake(number);
    if (flow.head === NO_SLOT) flow.head = slot;
    else store.next[flow.tail] = slot;
    flow.tail = slot;
  }

  /** Takes the packet out that has waited in a flow for longest; NO_SLOT: there is none. */
  pop(number: number, store: PacketStore): number {
    const flow = this.flows[number]!;
    const slot = flow.head;
    if (slot === NO_SLOT) return NO_SLOT;
    const length = store.lengths[slot]!;
    store.isOut[slot] = 1;
    flow.head = store.next[slot]!;
    this.load.remove(length);
    flow.load.remove(length);
    if (flow.head === NO_SLOT) {
      flow.codel.handleEmpty();
      this.turns.sleep(number);
    }
    return slot;
  }

  /** The flow that holds most when `more` is added to what the flow `at` holds. */
  largest(more: number, at: number): number {
    let flow = 0;
    let most = 0;
    for (let index = 0; index < QUEUE_FLOWS; index++) {
      const size = this.flows[index]!.load.size + (index === at ? more : 0);
      if (size <= most) continue;
      flow = index;
      most = size;
    }
    return flow;
  }
}
