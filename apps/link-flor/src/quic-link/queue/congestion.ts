import {
  CONGESTED_AT_BYTES,
  CONGESTED_AT_DELAY_MS,
  CONGESTED_AT_PACKETS,
  QUEUE_TARGET_MS,
  RELIEVED_AT_BYTES,
  RELIEVED_AT_PACKETS,
} from "../limits.ts";
import { Load } from "./load.ts";

/** Whether sources of the vertex itself should hold back, by what waits of theirs. It goes off later than it goes on, so that it does not
 *  flutter. */
export class Congestion {
  isOn = false;
  readonly #load = new Load();

  /** A packet has come, behind one that has waited for so long. */
  handlePushed(length: number, delay: number): void {
    this.#load.add(length);
    const { packets, bytes } = this.#load;
    if (packets >= CONGESTED_AT_PACKETS || bytes >= CONGESTED_AT_BYTES || delay >= CONGESTED_AT_DELAY_MS)
      this.isOn = true;
  }

  /** A packet has left that has waited for so long, to be sent or not. */
  handleLeft(length: number, delay: number): void {
    this.#load.remove(length);
    const { packets, bytes } = this.#load;
    const isShort = packets <= RELIEVED_AT_PACKETS && bytes <= RELIEVED_AT_BYTES;
    if (packets === 0 || (isShort && delay < QUEUE_TARGET_MS)) this.isOn = false;
  }

  clear(): void {
    this.#load.clear();
    this.isOn = false;
  }
}
