/** Milliseconds between two questions for what has come since. */
export const KEEP_MS = 3_600_000;
/** Milliseconds before what has failed is tried again; each further time twice as long, up to the time above. */
export const KEEP_AGAIN_MS = 60_000;
/** Pieces of one kind that are kept without a pause: then the next one waits for a minute. */
export const PIECES_AT_ONCE_MAX = 64;
/** Octets of the file of cursors. */
export const CURSORS_SIZE_MAX = 16_384;
/** Tries in a row that come to nothing before it is told as a finding. */
export const FAILURES_TOLD = 3;
