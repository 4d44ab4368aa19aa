import { FairTurns } from "@florenetes/scheduling";
import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import { QUEUE_CLASS_COSTS } from "../limits.ts";
import { ClassQueue } from "./class-queue.ts";
import { ControlShare } from "./control-share.ts";
import { Load } from "./load.ts";
import { NO_SLOT, type PacketStore } from "./packet-store.ts";
import { classOfPlace, flowOf, type QueuePlace, shareOfPlace } from "./queue-place.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;
const { control, dns, interactive, reliable, bulk, droppable } = TrafficClass;
/** Classes that have had equally much take turns in this order: classes in a hurry go first. */
const ORDER: readonly TrafficClass[] = [control, dns, interactive, reliable, bulk, droppable];
const RANKS: readonly number[] = ORDER.map((_, number) => ORDER.indexOf(number as TrafficClass));

/** Whether packets of a class go ahead of other in-links, as far as their own in-link has credit. */
export function isInHurry(trafficClass: TrafficClass): boolean {
  return RANKS[trafficClass]! <= RANKS[interactive]!;
}

/** The waiting packets that came by one in-link: control goes first, droppable last, and the classes between share by weight. */
export class InLinkQueue {
  readonly load: Load = new Load();
  readonly control: ControlShare = new ControlShare();
  readonly #classes: (ClassQueue | undefined)[] = Array.from({ length: CLASSES });
  /** The turns of the classes that share by weight, by their ranks. */
  readonly #turns = new FairTurns(CLASSES);

  /** The queue of a class. It is made when the first packet of the class has to wait. */
  class(number: TrafficClass): ClassQueue {
    return (this.#classes[number] ??= new ClassQueue());
  }

  /** How much waits of a class. */
  loadOf(number: TrafficClass): Readonly<Load> {
    return this.#classes[number]?.load ?? NOTHING;
  }

  /** The class whose packet is next. To be asked while any waits. */
  nextClass(): TrafficClass {
    if (this.loadOf(control).packets > 0) return control;
    const rank = this.#turns.next();
    return rank === -1 ? droppable : ORDER[rank]!;
  }

  push(place: QueuePlace, slot: number, store: PacketStore): void {
    const number = classOfPlace(place);
    this.load.add(store.lengths[slot]!);
    if (isWeighted(number)) this.#turns.wake(RANKS[number]!);
    this.class(number).push(shareOfPlace(place), flowOf(place), slot, store);
  }

  /** Takes the packet out that has waited in a flow for longest; NO_SLOT: there is none. */
  pop(place: QueuePlace, store: PacketStore): number {
    const number = classOfPlace(place);
    const ofClass = this.class(number);
    const slot = ofClass.pop(shareOfPlace(place), flowOf(place), store);
    if (slot === NO_SLOT) return NO_SLOT;
    this.load.remove(store.lengths[slot]!);
    if (ofClass.load.packets === 0) this.#turns.sleep(RANKS[number]!);
    return slot;
  }

  /** A packet of this in-link was sent in its turn. */
  handleSent(place: QueuePlace, length: number): void {
    const number = classOfPlace(place);
    this.control.handleSent(length);
    this.class(number).handleSent(shareOfPlace(place), flowOf(place), length);
    if (isWeighted(number)) this.#turns.handleSent(RANKS[number]!, QUEUE_CLASS_COSTS[number]! * length);
  }

  /** The class that has to make room for `more` of the class `to`: droppable, else the class that holds most for its weight. */
  largestClass(to: TrafficClass, more: number): TrafficClass {
    let largest: TrafficClass = reliable;
    let most = 0;
    for (let number = 0; number < CLASSES; number++) {
      const size = this.loadOf(number as TrafficClass).size + (number === to ? more : 0);
      if (number === droppable && size > 0) return number;
      const cost = QUEUE_CLASS_COSTS[number]! * size;
      if (cost <= most) continue;
      largest = number as TrafficClass;
      most = cost;
    }
    return largest;
  }
}

const NOTHING = new Load();

/** Whether a class shares by weight with others. */
function isWeighted(number: TrafficClass): boolean {
  return number !== control && number !== droppable;
}
