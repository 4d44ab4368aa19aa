import type { LinkClassCounts } from "../../link-class-counts.ts";

/** Counts of one class in the queue of a link. */
export class ClassCounts implements LinkClassCounts {
  packetsSent = 0;
  bytesSent = 0;
  droppedFull = 0;
  droppedLate = 0;
  delayMs = 0;

  countSent(length: number): void {
    this.packetsSent++;
    this.bytesSent += length;
  }

  /** A copy of the counts. A waiting packet that is not to be counted has been taken off before it is sent, which does not show here. */
  snapshot(): LinkClassCounts {
    const { packetsSent, bytesSent, droppedFull, droppedLate, delayMs } = this;
    return {
      packetsSent: Math.max(0, packetsSent),
      bytesSent: Math.max(0, bytesSent),
      droppedFull,
      droppedLate,
      delayMs,
    };
  }

  /** Takes off a packet that is not to be counted: it has been counted, or will be when it is sent. */
  uncountSent(length: number): void {
    this.packetsSent--;
    this.bytesSent -= length;
  }
}
