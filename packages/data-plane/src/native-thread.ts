/** The calls that the data threads of both programs have. */
export interface NativeThread {
  /** Stops the thread, once it has carried out its orders, and waits for it. */
  close(): void;
  /** All events that wait, as bytes; null: there are none. */
  takeEvents(): Uint8Array | null;
  /** Gives the waiting orders to the thread. False: some still wait. */
  flush(): boolean;
  /** Figures of now; null when the thread does not answer within a second. */
  figures(cluster: number): Uint8Array | null;
  /** Looks whether the thread goes on; to be called each second. A thread that stands still for ten seconds ends the process. */
  watch(): void;
}
