/** Hours of usage that are kept: 31 days, the longest month. */
export const USAGE_HOURS = 744;
/** Rows of usage that are kept, each with a relay and a class: some 15 MiB. The oldest hours go first. */
export const USAGE_ROWS_MAX = 65_536;
/** Hours by which usage may be ahead of this machine's clock. */
export const USAGE_HOURS_AHEAD = 1;
