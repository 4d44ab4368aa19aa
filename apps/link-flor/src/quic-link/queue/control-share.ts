import { TrafficClass } from "@florenetes/labels";
import { CONTROL_BURST, CONTROL_PART, QUEUE_GROUPS } from "../limits.ts";
import { classOfPlace, flowOf, groupOf, placeIn, type QueuePlace } from "./queue-place.ts";

/**
 * How much goes ahead of everything else, for each link that it came by: a part of what the queue sends in all, and some at once. What
 * is more is as all other packets, so that a neighbour who marks everything as control gains nothing.
 */
export class ControlShare {
  /** Bytes that the queue has sent. */
  #sent = 0;
  /** A link may send its whole burst again once the queue has earned it so much. */
  readonly #due = new Float64Array(QUEUE_GROUPS);

  /** The place of a packet that has come. */
  judge(place: QueuePlace, length: number): QueuePlace {
    if (classOfPlace(place) !== TrafficClass.control) return place;
    const group = groupOf(place);
    const earned = Math.floor(this.#sent / CONTROL_PART);
    const next = Math.max(this.#due[group]!, earned) + length;
    if (next - earned > CONTROL_BURST) return placeIn(TrafficClass.reliable, group, flowOf(place));
    this.#due[group] = next;
    return place;
  }

  handleSent(length: number): void {
    this.#sent += length;
  }

  clear(): void {
    this.#sent = 0;
    this.#due.fill(0);
  }
}
