/** Whether this node, which lets others in, is crowded: it says so with its announcement, and nodes that have a choice go elsewhere. Pure. */
import { CROWDED_PAUSE_MS, CROWDED_PERCENT, EASED_PERCENT, PRESSED_PERCENT, ROOMY_PERCENT } from "./limits.ts";

/** The capability that a crowded node announces, and the one beside it where it is its links that are many. */
export const CROWDED = "crowded";
export const FEW_PLACES = "few-places";

/** How full a node is. */
export interface Fullness {
  /** Links that are there or on their way, and how many there may be. */
  readonly links: number;
  readonly most: number;
  /** The busiest of processor, memory and sockets, in percent. */
  readonly load: number;
}

export class Crowding {
  isCrowded = false;
  #changedAt = Number.NEGATIVE_INFINITY;

  /** Takes how full the node is. What is so between both limits stays what it was, and nothing changes twice within a minute. */
  look({ links, most, load }: Fullness, now: number): boolean {
    const places = most === 0 ? 0 : (100 * links) / most;
    const begins = places >= CROWDED_PERCENT || load >= PRESSED_PERCENT;
    const ends = places < ROOMY_PERCENT && load < EASED_PERCENT;
    const isOther = this.isCrowded ? ends : begins;
    if (!isOther || now < this.#changedAt + CROWDED_PAUSE_MS) return this.isCrowded;
    [this.isCrowded, this.#changedAt] = [begins, now];
    return this.isCrowded;
  }
}

/** Words of a node about the room that it has left. */
export class RoomLeft {
  readonly #places = new Crowding();
  readonly #load = new Crowding();

  /** The capabilities that it announces. */
  look({ links, most, load }: Fullness, now: number): string[] {
    const hasFew = this.#places.look({ links, most, load: 0 }, now);
    const isPressed = this.#load.look({ links: 0, most: 0, load }, now);
    return [...(hasFew || isPressed ? [CROWDED] : []), ...(hasFew ? [FEW_PLACES] : [])];
  }
}
