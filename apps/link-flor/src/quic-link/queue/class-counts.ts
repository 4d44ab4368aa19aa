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

  /** A packet that is not counted and still waits makes none of them negative. */
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

  /** A packet is not to be counted: it was, or it will be when it has been sent. */
  uncountSent(length: number): void {
    this.packetsSent--;
    this.bytesSent -= length;
  }
}
