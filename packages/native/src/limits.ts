/** Looks of a watchdog within its limit: it ends a process late by one or two of these at most. */
export const WATCHDOG_TICKS = 10;
