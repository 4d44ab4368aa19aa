import {
  CONGESTED_AT_BYTES,
  CONGESTED_AT_DELAY_MS,
  CONGESTED_AT_PACKETS,
  QUEUE_TARGET_MS,
  RELIEVED_AT_BYTES,
  RELIEVED_AT_PACKETS,
} from "../limits.ts";
import { Load } from "./load.ts";

/** Whether sources of the vertex itself should hold back in one class, by how much of theirs waits in it. The load at which it goes off is below
 *  that at which it goes on, so that it does not flutter. */
export class Congestion {
  isOn = false;
  readonly #load = new Load();
  readonly #part: number;

  /** @param part The class holds one part in so many of the queue at most. */
  constructor(part: number) {
    this.#part = part;
  }

  /** A packet has come. The head of its flow has waited for `delay` ms. */
  handlePushed(length: number, delay: number): void {
    this.#load.add(length);
    const { packets, bytes } = this.#load;
    const isLong = packets >= CONGESTED_AT_PACKETS / this.#part || bytes >= CONGESTED_AT_BYTES / this.#part;
    if (isLong || delay >= CONGESTED_AT_DELAY_MS) this.isOn = true;
  }

  /** A packet has left that had waited for `delay` ms, to be sent or to be dropped. */
  handleLeft(length: number, delay: number): void {
    this.#load.remove(length);
    const { packets, bytes } = this.#load;
    const isShort = packets <= RELIEVED_AT_PACKETS / this.#part && bytes <= RELIEVED_AT_BYTES / this.#part;
    if (packets === 0 || (isShort && delay < QUEUE_TARGET_MS)) this.isOn = false;
  }

  clear(): void {
    this.#load.clear();
    this.isOn = false;
  }
}
