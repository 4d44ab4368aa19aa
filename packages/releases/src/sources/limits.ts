/** Sources whose standing is remembered: as many services as a session may tell of. */
export const SOURCES_MAX = 256;
/** A source that has given nothing for so long, and no sign of life, is silent. */
export const SILENT_MS = 10_000;
/** A cache that fetches a file gives signs of life for so long at most: beyond, another source is asked. */
export const ANSWER_WAIT_MS = 120_000;
/** Octets of a second that a source has to give in the long run. */
export const RATE_MIN = 4_096;
/** The rate is judged each time that its reader has waited for so long in all. */
export const RATE_WINDOW_MS = 10_000;
/** Octets of the headers of an answer. */
export const ANSWER_HEADER_SIZE_MAX = 8_192;
/** The longest pause that a full source can ask for. */
export const RETRY_AFTER_MS_MAX = 600_000;
/** How long a source is left alone after its first fault of a kind; twice as long after each further one, … */
export const PAUSE_MS = { full: 5_000, lost: 5_000, stale: 30_000, slow: 30_000, lying: 600_000 } as const;
/** … and so long at most. */
export const PAUSE_MS_MAX = {
  full: 120_000,
  lost: 300_000,
  stale: 300_000,
  slow: 600_000,
  lying: 21_600_000,
} as const;
/** Lies are forgotten after a time without a further one: twice the longest pause. */
export const LIES_FORGOTTEN_MS: number = 2 * PAUSE_MS_MAX.lying;
/** A data session is opened anew when it is so old and sources are wanted, as it tells its services once. */
export const SESSION_AGE_MS = 60_000;
/** Caches of unknown round trip that are measured at once. */
export const MEASURED_AT_ONCE = 8;
/** Time for that. */
export const MEASURE_MS = 3_000;
