import { CONTROL_BURST, CONTROL_PART } from "../limits.ts";

/**
 * Limits how much control of one in-link goes ahead of everything else that came by it: a part of what the queue sends of that in-link, and a
 * burst. Control beyond that is treated as reliable, so that nobody gains by marking everything as control.
 */
export class ControlShare {
  /** Bytes of the in-link that the queue has sent. */
  #sent = 0;
  /** The whole burst may be sent again once so much is earned. */
  #due = 0;

  /** Whether a packet of control that has come may go ahead; it is counted. */
  take(length: number): boolean {
    const earned = Math.floor(this.#sent / CONTROL_PART);
    const next = Math.max(this.#due, earned) + length;
    if (next - earned > CONTROL_BURST) return false;
    this.#due = next;
    return true;
  }

  handleSent(length: number): void {
    this.#sent += length;
  }
}
