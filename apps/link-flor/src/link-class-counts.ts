/** Counts of one class of packets in the queue of a link. */
export interface LinkClassCounts {
  /** Packets that went to the engine, and their bytes. */
  readonly packetsSent: number;
  readonly bytesSent: number;
  /** Packets that were dropped since there was no room. */
  readonly droppedFull: number;
  /** Packets that were dropped since they, or those behind them, had waited for too long. */
  readonly droppedLate: number;
  /** How long the packets that were sent had waited, added up. */
  readonly delayMs: number;
}
