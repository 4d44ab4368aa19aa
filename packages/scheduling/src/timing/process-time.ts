/** Time as a process has it: its clocks, and calls at a time. A simulated process has another than a real one (`nodeTime`). */
export interface ProcessTime {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly wallClock: () => Date;
  readonly wakeUps: WakeUps;
}

/** The end of a turn, and timers. */
export interface WakeUps {
  /** Calls once, when all that is ready now has been handled. */
  soon(call: () => void): void;
  /** A timer that calls this. */
  timer(call: () => void): WakeUpTimer;
}

/** A timer that behaves as `EarliestTimer`. */
export interface WakeUpTimer {
  /** Wants one call at that time of the monotonic clock, or before. Of several times the earliest counts. */
  set(at: number): void;
  /** Makes no more calls, whatever is set. */
  close(): void;
}
