/** The timers of a search, which count while sizes are under test. */
export const SearchTimer = {
  /** The next round of probes leaves. */
  round: 0,
  /** The outcome of a round whose small probe was answered: what of it is not answered by then is lost. */
  outcome: 1,
} as const;
export const SEARCH_TIMER_COUNT = 2;

/** The timers of a size that was found, which count while none is under test. */
export const SettledTimer = {
  /** The size is looked at again, if that was long ago. */
  check: 0,
  /** A larger size is tried. */
  raise: 1,
  /** A size that was doubted is looked at. */
  doubt: 2,
} as const;
export const SETTLED_TIMER_COUNT = 3;
