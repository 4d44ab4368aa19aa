/** The timers of a trunk: both begin an attempt. */
export const Timer = {
  /** There is no connection, or its successor could not be made: it is tried again. */
  attempt: 0,
  /** The present connection gets a successor. */
  rotate: 1,
} as const;
export const TIMER_COUNT = 2;
